import { spawn } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { ActionRequest } from '#shared/model/plan-request.ts';
import { createEngine } from '#engine/create-engine.ts';
import type { Engine } from '#engine/engine.ts';
import { EngineError } from '#engine/errors.ts';
import { createNodeHost } from '../../electron/hosts/node-host.ts';
import { createDatabase, type TestDatabase, usePrivateServer } from '../support/postgres.ts';
import { expectEveryFaultHasItsTest } from './fault-list.ts';
import { CONNECTION_FAULTS } from './faults.ts';
import { startProxy } from './proxy.ts';

const server = usePrivateServer({ major: 15 });
let database: TestDatabase;
let engine: Engine;
beforeAll(async () => {
  database = await createDatabase(
    await server.get(),
    // The servers of the tests commit asynchronously, and this one crashes.
    `SET synchronous_commit = on; CREATE TABLE items (id int PRIMARY KEY, note text);
     INSERT INTO items SELECT g, g FROM generate_series(1, 500) g`,
  );
  engine = createEngine(
    createNodeHost({ kind: 'in-process', toolVersion: 'test', writeLogLine: () => undefined }),
  );
});
afterAll(() => engine?.close());

const open = async (port: number | null = null): Promise<string> => {
  const url = new URL(database.url);
  if (port !== null) url.port = String(port);
  const { id } = await engine.open({ text: url.href }, {});
  onTestFinished(() => engine.closeConnection(id));
  return id;
};
const look = (connectionId: string) => engine.insight.activity.overview({ connectionId, maxAgeMs: 0 }, {});

it('every fault has its test', () => {
  expectEveryFaultHasItsTest('connection faults', CONNECTION_FAULTS, 1, 22);
});

describe('the app goes on by itself', () => {
  it.each([
    ['F01: a server that crashed', 'immediate'],
    ['F02: a server that is restarted', 'fast'],
  ] as const)('%s', async (_, mode) => {
    const id = await open();
    await look(id);
    const restarted = (await server.get()).restart(mode);
    const startedMs = performance.now();
    const codes = new Set<string>();
    for (;;) {
      const outcome = await look(id).then(
        () => 'answer',
        (error: unknown) => (error instanceof EngineError ? error.code : String(error)),
      );
      codes.add(outcome);
      if (outcome === 'answer' && (await Promise.race([restarted.then(() => true), delay(0, false)]))) break;
      expect(performance.now() - startedMs).toBeLessThan(30_000);
      await delay(50);
    }
    const expected = ['answer', 'CONNECTION_LOST', 'CONNECTION_REFUSED', 'SERVER_STARTING', 'QUERY_FAILED'];
    expect([...codes].filter((code) => !expected.includes(code))).toEqual([]);
    expect((await look(id)).data.sessions.length).toBeGreaterThan(0);
  });

  it('F07: a link of 64 kB a second with 200 ms is slow for the pages alone, and nothing queues', async () => {
    const proxy = await startProxy((await server.get()).port);
    onTestFinished(() => proxy.close());
    const id = await open(proxy.port);
    proxy.slow({ delayMs: 200, bytesPerSecond: 64_000 });
    let longestGapMs = 0;
    let lastMs = performance.now();
    const pulse = setInterval(() => {
      const nowMs = performance.now();
      longestGapMs = Math.max(longestGapMs, nowMs - lastMs);
      lastMs = nowMs;
    }, 10);
    const looks = await Promise.all(Array.from({ length: 6 }, () => look(id)));
    clearInterval(pulse);
    // Those who ask at the same time get one reading.
    expect(new Set(looks.map(({ readAt }) => readAt)).size).toBeLessThanOrEqual(2);
    expect(longestGapMs).toBeLessThan(1_000);
    const [row] = await database.query<{ sessions: number }>(
      `SELECT count(*)::int AS sessions FROM pg_stat_activity WHERE application_name LIKE 'pgvitals/%' AND datname = current_database()`,
    );
    expect(row?.sessions).toBeLessThanOrEqual(2);
  });

  it('F11: a primary that became a standby is read on, takes no change, and is the primary again when it is', async () => {
    const id = await open();
    const running = await server.get();
    const signal = join(running.dataDir, 'standby.signal');
    const reads = () =>
      look(id).then(
        () => true,
        () => false,
      );
    const [table] = await database.query<{ oid: number }>("SELECT 'items'::regclass::oid AS oid");
    const action: ActionRequest = { verb: 'vacuum', tables: [Number(table?.oid)], mode: 'plain' };
    const run = async (): Promise<string> => {
      const plan = await engine.plans.preview(id, { kind: 'action', action }, {});
      const stops = plan.preflight.filter(({ verdict }) => verdict === 'stop').map(({ text }) => text);
      if (stops.length > 0) return stops.join(' ');
      const { jobId } = await engine.plans.execute({
        connectionId: id,
        planId: plan.planId,
        phrase: null,
        accepted: [],
      });
      for await (const event of engine.plans.watch(id, jobId))
        if (event.type === 'done')
          return `${event.job.outcome} ${event.job.actions[0]?.error?.message ?? ''}`;
      return 'no end';
    };
    await writeFile(signal, '');
    await running.restart('fast');
    await expect.poll(reads, { timeout: 20_000 }).toBe(true);
    engine.plans.unlock(id);
    expect(await run().catch(String)).toContain('This server is a standby: it takes no changes.');
    await rm(signal, { force: true });
    await running.restart('fast');
    await expect.poll(reads, { timeout: 20_000 }).toBe(true);
    expect(await run()).toBe('done ');
  });

  it('F21: a clock that is a day ahead, or behind, changes no age', async () => {
    const holder = database.query('SELECT pg_sleep(4)');
    const id = await open();
    for (const skewMs of [86_400_000, -86_400_000]) {
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + skewMs });
      const { data } = await look(id).finally(() => vi.useRealTimers());
      const session = data.sessions.find(({ query }) => query?.includes('pg_sleep(4)'));
      expect(session?.xactAgeMs).toBeGreaterThanOrEqual(0);
      expect(session?.xactAgeMs).toBeLessThan(60_000);
    }
    await holder;
  });

  it('F22: a laptop that slept takes one sample when it wakes, not all those it has missed', async () => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'sleeper.ts'), database.url], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const times: number[] = [];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.trim().split('\n')) {
        expect(line).toMatch(/^\d+ 1$/);
        times.push(Number.parseInt(line, 10));
      }
    });
    const samples = () => times.length;
    await expect.poll(samples, { timeout: 20_000 }).toBeGreaterThan(3);
    child.kill('SIGSTOP');
    await delay(2_000);
    const before = samples();
    const wokeAtMs = Date.now();
    child.kill('SIGCONT');
    await expect.poll(samples, { timeout: 20_000 }).toBeGreaterThan(before + 4);
    const gaps = times.slice(1).map((time, at) => time - (times[at] ?? 0));
    const slept = gaps.findIndex((gap) => gap > 1_500);
    expect(slept).toBeGreaterThan(0);
    // No two of them at once afterwards, either: the interval begins anew with each sample.
    expect(Math.min(...gaps.slice(slept + 1))).toBeGreaterThan(80);
    expect(times.filter((time) => time >= wokeAtMs && time < wokeAtMs + 90).length).toBeLessThanOrEqual(2);
  });
});
