import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TableRows, Verification, VerifyStep } from '#shared/model/backup.ts';
import { hashFiles, listArchive } from '#engine/backup/archive.ts';
import { countByType } from '#engine/backup/create-proof.ts';
import type { JobControl } from '#engine/backup/job.ts';
import {
  DATA_FILE,
  DATA_FOLDER,
  type Manifest,
  MANIFEST_FILE,
  signManifest,
} from '#engine/backup/manifest.ts';
import { ROWS_AND_HASH, writeAlike } from '#engine/backup/source.ts';
import type { TestRestoreServer } from '#engine/backup/test-restore.ts';
import { runTool } from '#engine/backup/tool-process.ts';
import { VERIFY_JOB_STEPS, type VerifyInput, verifyBackup } from '#engine/backup/verify.ts';
import { conninfoOf } from '#engine/postgres/conninfo.ts';
import { quoteQualified } from '#engine/postgres/quote.ts';
import { parseConnectionInput } from '#engine/postgres/url.ts';
import { openWriteSession } from '#engine/postgres/write-session.ts';
import { runJob, type RanJob, TOOLS } from './backup-files.ts';
import { query } from './postgres.ts';

export const KEY = Buffer.alloc(32, 7);
export const never = new AbortController().signal;

/** A backup on the disk with the manifest that was signed for it. */
export interface BackupOnDisk {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly data: 'data.dump' | 'data';
  remove(): Promise<void>;
}

export interface BackupWish {
  readonly format?: 'custom' | 'directory';
  readonly args?: readonly string[];
  /** Rows are hashed at the source, too. */
  readonly isHashed?: boolean;
}

/** Dumps a database with pg_dump 15; rows are counted at the source, not in the archive. */
export async function backUp(url: string, wish: BackupWish = {}): Promise<BackupOnDisk> {
  const dumped = await dump(url, wish);
  const { folder, data } = dumped;
  const manifest = await describe(url, folder, data, wish.isHashed ?? false);
  await writeFile(join(folder, MANIFEST_FILE), signManifest(manifest, KEY), { mode: 0o600 });
  return { ...dumped, manifest };
}

