import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BackupJob, BackupScope, ToolInstall } from '#shared/model/backup.ts';
import {
  EMPTY_TRACE,
  type JobControl,
  type JobRecord,
  type JobTrace,
  startBackupJob,
} from '#engine/backup/job.ts';
import { type Manifest, signManifest } from '#engine/backup/manifest.ts';
import { runTool } from '#engine/backup/tool-process.ts';
import { conninfoOf } from '#engine/postgres/conninfo.ts';
import type { ConnectionTarget } from '#engine/postgres/target.ts';

/** The clients of this machine: pg_dump 15. */
export const TOOLS: ToolInstall = {
  dumpPath: '/usr/bin/pg_dump',
  restorePath: '/usr/bin/pg_restore',
  version: '15.18',
  versionNum: 150018,
  origin: 'PATH',
};

export interface DumpedBackup {
  readonly folder: string;
  readonly manifest: Manifest;
  remove(): Promise<void>;
}

/** Dumps a database as the product does, and writes a manifest of what it holds. */
export async function dumpBackup(
  target: ConnectionTarget,
  ask: (text: string) => Promise<Record<string, unknown>[]>,
  options: { readonly args?: readonly string[]; readonly change?: Partial<Manifest> } = {},
): Promise<DumpedBackup> {
  const folder = await mkdtemp(join(tmpdir(), 'pgvitals-dumped-'));
  const end = await runTool({
    path: TOOLS.dumpPath,
    args: [
      `--dbname=${conninfoOf(target, 'test/dump')}`,
      '--format=custom',
      '--compress=1',
      '--quote-all-identifiers',
      '--no-password',
      `--file=${join(folder, 'data.dump')}`,
      ...(options.args ?? []),
    ],
    password: target.password,
    signal: new AbortController().signal,
  });
  if (end.code !== 0) throw new Error(end.errors.join('\n'));
  const manifest = { ...(await describe(target, ask, folder)), ...options.change };
  await writeFile(join(folder, 'manifest.json'), signManifest(manifest, randomBytes(32)), { mode: 0o600 });
  return { folder, manifest, remove: () => rm(folder, { recursive: true, force: true }) };
}

async function describe(
  target: ConnectionTarget,
  ask: (text: string) => Promise<Record<string, unknown>[]>,
  folder: string,
): Promise<Manifest> {
  const data = await readFile(join(folder, 'data.dump'));
  const [server] = await ask(
    `SELECT (SELECT system_identifier::text FROM pg_control_system()) AS id, d.oid::text AS oid, d.datname, current_setting('server_version') AS version,
       current_setting('server_version_num') AS num, pg_encoding_to_char(d.encoding) AS encoding, d.datcollate, d.datctype,
       pg_database_size(d.oid)::text AS size FROM pg_database d WHERE d.datname = current_database()`,
  );
  const tables = await ask(
    `SELECT n.nspname AS schema, c.relname AS name,
       (xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM ONLY %I.%I', n.nspname, c.relname), false, true, '')))[1]::text AS rows
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'`,
  );
  const [roles] = await ask(
    `SELECT array_agg(DISTINCT r.rolname::text) AS names FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_roles r ON r.oid = c.relowner OR r.oid IN (SELECT grantee FROM aclexplode(c.relacl))
     WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'`,
  );
  const at = new Date().toISOString();
  const scope: BackupScope = { kind: 'database' };
  return {
    schemaVersion: 1,
    appVersion: 'test',
    id: randomBytes(8).toString('hex'),
    seq: 1,
    instanceId: 'test',
    server: {
      key: [server?.['id'], server?.['oid']].join('/'),
      label: target.database,
      systemIdentifier: String(server?.['id']),
      databaseOid: Number(server?.['oid']),
      database: target.database,
      version: String(server?.['version']),
      versionNum: Number(server?.['num']),
      encoding: String(server?.['encoding']),
      collate: String(server?.['datcollate']),
      ctype: String(server?.['datctype']),
      snapshotAt: at,
    },
    tool: { version: TOOLS.version, versionNum: TOOLS.versionNum },
    shape: 'default',
    scope,
    startedAt: at,
    endedAt: at,
    durationMs: 1,
    databaseBytes: Number(server?.['size']),
    files: [
      { name: 'data.dump', bytes: data.length, sha256: createHash('sha256').update(data).digest('hex') },
    ],
    entries: [],
    tables: tables.map(({ schema, name, rows }) => ({
      schema: String(schema),
      name: String(name),
      rows: Number(rows),
      sourceHash: null,
    })),
    extensions: [],
    roles: Array.isArray(roles?.['names']) ? roles['names'].map(String) : [],
    tablespaces: [],
    hasGlobals: false,
    notices: [],
    verifications: [],
    isPinned: false,
    note: '',
    trashedAt: null,
  };
}

export interface RanJob {
  readonly job: BackupJob;
  /** What a later start would find. */
  readonly trace: JobTrace;
}

export interface JobWatch {
  /** When a step begins. */
  readonly onStep?: (title: string, cancel: () => void) => void;
  /** What is written down for a later start; before the work goes on. */
  readonly onTrace?: (trace: JobTrace) => void;
}

/** Runs the work of a plan as a job, as the product does. */
export async function runJob(
  plan: { readonly steps: readonly string[]; readonly run: (job: JobControl) => Promise<void> },
  watch: JobWatch = {},
): Promise<RanJob> {
  let last = EMPTY_TRACE;
  const logged: string[] = [];
  const record: JobRecord = {
    begin: () => undefined,
    trace: (_id, trace) => {
      last = trace;
      watch.onTrace?.(trace);
    },
    end: () => undefined,
  };
  const running = startBackupJob(
    { connectionId: 'test', kind: 'restore', title: 'test', steps: plan.steps, work: plan.run },
    record,
    (message) => logged.push(message),
  );
  const told = new Set<string>();
  for await (const { job } of running.watch()) {
    for (const step of job.steps) {
      if (step.state !== 'running' || told.has(step.title)) continue;
      told.add(step.title);
      watch.onStep?.(step.title, () => running.cancel());
    }
  }
  const job = await running.ended;
  if (logged.length > 0) throw new Error(logged.join('\n'));
  return { job, trace: last };
}
