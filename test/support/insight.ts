import { afterAll } from 'vitest';
import { createEngine } from '#engine/create-engine.ts';
import type { Engine } from '#engine/engine.ts';
import type { GridPage, GridQuery } from '#shared/model/insight.ts';
import { createNodeHost } from '../../electron/hosts/node-host.ts';

/** An engine as pages use it; closed after the file. */
export function useEngine(): {
  readonly engine: Engine;
  /** Opens a connection and returns its id. */
  open(url: string): Promise<string>;
} {
  const engine = createEngine(
    createNodeHost({ kind: 'in-process', toolVersion: 'test', writeLogLine: () => undefined }),
  );
  afterAll(() => engine.close());
  return { engine, open: async (url) => (await engine.open({ text: url }, {})).id };
}

/** Everything of a list, in its order. */
export const ALL: GridQuery = { sortBy: 'name', direction: 'ascending', filter: '', offset: 0, limit: 5_000 };

/** Every statement of the connection's own database since the reset, the heaviest first. */
export const EVERY_STATEMENT = {
  ...ALL,
  from: null,
  database: null,
  role: null,
  tag: null,
  minMeanMs: 0,
  minCalls: 0,
  withUtility: true,
  suspectsOnly: false,
  sortBy: 'totalMs',
  direction: 'descending',
} as const;

export function rowNamed<Row extends { readonly name: string }>(page: GridPage<Row>, name: string): Row {
  const row = page.rows.find((candidate) => candidate.name === name);
  if (!row) throw new Error(`no row named ${name}`);
  return row;
}
