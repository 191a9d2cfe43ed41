import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { BackupJob, BackupProgress } from '#shared/model/backup.ts';
import { lookThrough, PATIENCE, watchGrowth } from '#engine/backup/dump-watch.ts';
import { parseConnectionInput } from '#engine/postgres/url.ts';
import { openWriteSession } from '#engine/postgres/write-session.ts';
import {
  expectClean,
  expectNothingLeft,
  sourceHashOf,
  start,
  type Unharmed,
} from '../support/backup-faults.ts';
import { type Backing, backing } from '../support/backups.ts';
import { runBackupJob } from '../../electron/hosts/cli/backup-run.ts';
import { EXIT } from '../../electron/hosts/cli/exit-codes.ts';
import type { Output } from '../../electron/hosts/cli/output.ts';
import { createDatabase, type TestDatabase, urlOf, useServer } from '../support/postgres.ts';

const server = useServer(15);
const IMPATIENT = { noticeMs: 400, giveUpMs: 1_500 };
let base = '';
let database: TestDatabase;
let before: Unharmed;

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'pgv-stalled-'));
  database = await createDatabase(
    await server.get(),
    `CREATE TABLE customers AS SELECT n AS id FROM generate_series(1, 10) n;
     CREATE TABLE orders AS SELECT n AS id, md5(n::text) || md5('a' || n) || md5('b' || n) || md5('c' || n) AS note FROM generate_series(1, 20000) n`,
  );
  before = {
    database,
    older: [],
    sourceHash: await sourceHashOf(database),
    location: join(base, 'data', 'backups'),
    runtime: base,
    secrets: [database.server.password],
  };
});
afterAll(async () => {
  await database?.drop();
  await rm(base, { recursive: true, force: true });
});
beforeEach(() => {
  vi.stubEnv('XDG_RUNTIME_DIR', base);
});
afterEach(() => vi.unstubAllEnvs());

const open = (patience: typeof IMPATIENT): Promise<Backing> =>
  backing(database.url, { dataDir: join(base, 'data'), patience });

