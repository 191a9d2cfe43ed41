import pg from 'pg';
import type { EmbeddedMajor } from '#engine/embedded/binaries.ts';
import type { Job, PlanPreview } from '#shared/model/plan.ts';
import type { ActionRequest } from '#shared/model/plan-request.ts';
import { catalogSchemaOf } from './catalog-schema.ts';
import { differingLines, dumpOf } from './fixes.ts';
import type { PlansBench } from './plans.ts';
import { createDatabase, type TestDatabase, type TestServer } from './postgres.ts';

export const MAJORS: readonly EmbeddedMajor[] = [14, 15, 16, 17, 18];

/** Debian's pg_dump refuses servers that are newer than itself. */
const PG_DUMP_MAJOR = 15;

/** A database of its own with an unlocked connection, and what is asked of every action. */
export interface PlanDatabase extends TestDatabase {
  readonly connection: string;
  readonly admin: pg.Client;
  /** Of a relation, by its name as SQL writes it. */
  oid(name: string): Promise<number>;
  constraint(name: string): Promise<number>;
  preview(action: ActionRequest): Promise<PlanPreview>;
  act(action: ActionRequest): Promise<Job>;
  /** As pg_dump prints it, up to 15; as the catalog has it on newer servers. */
  schema(): Promise<string>;
  /** Runs the action and its undo: jobs of both, and lines in which the schema differs, between and after. */
  thereAndBack(action: ActionRequest): Promise<{
    readonly job: Job;
    readonly undone: Job;
    readonly changed: readonly string[];
    readonly left: readonly string[];
  }>;
}

export async function createPlanDatabase(
  bench: PlansBench,
  server: TestServer,
  sql: string,
): Promise<PlanDatabase> {
  const database = await createDatabase(server, sql);
  const admin = new pg.Client({ connectionString: database.url });
  admin.on('error', () => undefined);
  await admin.connect();
  const connection = await bench.open(database.url);
  const one = async (text: string, name: string): Promise<number> => {
    const { rows } = await admin.query<{ oid: number }>(text, [name]);
    const [row] = rows;
    if (!row || rows.length > 1) throw new Error(`${rows.length} objects are called ${name}`);
    return row.oid;
  };
  const schema = (): Promise<string> =>
    server.major <= PG_DUMP_MAJOR ? dumpOf(database.url) : catalogSchemaOf(admin);
  const act = (action: ActionRequest): Promise<Job> => bench.act(connection, action);
  return {
    ...database,
    connection,
    admin,
    schema,
    act,
    oid: (name) => one('SELECT $1::regclass::oid::int AS oid', name),
    constraint: (name) =>
      one('SELECT oid::int FROM pg_constraint WHERE conname = $1 AND conparentid = 0', name),
    preview: (action) => bench.preview(connection, { kind: 'action', action }),
    thereAndBack: async (action) => {
      const before = await schema();
      const job = await act(action);
      const between = await schema();
      const undone = await bench.undo(connection, job.id);
      return {
        job,
        undone,
        changed: differingLines(before, between),
        left: exactDifference(before, await schema()),
      };
    },
    drop: async () => {
      await bench.engine.closeConnection(connection);
      await admin.end();
      await database.drop();
    },
  };
}

/** Byte for byte: also where only the order differs. */
export function exactDifference(before: string, after: string): readonly string[] {
  if (before === after) return [];
  const lines = differingLines(before, after);
  return lines.length > 0 ? lines : ['the same lines in another order'];
}
