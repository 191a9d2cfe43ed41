import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#engine/embedded/server.ts';
import { type AuditRun, measureAudit } from './audit-run.ts';
import { measureFloor } from './floor.ts';
import { BENCH_SIZES, generateDatabase } from './generate.ts';
import { median, printTable, type Verdict } from './report.ts';

/** `performance.md`, "Targets". Ratios of one run; absolute times are printed and never judged. */
const TARGETS = { floorMust: 2, floorGoal: 1.3, growth: 12, rssMb: 400, gapMs: 50 } as const;
const DEFAULT_RUNS = 5;

type SizeName = keyof typeof BENCH_SIZES;

interface Measured {
  readonly size: SizeName;
  readonly floorMs: readonly number[];
  readonly audits: readonly AuditRun[];
}

/**
 * Times an audit (connected → all findings) against the catalog floor: what psql needs only to fetch the row sets that
 * every audit starts from. Both alternate, each in a process of its own, so that a busy machine slows both. Resolves to
 * false where a target is missed.
 */
export async function runAuditBench(args: readonly string[]): Promise<boolean> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      small: { type: 'boolean', default: false },
      runs: { type: 'string', default: String(DEFAULT_RUNS) },
    },
  });
  const runs = Math.max(1, Number(values.runs) || DEFAULT_RUNS);
  const sizes: SizeName[] = values.small ? ['1k'] : ['1k', '10k'];
  console.log(
    `load average ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}, ${runs} runs per figure, medians`,
  );
  const server = await startEmbeddedPostgres({ settings: SERVER_SETTINGS });
  try {
    const measured: Measured[] = [];
    for (const size of sizes) measured.push(await measureSize(server, size, runs));
    report(measured);
    const verdicts = judge(measured);
    for (const { isMet, text } of verdicts) console.log(`${isMet ? 'met   ' : 'MISSED'}  ${text}`);
    return verdicts.every((v) => v.isMet || v.isGoalOnly);
  } finally {
    await server.stop();
  }
}

/** A warm cache, no autovacuum in the middle, and room for the locks of a batch of CREATE TABLE. */
const SERVER_SETTINGS = {
  fsync: 'off',
  autovacuum: 'off',
  shared_buffers: '512MB',
  max_locks_per_transaction: '256',
  max_wal_size: '4GB',
} as const;

async function measureSize(server: EmbeddedPostgres, size: SizeName, runs: number): Promise<Measured> {
  const database = `bench_${size}`;
  const startedMs = performance.now();
  await withClient(server, 'postgres', (client) => client.query(`CREATE DATABASE ${database}`));
  await withClient(server, database, (client) =>
    generateDatabase((sql) => client.query(sql), BENCH_SIZES[size]),
  );
  console.log(`${size}: generated in ${((performance.now() - startedMs) / 1000).toFixed(0)} s`);
  const floorMs: number[] = [];
  const audits: AuditRun[] = [];
  // The first of each fills the caches.
  for (let run = 0; run <= runs; run += 1) {
    const floor = await measureFloor(server, database);
    const audit = await measureAudit(server, database);
    if (run === 0) continue;
    floorMs.push(floor);
    audits.push(audit);
  }
  return { size, floorMs, audits };
}

