import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ActionRequest } from '#shared/model/plan-request.ts';
import { dumpOf } from '../support/fixes.ts';
import { HOSTILE_NAMES } from '../support/hostile-names.ts';
import {
  changedKeys,
  type HostileCase,
  type HostileStep,
  type HostileWorld,
  keyOf,
  openWorld,
  stateOf,
  WORLD_START,
  worldSql,
} from '../support/hostile-world.ts';
import { exactDifference } from '../support/plan-database.ts';
import { usePlans } from '../support/plans.ts';
import { createDatabase, type TestDatabase, usePrivateServer } from '../support/postgres.ts';

/** Sixty names × every action that takes a name or an oid: the meant object changes, and nothing else does. */
const CASES: readonly HostileCase[] = [
  {
    verb: 'vacuum',
    undo: 'none',
    steps: (world) => [
      ...(['plain', 'analyze', 'freeze'] as const).map((mode): HostileStep => {
        const keys = world.names.map((name) => keyOf(name, name));
        return { action: { verb: 'vacuum', tables: keys.map(world.oid), mode }, changes: keys };
      }),
      {
        action: {
          verb: 'vacuum',
          tables: world.names.map((name) => world.oid(keyOf(name, name))),
          mode: 'full',
        },
        changes: world.names.flatMap((name, at) => [keyOf(name, name), keyOf(name, `pk ${at}`)]),
      },
    ],
  },
  {
    verb: 'analyze',
    undo: 'none',
    steps: (world) =>
      all(
        world,
        (name) => keyOf(name, name),
        (tables) => ({ verb: 'analyze', tables }),
      ),
  },
  {
    verb: 'reindex',
    undo: 'none',
    steps: (world) =>
      all(
        world,
        (name) => keyOf('h_index', name),
        (indexes) => ({ verb: 'reindex', indexes }),
      ),
  },
  {
    verb: 'reindex-table',
    undo: 'none',
    steps: (world) =>
      each(world, (name, at) => ({
        action: { verb: 'reindex-table', table: world.oid(keyOf(name, name)) },
        changes: [keyOf(name, `pk ${at}`)],
      })),
  },
  {
    verb: 'create-index',
    undo: 'exact',
    steps: (world) =>
      each(world, (name) => ({
        action: {
          verb: 'create-index',
          table: world.oid(keyOf('h_plain', name)),
          columns: [{ name, isDescending: true }],
          include: [],
          isUnique: false,
        },
        changes: [keyOf('h_plain', indexName(name))],
      })),
  },
  {
    verb: 'drop-index',
    undo: 'exact',
    steps: (world) =>
      all(
        world,
        (name) => keyOf('h_index', name),
        (indexes) => ({ verb: 'drop-index', indexes }),
      ),
  },
  {
    verb: 'remove-indexes',
    undo: 'exact',
    steps: (world) => [
      {
        action: { verb: 'remove-indexes', scope: 'never scanned' },
        changes: world.names.map((name) => keyOf('h_index', name)),
      },
    ],
  },
  {
    verb: 'refresh-matview',
    undo: 'none',
    steps: (world) => [
      ...each(world, (name, at) => ({
        action: { verb: 'refresh-matview', matview: world.oid(keyOf('h_view', name)), isConcurrent: false },
        changes: [keyOf('h_view', name), keyOf('h_view', `u${at}`)],
      })),
      ...each(world, (name) => ({
        prepare: 'INSERT INTO base SELECT max(v) + 1 FROM base',
        action: { verb: 'refresh-matview', matview: world.oid(keyOf('h_view', name)), isConcurrent: true },
        changes: [keyOf('h_view', name)],
      })),
    ],
  },
  {
    verb: 'table-options',
    undo: 'exact',
    steps: (world) => [
      ...each(world, (name) => ({
        action: {
          verb: 'table-options',
          table: world.oid(keyOf(name, name)),
          options: { fillfactor: '80', 'toast.autovacuum_enabled': 'off' },
        },
        changes: [keyOf(name, name)],
      })),
      ...each(world, (name) => ({
        action: {
          verb: 'table-options',
          table: world.oid(keyOf('h_view', name)),
          options: { autovacuum_enabled: 'off' },
        },
        changes: [keyOf('h_view', name)],
      })),
    ],
  },
  {
    verb: 'add-foreign-key',
    undo: 'exact',
    steps: (world) =>
      each(world, (name) => ({
        action: {
          verb: 'add-foreign-key',
          table: world.oid(keyOf('h_plain', name)),
          columns: [name],
          parent: world.oid(keyOf(name, name)),
          parentColumns: [name],
          onDelete: 'SET NULL',
        },
        changes: [keyOf('h_plain', `${cut(`${name}_${name}`, 63 - '_fkey'.length)}_fkey`, name)],
      })),
  },
  {
    verb: 'delete-rule',
    undo: 'exact',
    steps: (world) =>
      each(world, (name, at) => {
        const key = keyOf('h_key', name, `t${at}`);
        return {
          action: { verb: 'delete-rule', constraint: world.oid(key), onDelete: 'CASCADE' },
          changes: [key],
        };
      }),
  },
  {
    verb: 'drop-foreign-key',
    undo: 'exact',
    steps: (world) =>
      each(world, (name, at) => {
        const key = keyOf('h_key', name, `t${at}`);
        return { action: { verb: 'drop-foreign-key', constraint: world.oid(key) }, changes: [key] };
      }),
  },
  {
    verb: 'validate-constraint',
    undo: 'none',
    steps: (world) =>
      each(world, (name, at) => {
        const key = keyOf('h_check', name, `t${at}`);
        return { action: { verb: 'validate-constraint', constraint: world.oid(key) }, changes: [key] };
      }),
  },
];

