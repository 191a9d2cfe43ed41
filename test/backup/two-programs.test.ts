import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { lockFolder, lockFolders } from '#engine/backup/folder-lock.ts';
import { dumping, foldersOf } from '../support/backup-faults.ts';
import { type Backing, backing } from '../support/backups.ts';
import { createDatabase, type TestDatabase, useServer } from '../support/postgres.ts';

const server = useServer(15);

async function shop(): Promise<TestDatabase> {
  const database = await createDatabase(
    await server.get(),
    'CREATE TABLE orders AS SELECT n AS id FROM generate_series(1, 100) n',
  );
  onTestFinished(() => database.drop());
  return database;
}

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pgv-two-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Another PgVitals in the middle of a backup: its pg_dump waits for a table. */
async function backingUp(
  database: TestDatabase,
  dataDir: string,
): Promise<{
  readonly child: ChildProcess;
  readonly jobId: string;
  readonly partial: string;
  readonly said: () => string;
}> {
  const holder = new pg.Client({ connectionString: database.url });
  await holder.connect();
  onTestFinished(() => holder.end());
  await holder.query('BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE');
  const script = join(import.meta.dirname, '../support/back-up-and-tell.ts');
  const child = spawn(process.execPath, [script, database.url, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await expect.poll(() => said, { timeout: 20_000 }).toMatch(/^job \w+$/m);
  const jobId = /^job (\w+)$/m.exec(said)?.[1] ?? '';
  const { folder } = await dumping(join(dataDir, 'backups'), jobId, 0);
  return { child, jobId, partial: folder, said: () => said };
}

const IN_WORDS = (pid: number | undefined): RegExp =>
  new RegExp(
    `: backing up test_\\w+, on ${hostname()}, pid ${pid}, since \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d UTC\\.$`,
  );

describe('two programs with one folder of backups (F31)', () => {
  it('one wins, the other one says who holds it, and sweeps nothing that is being written', async () => {
    const database = await shop();
    const dataDir = await newFolder();
    vi.stubEnv('XDG_RUNTIME_DIR', dataDir);
    onTestFinished(() => void vi.unstubAllEnvs());
    const first = await backing(database.url, { dataDir });
    const older = [(await first.create()).id, (await first.create()).id] as const;
    const { child, jobId, partial } = await backingUp(database, dataDir);

    // The same database, into another folder.
    const elsewhere = await backing(database.url);
    expect((await elsewhere.create()).error?.message).toMatch(
      /backing up this database already \(pid \d+, pgvitals\/snapshot:\w+, from 127\.0\.0\.1, since \d{4}-.* UTC\)\.$/,
    );
    // The same folder: nothing is deleted from it, nothing added from a server that the lock of the database does not reach.
    const removed = await first.change({ kind: 'delete', backupIds: [older[0]] });
    expect([removed.outcome, removed.error?.message]).toEqual([
      'failed',
      expect.stringMatching(IN_WORDS(child.pid)),
    ]);
    expect(() => lockFolder(dirname(partial), 'add', 'backing up a copy')).toThrow(IN_WORDS(child.pid));
    // Reading what is there is no harm.
    lockFolder(dirname(partial), 'read', 'restoring')();

    // A start in another container, where that process cannot be seen.
    forgetOwner(dataDir, jobId);
    const other = await backing(database.url, { dataDir });
    const during = await other.engine.backups.overview(other.connectionId, {});
    expect([during.backups.length, during.failures]).toEqual([2, []]);
    expect(await foldersOf(first.location)).toContain(partial);

    // Its lock ends with it, whatever ends it.
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
    const later = await backing(database.url, { dataDir });
    const after = await later.engine.backups.overview(later.connectionId, {});
    expect([after.backups.length, after.failures.map(({ outcome }) => outcome)]).toEqual([
      2,
      ['interrupted'],
    ]);
    expect(await foldersOf(first.location)).not.toContain(partial);
    expect((await first.change({ kind: 'delete', backupIds: [older[0]] })).error).toBeNull();
  });

  it.each([
    ['at once', /not all of these may go now|works on the backups in .* already/],
    ['one after the other', /not all of these may go now/],
  ])(
    'both delete what the other one leaves, %s: one is told to look again, and one good backup stays',
    async (how, message) => {
      const database = await shop();
      const dataDir = await newFolder();
      const both = [
        await backing(database.url, { dataDir }),
        await backing(database.url, { dataDir }),
      ] as const;
      const [one, two] = [(await both[0].create()).id, (await both[0].create()).id];
      const plans = [await planned(both[0], one), await planned(both[1], two)] as const;
      const jobs =
        how === 'at once'
          ? await Promise.all(plans.map((run) => run()))
          : [await plans[0](), await plans[1]()];
      expect(jobs.map(({ outcome }) => outcome).toSorted()).toEqual(['done', 'failed']);
      expect(jobs.find(({ error }) => error)?.error?.message).toMatch(message);
      const { backups } = await both[0].engine.backups.overview(both[0].connectionId, {});
      expect(backups.filter(({ trashedAt, trust }) => trashedAt === null && trust === 'intact')).toHaveLength(
        1,
      );
    },
  );

  it('delete no backup that is verified or restored in another window (F58)', async () => {
    const database = await shop();
    const { engine, connectionId, create, ended } = await backing(database.url);
    const [{ id: backupId }] = [await create(), await create()];
    const { id: window } = await engine.open({ text: database.url }, {});
    const remove = () => engine.backups.preview(window, { kind: 'delete', backupIds: [backupId] }, {});
    const { jobId } = await engine.backups.verify(connectionId, {
      backupId,
      depth: 'restore',
      on: 'own server',
    });
    await expect(remove()).rejects.toMatchObject({
      code: 'PLAN_REFUSED',
      message: 'This backup stays: being verified.',
    });
    engine.backups.cancel(connectionId, jobId);
    await ended(jobId);
    engine.plans.unlock(connectionId);
    const request = { kind: 'restore', backupId, database: `${database.name}_copy` } as const;
    const { planId, phrase, mustAccept } = await engine.backups.preview(connectionId, request, {});
    const accepted = mustAccept.map(({ id }) => id);
    const restoring = await engine.backups.execute({ connectionId, planId, phrase, accepted });
    await expect(remove()).rejects.toMatchObject({ message: 'This backup stays: being restored.' });
    engine.backups.cancel(connectionId, restoring.jobId);
    expect((await ended(restoring.jobId)).outcome).toBe('cancelled');
    expect((await remove()).removes.map(({ id }) => id)).toEqual([backupId]);
  });

  it('deletes no backup that another one reads', async () => {
    const database = await shop();
    const { create, change, engine, connectionId } = await backing(database.url);
    const [backup] = [await create(), await create()];
    const { folder } = await engine.backups.detail(connectionId, backup?.id ?? '', {});
    const release = lockFolder(dirname(folder), 'read', 'restoring a backup of shop');
    const refused = await change({ kind: 'delete', backupIds: [backup?.id ?? ''] });
    expect(refused.error?.message).toMatch(/already: restoring a backup of shop, on /);
    // Adding is no harm to who reads.
    expect((await create()).error).toBeNull();
    release();
    expect((await change({ kind: 'delete', backupIds: [backup?.id ?? ''] })).error).toBeNull();
  });

  it('takes all folders or none', async () => {
    const [a, b] = [await newFolder(), await newFolder()];
    const release = lockFolder(b, 'add', 'backing up');
    expect(() => lockFolders([a, b], 'remove', 'deleting')).toThrow(/already: backing up/);
    lockFolders([a, a], 'remove', 'deleting')();
    release();
    lockFolders([a, b], 'remove', 'deleting')();
  });

  it('locks a folder, too, in which nobody can write who it is: deleting is what a full disk needs', async () => {
    const folder = await newFolder();
    await mkdir(join(folder, '.pgvitals-lock.json'));
    const release = lockFolder(folder, 'remove', 'deleting');
    expect(() => lockFolder(folder, 'read', 'restoring')).toThrow(/works on the backups in \S+ already\.$/);
    release();
    lockFolder(folder, 'read', 'restoring')();
  });
});

/** Previews the deletion of one backup; the result runs it. */
async function planned(
  { engine, connectionId, ended }: Backing,
  backupId: string,
): Promise<() => ReturnType<Backing['ended']>> {
  const { planId, phrase, mustAccept } = await engine.backups.preview(
    connectionId,
    { kind: 'delete', backupIds: [backupId] },
    {},
  );
  const accepted = mustAccept.map(({ id }) => id);
  return async () => ended((await engine.backups.execute({ connectionId, planId, phrase, accepted })).jobId);
}

/** As if the job had been begun where numbers of processes are others. */
function forgetOwner(dataDir: string, jobId: string): void {
  const file = new DatabaseSync(join(dataDir, 'history.sqlite'), { timeout: 5_000 });
  const { changes } = file
    .prepare('UPDATE backup_job SET process = ? WHERE id = ?')
    .run(JSON.stringify({ pid: 2 ** 22 + 1, start: '1' }), jobId);
  file.close();
  expect(changes).toBe(1);
}
