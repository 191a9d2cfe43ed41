import { safe } from '@orpc/client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PlanPreview } from '#shared/model/plan.ts';
import type { PlanRequest } from '#shared/model/plan-request.ts';
import { type Client, type Link, LINKS } from '../contract/links.ts';
import { createBench, type PlansBench } from '../support/plans.ts';
import { createDatabase, type TestDatabase, useServer } from '../support/postgres.ts';

/** Whatever reaches the contract, and however: nothing runs that was not previewed, confirmed and unlocked, once. */
const server = useServer(15);
let database: TestDatabase;
let elsewhere: TestDatabase;

const SCHEMA = `CREATE TABLE items (id int PRIMARY KEY, kind int REFERENCES items, note text);
  CREATE INDEX items_kind ON items (kind); CREATE INDEX items_note ON items (note)`;

beforeAll(async () => {
  database = await createDatabase(await server.get(), SCHEMA);
  elsewhere = await createDatabase(await server.get(), SCHEMA);
});

afterAll(async () => {
  await database?.drop();
  await elsewhere?.drop();
});

/** Each asks for an execution that must not happen. */
const REFUSALS: Readonly<
  Record<string, { readonly code: string; readonly attempt: (stage: Stage) => Promise<unknown> }>
> = {
  'no preview at all': {
    code: 'PLAN_GONE',
    attempt: ({ execute }) => execute({ planId: 'f'.repeat(32) }),
  },
  'an id that is none': {
    code: 'BAD_INPUT',
    attempt: ({ execute }) => execute({ planId: "' OR true --" }),
  },
  'a plan that was used': {
    code: 'PLAN_GONE',
    attempt: async ({ client, connectionId, execute, plan }) => {
      const { jobId } = await execute({});
      for await (const event of await client.plans.watch({ connectionId, jobId }))
        if (event.type === 'done') break;
      // Back, so that the index is there to be looked for.
      await database.query(plan.actions[0]?.undo[0] ?? '');
      return execute({});
    },
  },
  'a plan that has expired': {
    code: 'PLAN_GONE',
    attempt: ({ execute, clock }) => {
      clock.ms += 5 * 60_000 + 1;
      return execute({});
    },
  },
  'a plan of another connection': {
    code: 'PLAN_GONE',
    attempt: ({ execute, foreignId }) => execute({ connectionId: foreignId }),
  },
  'a connection that is not open': {
    code: 'NOT_CONNECTED',
    attempt: ({ execute }) => execute({ connectionId: 'nobody' }),
  },
  'a connection that is locked': {
    code: 'READ_ONLY',
    attempt: async ({ client, connectionId, execute }) => {
      await client.plans.lock({ connectionId });
      return execute({});
    },
  },
  'a connection that was unlocked a quarter of an hour ago': {
    code: 'READ_ONLY',
    attempt: async ({ client, connectionId, clock, request, execute }) => {
      clock.ms += 15 * 60_000 + 1;
      const plan = await client.plans.preview({ connectionId, request });
      return execute({ planId: plan.planId });
    },
  },
  'no phrase': { code: 'PLAN_REFUSED', attempt: ({ execute }) => execute({ phrase: null }) },
  'another phrase': { code: 'PLAN_REFUSED', attempt: ({ execute }) => execute({ phrase: 'items_kin' }) },
  'a phrase in other letters': {
    code: 'PLAN_REFUSED',
    attempt: ({ execute }) => execute({ phrase: 'ITEMS_KIND' }),
  },
  'what only the user can know is not accepted': {
    code: 'PLAN_REFUSED',
    attempt: ({ execute }) => execute({ accepted: [] }),
  },
  'the object changed since the preview': {
    code: 'PLAN_STALE',
    attempt: async ({ execute }) => {
      await database.query('ALTER INDEX items_kind SET (fillfactor = 60)');
      return execute({});
    },
  },
  'SQL in place of a verb': {
    code: 'BAD_INPUT',
    attempt: ({ client, connectionId }) =>
      client.plans.preview({
        connectionId,
        request: { kind: 'action', action: { verb: 'sql', sql: 'DROP INDEX items_kind' } as never },
      }),
  },
};

interface Stage {
  readonly client: Client;
  readonly connectionId: string;
  readonly foreignId: string;
  readonly plan: PlanPreview;
  readonly request: PlanRequest;
  readonly clock: { ms: number };
  execute(change: Partial<Parameters<Client['plans']['execute']>[0]>): Promise<{ jobId: string }>;
}

describe.each(Object.keys(LINKS))('over %s', (name) => {
  const clock = { ms: 0 };
  let bench: PlansBench;
  let link: Link;

  beforeEach(async () => {
    clock.ms = 0;
    bench = createBench({ now: () => clock.ms });
    const open = LINKS[name];
    if (!open) throw new Error(`no link ${name}`);
    link = await open(bench.engine);
  });

  afterEach(async () => {
    await link.close();
    await bench.engine.close();
    await database.query('ALTER INDEX items_kind RESET (fillfactor)');
  });

  it.each(Object.keys(REFUSALS))('refuses %s', async (what) => {
    const { client } = link;
    const { id: connectionId } = await client.connections.open({ text: database.url });
    const { id: foreignId } = await client.connections.open({ text: elsewhere.url });
    for (const id of [connectionId, foreignId]) await client.plans.unlock({ connectionId: id });
    const [row] = await database.query<{ oid: number }>("SELECT 'items_kind'::regclass::oid::int AS oid");
    const request: PlanRequest = {
      kind: 'action',
      action: { verb: 'drop-index', indexes: [row?.oid ?? 0] },
    };
    const plan = await client.plans.preview({ connectionId, request });
    const accepted = plan.mustAccept.map(({ id }) => id);
    const refusal = REFUSALS[what];
    if (!refusal) throw new Error(what);
    const [error] = await safe(
      refusal.attempt({
        client,
        connectionId,
        foreignId,
        plan,
        request,
        clock,
        execute: (change) =>
          client.plans.execute({
            connectionId,
            planId: plan.planId,
            phrase: plan.phrase,
            accepted,
            ...change,
          }),
      }),
    );
    expect(error).toMatchObject({ data: { code: refusal.code } });
    for (const { query } of [database, elsewhere])
      expect(
        await query("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('items_kind')"),
      ).toEqual([{ indisvalid: true }]);
  });
});
