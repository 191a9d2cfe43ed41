import { app } from './app.ts';
import { audit } from './audit.ts';
import { procedures } from './base.ts';
import { connections } from './connections.ts';
import { indexes } from './indexes.ts';
import { reports } from './reports.ts';
import { tables } from './tables.ts';

/** The contract, implemented: the same object serves the port, the socket and the in-process client. */
export function createRouter() {
  return procedures.router({ app, audit, connections, indexes, reports, tables });
}

export type ApiRouter = ReturnType<typeof createRouter>;