function report(measured: readonly Measured[]): void {
  const figure = (m: Measured, read: (run: AuditRun) => number): number => median(m.audits.map(read));
  const rows: [string, (m: Measured) => string][] = [
    ['catalog floor (psql), ms', (m) => median(m.floorMs).toFixed(0)],
    ['audit: connected → all findings, ms', (m) => figure(m, (r) => r.totalMs).toFixed(0)],
    ['  of it reading facts, ms', (m) => figure(m, (r) => r.collectMs).toFixed(0)],
    ['  of it checks, ms', (m) => figure(m, (r) => r.totalMs - r.collectMs).toFixed(0)],
    ['audit again in the same process, ms', (m) => figure(m, (r) => r.againMs).toFixed(0)],
    ['facts / floor', (m) => (figure(m, (r) => r.collectMs) / median(m.floorMs)).toFixed(2)],
    ['audit / floor', (m) => floorRatio(m).toFixed(2)],
    ['CPU of our process, ms', (m) => figure(m, (r) => r.cpuMs).toFixed(0)],
    ['peak RSS of our process, MB', (m) => figure(m, (r) => r.rssMb).toFixed(0)],
    ['longest event-loop gap reading facts, ms', (m) => figure(m, (r) => r.collectGapMs).toFixed(0)],
    ['longest event-loop gap in checks, ms', (m) => figure(m, (r) => r.checkGapMs).toFixed(0)],
    ['received, MB', (m) => figure(m, (r) => r.receivedMb).toFixed(1)],
    ['tables / indexes', (m) => `${figure(m, (r) => r.tables)} / ${figure(m, (r) => r.indexes)}`],
    ['checks / findings', (m) => `${figure(m, (r) => r.checks)} / ${figure(m, (r) => r.findings)}`],
  ];
  printTable(
    ['', ...measured.map((m) => m.size)],
    rows.map(([label, read]) => [label, ...measured.map(read)]),
  );
  const times = (title: string, read: (run: AuditRun) => Readonly<Record<string, number>>): void => {
    const last = measured.at(-1);
    if (!last) return;
    const rows = Object.keys(last.audits[0] ? read(last.audits[0]) : {})
      .map((label) => ({ label, ms: measured.map((m) => figure(m, (r) => read(r)[label] ?? 0)) }))
      .sort((a, b) => (b.ms.at(-1) ?? 0) - (a.ms.at(-1) ?? 0))
      .slice(0, MOST_ROWS);
    printTable(
      [title, ...measured.map((m) => m.size)],
      rows.map(({ label, ms }) => [label, ...ms.map((value) => value.toFixed(0))]),
    );
  };
  times('longest steps, ms', (r) => r.stepMs);
  times('longest checks, ms', (r) => r.checkMs);
}

const MOST_ROWS = 14;

function judge(measured: readonly Measured[]): Verdict[] {
  const [small, large] = measured;
  const biggest = measured.at(-1);
  if (!small || !biggest) return [];
  const worst = (read: (run: AuditRun) => number): number => median(biggest.audits.map(read));
  const ratio = floorRatio(biggest);
  const gaps = [
    ['facts are read', worst((r) => r.collectGapMs)],
    ['checks run', worst((r) => r.checkGapMs)],
  ] as const;
  const verdicts: Verdict[] = [
    {
      isMet: ratio <= TARGETS.floorMust,
      text: `audit ≤ ${TARGETS.floorMust} × floor at ${biggest.size}: ${ratio.toFixed(2)}`,
    },
    {
      isMet: ratio <= TARGETS.floorGoal,
      isGoalOnly: true,
      text: `audit ≤ ${TARGETS.floorGoal} × floor at ${biggest.size} (goal): ${ratio.toFixed(2)}`,
    },
    {
      isMet: worst((r) => r.rssMb) <= TARGETS.rssMb,
      text: `peak RSS ≤ ${TARGETS.rssMb} MB at ${biggest.size}: ${worst((r) => r.rssMb).toFixed(0)} MB`,
    },
    ...gaps.map(([phase, gapMs]) => ({
      isMet: gapMs <= TARGETS.gapMs,
      isGoalOnly: true,
      text: `event-loop gap ≤ ${TARGETS.gapMs} ms at ${biggest.size} while ${phase}: ${gapMs.toFixed(0)} ms`,
    })),
  ];
  if (large) {
    const growth = median(large.audits.map((r) => r.totalMs)) / median(small.audits.map((r) => r.totalMs));
    verdicts.push({
      isMet: growth <= TARGETS.growth,
      text: `growth 1k → 10k ≤ ${TARGETS.growth} ×: ${growth.toFixed(1)}`,
    });
  }
  return verdicts;
}

function floorRatio({ audits, floorMs }: Measured): number {
  return median(audits.map((r) => r.totalMs)) / median(floorMs);
}

async function withClient(
  server: EmbeddedPostgres,
  database: string,
  work: (client: pg.Client) => Promise<unknown>,
): Promise<void> {
  const { host, port, user, password } = server;
  const client = new pg.Client({ host, port, user, password, database });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
