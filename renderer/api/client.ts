import { createORPCClient } from '@orpc/client';
import type { ContractRouterClient } from '@orpc/contract';
import { createContext, use } from 'react';
import type { Contract } from '#shared/contract/index.ts';
import type { Channel } from './link.ts';

/** The whole contract as typed calls. Types only: the schemas stay with the engine, which validates every input. */
export type Client = ContractRouterClient<Contract>;

export interface Backend {
  readonly client: Client;
  readonly gone: AbortSignal;
}

export function createBackend(channel: Channel): Backend {
  return { client: createORPCClient<Client>(channel.link), gone: channel.gone };
}

export const BackendContext = createContext<Backend | null>(null);

export function useBackend(): Backend {
  const backend = use(BackendContext);
  if (!backend) throw new Error('useBackend needs a BackendContext above it');
  return backend;
}
