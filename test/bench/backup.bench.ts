import { spawn } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import type { BackupJob } from '#shared/model/backup.ts';
import { createEngine } from '#engine/create-engine.ts';
import type { Engine } from '#engine/engine.ts';
import type { EmbeddedMajor } from '#engine/embedded/binaries.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#engine/embedded/server.ts';
import { NEWER_CLIENT } from '../../build/newer-client.ts';
import { createNodeHost } from '../../electron/hosts/node-host.ts';
import { median, printTable, type Verdict } from './report.ts';

const MB = 1024 * 1024;

/**
 * Backups of a database of about 1 GB of heap against pg_dump, the old shell script and pg_restore by hand, on the same
 * database in the same run, by turns. Judges ratios and the memory of this process, never absolute times. How much
 * faster than gzip's level 6 a level of 1 is depends on what is compressed: `--data` chooses. On two cores one run differs
 * from the next by a tenth and more: `--create-only` leaves the restores out, for many runs. `--newer-client`
 * compares by zstd, which clients have from 16 on.
 */
export async function runBackupBench(args: readonly string[]): Promise<boolean> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      small: { type: 'boolean', default: false },
      runs: { type: 'string', default: '3' },
      data: { type: 'string', default: 'events' },
      'create-only': { type: 'boolean', default: false },
      'newer-client': { type: 'boolean', default: false },
    },
  });
  const data = DATA[values.data];
  if (!data) throw new Error(`--data is one of ${Object.keys(DATA).join(', ')}`);
  const client = values['newer-client'] ? NEWER : DEBIAN;
  const folder = await mkdtemp(join(tmpdir(), 'pgv-backup-bench-'));
  const server = await startEmbeddedPostgres({
    major: client.major,
    settings: { fsync: 'off', full_page_writes: 'off', max_wal_size: '4GB', checkpoint_timeout: '30min' },
  });
  const engine = createEngine(
    createNodeHost({ kind: 'in-process', toolVersion: 'bench', dataDir: join(folder, 'data') }),
    { clientFolder: client.folder },
  );
  try {
    await fill(server, data, values.small ? 0.1 : 1);
    const plan = { runs: Math.max(1, Number(values.runs)), restores: !values['create-only'], client };
    return judge(await measure(engine, server, folder, plan));
  } finally {
    await engine.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Client {
  /** Of the server, too: each has the one that was made for it. */
  readonly major: EmbeddedMajor;
  readonly folder: string;
  /** What the default choice compresses by. */
  readonly level: string;
}
const DEBIAN: Client = { major: 15, folder: '/usr/lib/postgresql/15/bin', level: '1' };
const NEWER: Client = { ...NEWER_CLIENT, level: 'zstd:1' };

interface Figures {
  readonly plainMs: number[];
  readonly scriptMs: number[];
  readonly createMs: number[];
  readonly wholeMs: number[];
  readonly restoreMs: number[];
  readonly verifyMs: number[];
  readonly growthBytes: number;
}

async function measure(
  engine: Engine,
  server: EmbeddedPostgres,
  folder: string,
  { runs, restores, client }: { readonly runs: number; readonly restores: boolean; readonly client: Client },
): Promise<Figures> {
  const { id: connectionId } = await engine.open({ text: urlOf(server, 'bench') }, {});
  engine.plans.unlock(connectionId);
  const figures: Figures = {
    plainMs: [],
    scriptMs: [],
    createMs: [],
    wholeMs: [],
    restoreMs: [],
    verifyMs: [],
    growthBytes: 0,
  };
  const byHand = (command: string, database: string, out: string): Promise<void> =>
    shell(command, {
      URL: urlOf(server, database),
      OUT: out,
      PATH: `${client.folder}:${process.env['PATH']}`,
    });
  const idleBytes = process.memoryUsage.rss();
  let mostBytes = idleBytes;
  const watch = setInterval(() => (mostBytes = Math.max(mostBytes, process.memoryUsage.rss())), 50);
  const pgDump = `pg_dump -Fc -Z${client.level} --quote-all-identifiers --verbose -f "$OUT" "$URL" 2>/dev/null`;
  const backUp = async (): Promise<BackupJob> => {
    const { jobId } = await engine.backups.create(connectionId, {
      shape: 'default',
      scope: { kind: 'database' },
      locationId: null,
      comparesSource: false,
      note: '',
    });
    return ended(engine, connectionId, jobId);
  };
  let plain = '';
  let backupId = '';
  for (let run = 0; run < runs; run += 1) {
    // A new file, as a backup is: to write over the last one takes half of the system's time.
    plain = join(folder, `plain-${run}.dump`);
    const measured = [
      async () => void figures.plainMs.push(await timed(() => byHand(pgDump, 'bench', plain))),
      async () => {
        const script = 'pg_dump "$URL" | gzip > "$OUT"';
        figures.scriptMs.push(await timed(() => byHand(script, 'bench', `${plain}.gz`)));
      },
      async () => {
        const startedMs = performance.now();
        const job = await backUp();
        figures.wholeMs.push(performance.now() - startedMs);
        backupId = job.backupId ?? '';
        figures.createMs.push((await engine.backups.detail(connectionId, backupId, {})).durationMs);
        console.error(job.steps.map(({ title, durationMs }) => `${title} ${durationMs}`).join(', '));
      },
    ];
    // Each has its turn at each place, and none pays for bringing to the disk what the one before it wrote.
    for (const at of measured.keys()) {
      await shell('sync', {});
      await measured[(at + run) % measured.length]?.();
    }
    console.error(
      `run ${run + 1}, load ${loadavg()[0]?.toFixed(1)}: by hand ${Math.round(figures.plainMs.at(-1) ?? 0)}, created in ${figures.createMs.at(-1)}`,
    );
    if (!restores) continue;
    figures.restoreMs.push(
      await timed(async () => {
        await sql(urlOf(server, 'postgres'), 'CREATE DATABASE by_hand TEMPLATE template0');
        await byHand('pg_restore --exit-on-error --jobs=2 -d "$URL" "$OUT"', 'by_hand', plain);
      }),
    );
    await sql(urlOf(server, 'postgres'), 'DROP DATABASE by_hand');
    const verify = await engine.backups.verify(connectionId, {
      backupId,
      depth: 'restore',
      on: 'this server',
    });
    figures.verifyMs.push(await timed(() => ended(engine, connectionId, verify.jobId)));
  }
  clearInterval(watch);
  console.error(`dump ${Math.round((await stat(plain)).size / MB)} MB`);
  return { ...figures, growthBytes: mostBytes - idleBytes };
}

function judge(figures: Figures): boolean {
  const { plainMs, scriptMs, createMs, wholeMs, restoreMs, verifyMs, growthBytes } = figures;
  const seconds = (values: readonly number[]): string =>
    values.length === 0 ? 'not run' : (median(values) / 1000).toFixed(1);
  printTable(
    ['', 'seconds'],
    [
      ['pg_dump by hand, as create calls it', seconds(plainMs)],
      ['create: dump, sync, checksum', seconds(createMs)],
      ['create with proof (decoded whole)', seconds(wholeMs)],
      ['pg_dump | gzip', seconds(scriptMs)],
      ['pg_restore -j2 by hand', seconds(restoreMs)],
      ['verify, five steps', seconds(verifyMs)],
    ],
  );
  const ratio = (a: readonly number[], b: readonly number[]): number => median(a) / median(b);
  const verdicts: readonly Verdict[] = [
    atMost('create / pg_dump by hand', ratio(createMs, plainMs), 1.1),
    atMost('create with proof / the old script', ratio(wholeMs, scriptMs), 1 / 2.5),
    ...(verifyMs.length === 0
      ? []
      : [atMost('verify / pg_restore by hand', ratio(verifyMs, restoreMs), 1.25)]),
    atMost('memory above idle, MB', growthBytes / MB, 150),
  ];
  for (const { isMet, text } of verdicts) console.log(`${isMet ? 'met   ' : 'MISSED'} ${text}`);
  return verdicts.every(({ isMet }) => isMet);
}

function atMost(name: string, value: number, limit: number): Verdict {
  return { isMet: value <= limit, text: `${name}: ${value.toFixed(2)} (at most ${limit.toFixed(2)})` };
}

/** Text that gzip makes about 40 % of, as that of performance.md; in three tables with keys and indexes. */
interface Data {
  /** For about 1 GB of heap. */
  readonly rows: number;
  /** Fills `events`, with `id` and `account`, from the numbers `n`. */
  readonly select: string;
}

const DATA: Readonly<Record<string, Data>> = {
  /** Long lines of hexadecimal digits and words that repeat. */
  events: {
    rows: 2_600_000,
    select: `now() - n * interval '1 second' AS at,
       md5(n::text) || md5((n * 7)::text) || md5((n * 13)::text) || md5((n * 17)::text) || ' payload of an ordinary event ' || n
         || repeat(' words', 5) || md5((n * 19)::text) || md5((n * 23)::text) || repeat(' more', 10) AS body`,
  },
  /** Numbers and times, as the demo's largest table has them. */
  telemetry: {
    rows: 14_000_000,
    select: `timestamptz '2026-01-01' + n * interval '1.7 seconds' AS at, (random() * 20000)::int AS views,
       (random() * 500)::int AS forwards, random()::real AS rate`,
  },
  /** Short sentences over a vocabulary of 20,000 words, some of them much more common than others. */
  text: {
    rows: 4_200_000,
    select: `now() - n * interval '7 seconds' AS at, (random() * 100000)::int / 100.0 AS amount,
       (SELECT string_agg(left(md5((20000 * random() ^ 4)::int::text), 3 + (k + n) % 6), ' ')
        FROM generate_series(1, 8 + n % 17) k) AS body`,
  },
};

async function fill(server: EmbeddedPostgres, data: Data, share: number): Promise<void> {
  await sql(urlOf(server, 'postgres'), 'CREATE DATABASE bench');
  await sql(
    urlOf(server, 'bench'),
    `CREATE TABLE events AS SELECT n AS id, n % 1000 AS account, ${data.select}
     FROM generate_series(1, ${Math.round(data.rows * share)}) n;
     ALTER TABLE events ADD PRIMARY KEY (id);
     CREATE INDEX ON events (account);
     CREATE TABLE accounts AS SELECT n AS id, md5(n::text) AS name FROM generate_series(0, 999) n;
     ALTER TABLE accounts ADD PRIMARY KEY (id);
     ALTER TABLE events ADD FOREIGN KEY (account) REFERENCES accounts;
     ANALYZE`,
  );
  const client = new pg.Client({ connectionString: urlOf(server, 'bench') });
  await client.connect();
  const { rows: sizes } = await client.query<{ size: string }>("SELECT pg_relation_size('events') AS size");
  await client.end();
  console.error(`heap ${Math.round(Number(sizes[0]?.size) / MB)} MB`);
}

async function ended(engine: Engine, connectionId: string, jobId: string): Promise<BackupJob> {
  for await (const { type, job } of engine.backups.watch(connectionId, jobId)) {
    if (type !== 'done') continue;
    if (job.outcome !== 'done') throw new Error(`${job.title}: ${job.error?.message ?? job.outcome}`);
    return job;
  }
  throw new Error('the job told no end');
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

async function shell(command: string, environment: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn('bash', ['-o', 'pipefail', '-c', command], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...environment },
  });
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Error(`${command}: exit code ${code}`);
}

async function sql(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(text);
  await client.end();
}

function urlOf(server: EmbeddedPostgres, database: string): string {
  const { host, port, user, password } = server;
  return `postgresql://${user}:${encodeURIComponent(password)}@${host}:${port}/${database}`;
}
