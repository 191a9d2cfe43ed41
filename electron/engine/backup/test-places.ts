import type { TestPlace } from '#shared/model/backup.ts';
import type { ConnectionSummary } from '#shared/model/connection.ts';
import { textOrNull } from '#engine/collect/decode.ts';
import type { Abortable } from '#engine/engine.ts';
import { EngineError, isAbort } from '#engine/errors.ts';
import type { ReadRows } from '#engine/plans/guards.ts';
import { type ConnectionTarget, describeAddress } from '#engine/postgres/target.ts';
import type { DatabaseIdentity } from '#engine/store/identity.ts';
import type { Manifest } from './manifest.ts';
import { serverFolder } from './places.ts';
import type { TestRestoreServer } from './test-restore.ts';

/** The connections that are open. */
export interface TestPlacesContext {
  connections(): readonly ConnectionSummary[];
  identity(connectionId: string, options: Abortable): Promise<DatabaseIdentity>;
  target(connectionId: string): ConnectionTarget;
  assertUnlocked(connectionId: string): void;
  read(connectionId: string, options: Abortable): ReadRows;
}

/** What is to be restored, and the connection that it is listed on. */
export interface TestWish {
  readonly connectionId: string;
  /** Of its server inside every location. */
  readonly server: string;
  readonly manifest: Manifest;
}

/** The other connections that are open, each with why a test restore cannot run there; rejects with CANCELLED only. */
export async function listTestPlaces(
  wish: TestWish,
  context: TestPlacesContext,
  options: Abortable,
): Promise<readonly TestPlace[]> {
  const others = context.connections().filter(({ id }) => id !== wish.connectionId);
  return Promise.all(
    others.map(async (summary) => ({
      connectionId: summary.id,
      name: summary.name,
      address: describeAddress(summary),
      unusable: await whyNot(summary, wish, context, options),
    })),
  );
}

/** The server of another connection, for a test restore. READ_ONLY while it is locked; PLAN_REFUSED with why it cannot be. */
export async function testPlaceOf(
  connectionId: string,
  wish: TestWish,
  context: TestPlacesContext,
  options: Abortable,
): Promise<TestRestoreServer> {
  const target = context.target(connectionId);
  const summary = context.connections().find(({ id }) => id === connectionId);
  const why = summary ? await whyNot(summary, wish, context, options) : 'It is closed.';
  if (why !== null)
    throw new EngineError(
      'PLAN_REFUSED',
      `No test restore can run on ${describeAddress(target)}. ${why}`,
      'Choose another server, or the PostgreSQL of PgVitals’ own.',
    );
  context.assertUnlocked(connectionId);
  return {
    target,
    label: describeAddress(target),
    elsewhere: serverFolder(await context.identity(connectionId, options)),
    close: async () => undefined,
  };
}

/** One sentence; null = it can. */
async function whyNot(
  summary: ConnectionSummary,
  { server, manifest }: TestWish,
  context: TestPlacesContext,
  options: Abortable,
): Promise<string | null> {
  const { id, isStandby, isPooled, versionNum, role } = summary;
  const [there, needed] = [versionNum, manifest.server.versionNum].map((num) => Math.floor(num / 10_000));
  if (isStandby) return 'It is a standby, which takes no new database.';
  if (isPooled) return 'A pooler stands in between: connect to the server itself.';
  if ((there ?? 0) < (needed ?? 0))
    return `It is PostgreSQL ${there}, and a backup of ${needed} cannot be restored by an older one.`;
  try {
    if (serverFolder(await context.identity(id, options)) === server)
      return 'It is the same server as that of this connection.';
    const [[mayCreate, missing] = []] = await context.read(id, options)(RIGHTS_AND_EXTENSIONS, [
      manifest.extensions,
    ]);
    if (mayCreate !== true) return `The role ${role} may not create databases there (ALTER ROLE … CREATEDB).`;
    const lacking = textOrNull(missing);
    return lacking === null ? null : `It does not have the extension ${lacking}.`;
  } catch (error) {
    if (isAbort(error)) throw error;
    return error instanceof EngineError ? error.message : 'It could not be asked.';
  }
}

const RIGHTS_AND_EXTENSIONS = `SELECT
    (SELECT r.rolcreatedb OR r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname = current_user),
    (SELECT pg_catalog.string_agg(w.name, ', ' ORDER BY w.name) FROM pg_catalog.unnest($1::pg_catalog.text[]) AS w (name)
     WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_available_extensions a WHERE a.name = w.name))`;
