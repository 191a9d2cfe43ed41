import { resolve } from 'node:path';
import type { BackupShape } from '#shared/model/backup.ts';
import type { CreateBackupRequest, RECOVERY_FORMATS, VerifyRequest } from '#shared/contract/backups.ts';
import type { Engine } from '#engine/engine.ts';
import { EngineError } from '#engine/errors.ts';
import type { CliContext } from '../cli.ts';
import { type ChangeFlags, changeBackups, chosenBackup, runBackupJob } from './backup-run.ts';
import { renderBackups } from './backup-text.ts';
import { EXIT } from './exit-codes.ts';
import type { ConnectionFlags } from './options.ts';
import { parseTableName } from './table-name.ts';
import { resolveTarget } from './target.ts';

/** What each `pgvitals backup …` does; resolves with the exit code. */

export const FORMATS = ['human', 'json'] as const;
export const PLACES = ['this-server', 'own-server'] as const;

export interface PlaceFlags extends ConnectionFlags {
  readonly quiet?: boolean;
  readonly location?: string;
  readonly clientDir?: string;
}

interface BackupFlags extends PlaceFlags {
  readonly format: (typeof FORMATS)[number];
}

interface CreateFlags extends BackupFlags {
  readonly shape: BackupShape;
  readonly schema: readonly string[];
  readonly table: readonly string[];
  readonly compareSource?: boolean;
  readonly note: string;
}

interface VerifyFlags extends BackupFlags {
  readonly backup?: string;
  readonly depth: 'intact' | 'restore';
  /** One of PLACES, or a connection. */
  readonly on: string;
  readonly yes?: boolean;
}

interface RestoreFlags extends BackupFlags, ChangeFlags {
  readonly backup?: string;
  readonly into?: string;
  readonly replace?: boolean;
  readonly table: readonly string[];
  readonly swapBack?: string;
  readonly dropOld?: string;
}

/** Refuses what cannot be meant (BAD_INPUT) before anything is connected to; the rest is done on the connection. */
export type Action<Flags> = (
  flags: Flags,
  context: CliContext,
) => (engine: Engine, connectionId: string) => Promise<number>;

interface PlanFlags extends PlaceFlags {
  readonly format: (typeof RECOVERY_FORMATS)[number];
}

export const create: Action<CreateFlags> = (flags, context) => {
  const scope = scopeOf(flags);
  return async (engine, connectionId) => {
    const locationId = await locationOf(engine, connectionId, flags, context);
    const { jobId } = await engine.backups.create(connectionId, {
      shape: flags.shape,
      scope,
      locationId,
      comparesSource: flags.compareSource ?? false,
      note: flags.note,
    });
    return runBackupJob(engine, connectionId, jobId, flags, context);
  };
};

export const list: Action<BackupFlags> = (flags, context) => async (engine, connectionId) => {
  await locationOf(engine, connectionId, flags, context);
  const overview = await engine.backups.overview(connectionId, { signal: context.signal });
  context.output.data(
    flags.format === 'json' ? `${JSON.stringify(overview, null, 2)}\n` : renderBackups(overview, Date.now()),
  );
  return EXIT.ok;
};

export const verify: Action<VerifyFlags> = (flags, context) => {
  const writes = flags.depth === 'restore' && flags.on !== 'own-server';
  if (writes && !flags.yes)
    throw new EngineError(
      'BAD_INPUT',
      'A test restore on a server of yours makes a database there and drops it again: it needs --yes.',
      'Add --yes, or leave --on out: then PgVitals starts a PostgreSQL of its own for it.',
    );
  return async (engine, connectionId) => {
    await locationOf(engine, connectionId, flags, context);
    const { id } = await chosenBackup(engine, connectionId, flags.backup, context);
    const on = await placeOf(flags, engine, context);
    if (writes) engine.plans.unlock(typeof on === 'object' ? on.connectionId : connectionId);
    const { jobId } = await engine.backups.verify(connectionId, { backupId: id, depth: flags.depth, on });
    return runBackupJob(engine, connectionId, jobId, flags, context);
  };
};

export const restore: Action<RestoreFlags> = (flags, context) => {
  const { into, replace, swapBack, dropOld, table } = flags;
  const ways = [into, replace, swapBack, dropOld].filter((way) => way !== undefined);
  if (ways.length !== 1 || (table.length > 0 && into === undefined))
    throw new EngineError(
      'BAD_INPUT',
      'Say where to: one of --into, --replace, --swap-back and --drop-old; --table goes with --into.',
      'pgvitals backup restore --into shop_restored restores beside the live database and touches nothing.',
    );
  const tables = table.map(parseTableName);
  return async (engine, connectionId) => {
    await locationOf(engine, connectionId, flags, context);
    const change = (request: Parameters<typeof changeBackups>[2]): Promise<number> =>
      changeBackups(engine, connectionId, request, flags, context);
    if (swapBack !== undefined) return change({ kind: 'swap-back', replacedId: swapBack });
    if (dropOld !== undefined) return change({ kind: 'drop-old', replacedId: dropOld });
    const { id: backupId } = await chosenBackup(engine, connectionId, flags.backup, context);
    if (into === undefined) return change({ kind: 'replace', backupId });
    return change(
      tables.length > 0
        ? { kind: 'restore-tables', backupId, database: into, tables }
        : { kind: 'restore', backupId, database: into },
    );
  };
};

export const prune: Action<BackupFlags & ChangeFlags> = (flags, context) => async (engine, connectionId) => {
  await locationOf(engine, connectionId, flags, context);
  return changeBackups(engine, connectionId, { kind: 'prune' }, flags, context);
};

export const plan: Action<PlanFlags> = (flags, context) => async (engine, connectionId) => {
  await locationOf(engine, connectionId, flags, context);
  const { text } = await engine.backups.recoveryPlan(connectionId, flags.format, { signal: context.signal });
  context.output.data(text);
  return EXIT.ok;
};

/** Null = the default one. A folder that is given becomes one of this user's locations. */
async function locationOf(
  engine: Engine,
  connectionId: string,
  { location }: Pick<BackupFlags, 'location'>,
  { signal }: CliContext,
): Promise<string | null> {
  if (location === undefined) return null;
  return (await engine.backups.addLocation(connectionId, resolve(location), { signal })).id;
}

function scopeOf({ schema, table }: Pick<CreateFlags, 'schema' | 'table'>): CreateBackupRequest['scope'] {
  if (schema.length > 0 && table.length > 0)
    throw new EngineError('BAD_INPUT', 'Schemas and tables were both given.', 'Choose either.');
  if (table.length > 0) return { kind: 'tables', tables: table.map(parseTableName) };
  return schema.length > 0 ? { kind: 'schemas', schemas: [...schema] } : { kind: 'database' };
}

async function placeOf(
  { on, depth }: VerifyFlags,
  engine: Engine,
  { signal }: CliContext,
): Promise<VerifyRequest['on']> {
  if (on === 'own-server' || depth === 'intact') return 'own server';
  if (on === 'this-server') return 'this server';
  const other = await engine.open({ target: await resolveTarget(on, {}, process.env) }, { signal });
  return { connectionId: other.id };
}