const server = usePrivateServer({ major: 15 });
const bench = usePlans();
let database: TestDatabase;
let admin: pg.Client;
let connection: string;

beforeAll(async () => {
  database = await createDatabase(await server.get(), WORLD_START);
  admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  for (const [at, name] of HOSTILE_NAMES.entries()) {
    await admin.query(worldSql(name, at));
    for (const { setUp } of CASES) if (setUp) await admin.query(setUp(name, at));
  }
  await admin.query('ANALYZE');
  connection = await bench.open(database.url);
});
afterAll(async () => {
  await admin?.end();
  await database?.drop();
});

it('there are sixty of them', () => {
  expect(new Set(HOSTILE_NAMES).size).toBe(60);
  for (const name of HOSTILE_NAMES) expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63);
});

describe('hostile names', () => {
  it.each(CASES)(
    '$verb changes what it is meant to, and nothing else',
    { timeout: 600_000 },
    async ({ steps, undo }) => {
      const dump = await dumpOf(database.url);
      const jobs: string[] = [];
      let before = await stateOf(admin);
      for (const { action, prepare, changes } of await steps(await openWorld(admin))) {
        if (prepare !== undefined) await admin.query(prepare);
        const job = await bench.act(connection, action);
        expect(job.actions.filter(({ error }) => error !== null)).toEqual([]);
        expect(job.outcome).toBe('done');
        const after = await stateOf(admin);
        expect(changedKeys(before, after)).toEqual([...changes].toSorted());
        before = after;
        jobs.push(job.id);
      }
      if (undo === 'none') return;
      for (const id of jobs.toReversed()) expect((await bench.undo(connection, id)).outcome).toBe('done');
      expect(exactDifference(dump, await dumpOf(database.url))).toEqual([]);
    },
  );

  it('left the neighbour alone', async () => {
    expect((await admin.query('SELECT count(*)::int AS rows FROM victim')).rows).toEqual([{ rows: 1 }]);
  });
});

function each(world: HostileWorld, step: (name: string, at: number) => HostileStep): readonly HostileStep[] {
  return world.names.map(step);
}

/** One request for all of them. */
function all(
  world: HostileWorld,
  key: (name: string) => string,
  action: (oids: number[]) => ActionRequest,
): readonly HostileStep[] {
  const keys = world.names.map(key);
  return [{ action: action(keys.map(world.oid)), changes: keys }];
}

function indexName(name: string): string {
  return `${cut(`${name}_${name}`, 63 - '_idx'.length)}_idx`;
}

/** To so many bytes, never inside a character. */
function cut(text: string, bytes: number): string {
  let kept = '';
  for (const character of text) {
    if (Buffer.byteLength(kept + character) > bytes) break;
    kept += character;
  }
  return kept;
}