/** A backup that stands still: it waits for a table, and when that is free again, its session is stopped. */
async function standing(own: Backing): Promise<{ readonly jobId: string; readonly goOn: () => void }> {
  const holder = new pg.Client({ connectionString: database.url });
  await holder.connect();
  await holder.query('BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE');
  const jobId = await start(own);
  let pid = 0;
  const waiting = async (): Promise<number> => {
    const [session] = await database.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE application_name = $1 AND wait_event_type = 'Lock'`,
      [`pgvitals/backup:${jobId}`],
    );
    pid = session?.pid ?? 0;
    return pid;
  };
  await expect.poll(waiting, { interval: 20, timeout: 10_000 }).toBeGreaterThan(0);
  process.kill(pid, 'SIGSTOP');
  const goOn = onlyOnce(() => void process.kill(pid, 'SIGCONT'));
  onTestFinished(goOn);
  await holder.end();
  return { jobId, goOn };
}

function onlyOnce(work: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) work();
    isDone = true;
  };
}

/** The state of the job in which this holds for the first time from now on. */
async function state(own: Backing, jobId: string, holds: (job: BackupJob) => boolean): Promise<BackupJob> {
  for await (const { job } of own.engine.backups.watch(own.connectionId, jobId)) if (holds(job)) return job;
  throw new Error('it never came to that');
}

const asks = ({ question }: BackupJob): boolean => question !== null;
const asksNothing = ({ question }: BackupJob): boolean => question === null;

describe('a dump in which nothing moves any more (F45)', () => {
  it('is asked about after five minutes and ended after thirty, where nobody says otherwise', () => {
    expect(PATIENCE).toEqual({ noticeMs: 300_000, giveUpMs: 1_800_000 });
  });

  it('asks, waits on when told to, asks again, and takes its question back when it moves', async () => {
    const own = await open({ ...IMPATIENT, giveUpMs: 60_000 });
    const { jobId, goOn } = await standing(own);
    expect((await state(own, jobId, asks)).question).toBe(
      'Nothing has arrived from pg_dump for 400 ms, and nothing moves on the server. Unless you wait on, it is ended after 1 min.',
    );
    own.engine.backups.waitOn(own.connectionId, jobId);
    expect((await state(own, jobId, asksNothing)).outcome).toBe('running');
    await state(own, jobId, asks);
    goOn();
    await state(own, jobId, asksNothing);
    const job = await own.ended(jobId);
    expect([job.outcome, job.error, job.question]).toEqual(['done', null, null]);
    await rm((await own.engine.backups.detail(own.connectionId, jobId, {})).folder, { recursive: true });
    await expectClean(jobId, before);
  });

  it('asks on the command line, too, where Ctrl+C is the answer', async () => {
    const own = await open({ ...IMPATIENT, giveUpMs: 60_000 });
    const { jobId, goOn } = await standing(own);
    const interrupt = new AbortController();
    const notes: string[] = [];
    const nothing = (): void => undefined;
    const output: Output = {
      data: nothing,
      note: (text) => {
        notes.push(text);
        interrupt.abort();
      },
      progress: nothing,
      clearProgress: nothing,
      logUnexpected: String,
      isTerminal: false,
      supportsColor: false,
    };
    const context = { output, signal: interrupt.signal, finish: nothing };
    expect(await runBackupJob(own.engine, own.connectionId, jobId, { format: 'human' }, context)).toBe(
      EXIT.interrupted,
    );
    goOn();
    expect(notes).toEqual([expect.stringMatching(/^Nothing has arrived .* Ctrl\+C cancels it\.\n$/)]);
    await expectNothingLeft(await own.ended(jobId), before, 'cancelled');
  });

  it('is given up where nobody answers', async () => {
    const own = await open(IMPATIENT);
    const { jobId, goOn } = await standing(own);
    expect((await state(own, jobId, asks)).outcome).toBe('running');
    const job = await own.ended(jobId);
    goOn();
    await expectNothingLeft(job, before, {
      message: /^Nothing has come from \/.*pg_dump for 1\.5 s; it was ended\.$/,
      nextStep: /server or the link/,
    });
  });
});

describe('a dump of which nothing arrives', () => {
  const percents = new Set<number | null>();
  const watched = async (look: () => Promise<string>): Promise<string[]> => {
    const asked: string[] = [];
    const job = {
      progress: (progress: BackupProgress | null) => void percents.add(progress?.percent ?? null),
      ask: (question: { text: string } | null) => void asked.push(question?.text ?? 'no'),
    };
    const watch = watchGrowth(
      join(base, 'none'),
      { tablesTotal: 1, expectedBytes: 0, patience: { noticeMs: 1_600, giveUpMs: 60_000 }, look },
      job,
      new AbortController(),
    );
    await new Promise((resolve) => setTimeout(resolve, 3_300));
    watch.stop();
    return asked;
  };

  it('is not asked about while its session on the server moves', async () => {
    let looks = 0;
    const [moving, still] = await Promise.all([
      watched(async () => String((looks += 1))),
      watched(async () => 'still'),
    ]);
    expect([moving, still]).toEqual([[], [expect.stringContaining('for 1.6 s'), 'no']]);
    expect(looks).toBeGreaterThan(1);
    expect([...percents]).toEqual([null]);
  });

  it('moves there while rows are read, also within the transaction that looks', async () => {
    const admin = urlOf(database.server, 'postgres');
    const session = await openWriteSession(parseConnectionInput(admin), {
      jobId: 'test',
      purpose: 'snapshot',
    });
    onTestFinished(() => session.close());
    await session.rows('BEGIN');
    const look = lookThrough(session, 'abc');
    const dump = new pg.Client({ connectionString: admin, application_name: 'pgvitals/backup:abc' });
    await dump.connect();
    onTestFinished(() => dump.end());
    await expect.poll(look, { interval: 20 }).toContain('ClientRead');
    const idle = await look();
    expect(await look()).toBe(idle);
    const copying = dump
      .query(`COPY (SELECT generate_series(1, 20000000)) TO '/dev/null'`)
      .catch(() => undefined);
    await expect.poll(look, { interval: 20 }).not.toBe(idle);
    const first = await look();
    await expect.poll(look, { interval: 20 }).not.toBe(first);
    await session.rows(
      `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'pgvitals/backup:abc'`,
    );
    await copying;
  });
});
