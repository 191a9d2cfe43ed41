import { app } from './app.ts';
import { audit } from './audit.ts';
import { connections } from './connections.ts';
import { indexes } from './indexes.ts';
import { reports } from './reports.ts';
import { tables } from './tables.ts';

/** The whole wire, one topic per file. */
export const contract = { app, audit, connections, indexes, reports, tables };
export type Contract = typeof contract;
