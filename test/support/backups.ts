import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { BackupJob } from '#shared/model/backup.ts';
import type { BackupPlanRequest, CreateBackupRequest } from '#shared/contract/backups.ts';
import { createEngine, type EngineOptions } from '#engine/create-engine.ts';
import type { Engine, SshRequest } from '#engine/engine.ts';
import { createNodeHost } from '../../electron/hosts/node-host.ts';
import { createDatabase, query, type TestDatabase, type TestServer, urlOf } from './postgres.ts';

export interface Backing {
  readonly engine: Engine;
  readonly connectionId: string;
  readonly dataDir: string;
  /** Default location. */
  readonly location: string;
  /** Starts and waits for the end. */
  create(request?: Partial<CreateBackupRequest>): Promise<BackupJob>;
  /** Previews, confirms everything that is asked, runs it and waits for the end. */
  change(request: BackupPlanRequest): Promise<BackupJob>;
  /** The end of a job that was started. */
  ended(jobId: string): Promise<BackupJob>;
}

/** An engine with a folder of its own and one open connection; both go when the test ends. */
export async function backing(
  url: string,
  options: {
    readonly dataDir?: string;
    readonly ssh?: SshRequest;
    readonly onLog?: (line: string) => void;
    readonly patience?: EngineOptions['patience'];
    readonly clientFolder?: string;
  } = {},
): Promise<Backing> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'pgv-backup-test-')));
  const engine = createEngine(
    createNodeHost({
      kind: 'in-process',
      toolVersion: '0.0.0-test',
      dataDir,
      writeLogLine: options.onLog ?? (() => undefined),
    }),
    { clientFolder: options.clientFolder, ...(options.patience ? { patience: options.patience } : {}) },
  );
  onTestFinished(async () => {
    await engine.close();
    if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
  });
  const { id: connectionId } = await engine.open({ text: url, ssh: options.ssh }, {});
  const ended = async (jobId: string): Promise<BackupJob> => {
    for await (const { type, job } of engine.backups.watch(connectionId, jobId))
      if (type === 'done') return job;
    throw new Error('the job told no end');
  };
  return {
    engine,
    connectionId,
    dataDir,
    location: join(dataDir, 'backups'),
    ended,
    change: async (request) => {
      const { planId, phrase, mustAccept } = await engine.backups.preview(connectionId, request, {});
      const accepted = mustAccept.map(({ id }) => id);
      const { jobId } = await engine.backups.execute({ connectionId, planId, phrase, accepted });
      return ended(jobId);
    },
    create: async (request = {}) => {
      const { jobId } = await engine.backups.create(connectionId, { ...PLAIN, ...request });
      return ended(jobId);
    },
  };
}

const PLAIN: CreateBackupRequest = {
  shape: 'default',
  scope: { kind: 'database' },
  locationId: null,
  comparesSource: false,
  note: '',
};

/** A database that ends with the test, as do those that restores made beside it. */
export async function databaseToRestore(server: TestServer, sql: string): Promise<TestDatabase> {
  const database = await createDatabase(server, sql);
  onTestFinished(async () => {
    await database.drop();
    for (const name of await madeBeside(database))
      await query(urlOf(server, 'postgres'), `DROP DATABASE "${name}" WITH (FORCE)`);
  });
  return database;
}

/** Names of the databases that restores of this one made and left. */
export async function madeBeside({ server, name }: TestDatabase): Promise<string[]> {
  const rows = await query<{ datname: string }>(
    urlOf(server, 'postgres'),
    'SELECT datname FROM pg_database WHERE datname LIKE $1',
    [`${name}\\_\\_pgv%`],
  );
  return rows.map(({ datname }) => datname);
}