/** The files alone. */
export async function dump(url: string, wish: BackupWish = {}): Promise<Omit<BackupOnDisk, 'manifest'>> {
  const target = parseConnectionInput(url);
  const folder = await mkdtemp(join(tmpdir(), 'pgvitals-verified-'));
  const data = wish.format === 'directory' ? DATA_FOLDER : DATA_FILE;
  const end = await runTool({
    path: TOOLS.dumpPath,
    args: [
      `--dbname=${conninfoOf(target, 'test/dump')}`,
      ...(wish.format === 'directory' ? ['--format=directory', '--jobs=2'] : ['--format=custom']),
      '--compress=1',
      '--quote-all-identifiers',
      '--no-password',
      `--file=${join(folder, data)}`,
      ...(wish.args ?? []),
    ],
    password: target.password,
    signal: never,
  });
  if (end.code !== 0) throw new Error(end.errors.join('\n'));
  return { folder, data, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** The manifest that fits the files as they are now: what only the holder of the key could write. */
export async function refit(backup: Pick<BackupOnDisk, 'folder' | 'manifest'>): Promise<Manifest> {
  const names = backup.manifest.files.map(({ name }) => name);
  return { ...backup.manifest, files: [...(await hashFiles(backup.folder, names, { signal: never }))] };
}

export interface Verified extends RanJob {
  readonly verification: Verification;
  /** "passed", "failed", "not run" of the five steps. */
  readonly verdicts: string;
  text(step: VerifyStep): string;
}

/** Verifies as the product does: as a job of its own. */
export async function verify(
  input: Pick<VerifyInput, 'folder' | 'manifest'> & { readonly on?: TestRestoreServer | null },
  watch: Parameters<typeof runJob>[1] = {},
): Promise<Verified> {
  const made: { verification: Verification | null } = { verification: null };
  const ran = await runJob(
    {
      steps: VERIFY_JOB_STEPS,
      run: async (job: JobControl) => {
        made.verification = await verifyBackup({
          ...input,
          tools: TOOLS,
          depth: input.on ? 'restore' : 'intact',
          restoreOn: input.on ?? null,
          job,
        });
      },
    },
    watch,
  );
  const { verification } = made;
  if (!verification) throw new Error(`${ran.job.outcome}: ${ran.job.error?.message ?? ''}`);
  return {
    ...ran,
    verification,
    verdicts: verification.steps.map(({ verdict }) => verdict).join(', '),
    text: (step) => verification.steps.find((result) => result.step === step)?.text ?? '',
  };
}

export function serverAt(url: string): TestRestoreServer {
  return { target: parseConnectionInput(url), label: 'the test server', close: async () => undefined };
}

/** Databases of test restores that are there. */
export async function scratchNamesOn(url: string): Promise<string[]> {
  const rows = await query<{ name: string }>(
    url,
    `SELECT datname AS name FROM pg_database WHERE datname LIKE 'pgv\\_verify\\_%' ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}

async function describe(
  url: string,
  folder: string,
  data: 'data.dump' | 'data',
  isHashed: boolean,
): Promise<Manifest> {
  const target = parseConnectionInput(url);
  const [server] = await query<Record<string, string>>(
    url,
    `SELECT d.oid::text AS oid, current_setting('server_version') AS version, current_setting('server_version_num') AS num,
       pg_encoding_to_char(d.encoding) AS encoding, d.datcollate AS collate, d.datctype AS ctype, pg_database_size(d.oid)::text AS size
     FROM pg_database d WHERE d.datname = current_database()`,
  );
  const names =
    data === DATA_FOLDER ? readdirSync(join(folder, data)).map((name) => `${DATA_FOLDER}/${name}`) : [data];
  const at = new Date().toISOString();
  return {
    schemaVersion: 1,
    appVersion: 'test',
    id: randomBytes(8).toString('hex'),
    seq: 1,
    instanceId: 'test',
    server: {
      key: `test/${server?.['oid']}`,
      label: target.database,
      systemIdentifier: null,
      databaseOid: Number(server?.['oid']),
      database: target.database,
      version: server?.['version'] ?? '',
      versionNum: Number(server?.['num']),
      encoding: server?.['encoding'] ?? '',
      collate: server?.['collate'] ?? '',
      ctype: server?.['ctype'] ?? '',
      snapshotAt: at,
    },
    tool: { version: TOOLS.version, versionNum: TOOLS.versionNum },
    shape: data === DATA_FOLDER ? 'fast' : 'default',
    scope: { kind: 'database' },
    startedAt: at,
    endedAt: at,
    durationMs: 1,
    databaseBytes: Number(server?.['size']),
    files: [...(await hashFiles(folder, names, { signal: never }))],
    entries: [...countByType(await listArchive({ folder, data }, TOOLS, { signal: never }))],
    tables: [...(await rowsAt(url, isHashed))],
    extensions: [],
    roles: [],
    tablespaces: [],
    hasGlobals: false,
    notices: [],
    verifications: [],
    isPinned: false,
    note: '',
    trashedAt: null,
  };
}

async function rowsAt(url: string, isHashed: boolean): Promise<readonly TableRows[]> {
  const session = await openWriteSession(parseConnectionInput(url), { jobId: 'test' });
  try {
    await writeAlike(session);
    const tables = await session.rows(
      `SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`,
    );
    const counted: TableRows[] = [];
    for (const [schema, name] of tables.map((row) => row.map(String))) {
      const [[rows, hash] = []] = await session.rows(ROWS_AND_HASH(quoteQualified(schema ?? '', name ?? '')));
      const sourceHash = isHashed ? String(hash) : null;
      counted.push({ schema: schema ?? '', name: name ?? '', rows: Number(rows), sourceHash });
    }
    return counted;
  } finally {
    await session.close();
  }
}
