import { implement } from '@orpc/server';
import { contract } from '#shared/contract/index.ts';
import type { Engine } from '#engine/engine.ts';
import { reportErrors } from './errors.ts';

/** What every procedure receives. The hosts make one per process. */
export interface ApiContext {
  readonly engine: Engine;
  /** Connection the renderer opens first, for example the demo's. */
  readonly initialConnectionId: string | null;
}

/** The contract with the context and the error mapping; the topic files add their handlers to it. */
export const procedures = implement(contract).$context<ApiContext>().use(reportErrors);
