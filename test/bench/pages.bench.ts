import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type CDPSession, chromium, type Page } from 'playwright-core';
import pg from 'pg';
import { createEngine } from '#engine/create-engine.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#engine/embedded/server.ts';
import { bundle } from '../../build/bundle.ts';
import { startLoopback } from '../../electron/hosts/loopback.ts';
import { createNodeHost } from '../../electron/hosts/node-host.ts';
import { INSIGHT_PAGES } from '../support/insight-pages.ts';
import { BENCH_SIZES, generateDatabase } from './generate.ts';
import { printTable } from './report.ts';

/** What the pages promise at 10,000 tables, 50,000 indexes and 5,000 statements. */
const LIMITS = { firstRowsMs: 1_000, longTaskMs: 50, heapMb: 300, messageKb: 150 } as const;
const STATEMENTS = 5_000;

interface Measured {
  /** The page, and its view where it has several. */
  readonly name: string;
  /** From the click to the rows; the facts are in the engine's memory, nothing of the page is in the renderer's. */
  readonly firstRowsMs: number;
  /** The longest task while the longest list was scrolled. */
  readonly longTaskMs: number;
  readonly rows: number;
  readonly heapMb: number;
  /** The largest message that the page was sent. */
  readonly largestFrameKb: number;
}

/** Opens every page on a large database in Chromium; resolves to false where a limit is missed. */
export async function runPagesBench(args: readonly string[]): Promise<boolean> {
  const { values } = parseArgs({
    args: [...args],
    options: { small: { type: 'boolean', default: false }, runs: { type: 'string' } },
  });
  const server = await startEmbeddedPostgres({ major: 17, settings: SERVER_SETTINGS });
  try {
    console.log(`generating ${values.small ? '1k' : '10k'} tables and ${STATEMENTS} statements …`);
    const url = await prepare(server, values.small ? '1k' : '10k');
    const measured = await measure(url);
    printTable(
      ['view', 'first rows ms', 'longest task ms', 'rows', 'heap MB', 'largest message kB'],
      measured.map((m) => [
        m.name,
        String(Math.round(m.firstRowsMs)),
        String(Math.round(m.longTaskMs)),
        String(m.rows),
        m.heapMb.toFixed(0),
        m.largestFrameKb.toFixed(0),
      ]),
    );
    const missed = measured.flatMap((m) => [
      ...(m.firstRowsMs > LIMITS.firstRowsMs
        ? [`${m.name}: first rows after ${m.firstRowsMs.toFixed(0)} ms`]
        : []),
      ...(m.longTaskMs > LIMITS.longTaskMs ? [`${m.name}: a task of ${m.longTaskMs.toFixed(0)} ms`] : []),
      ...(m.heapMb > LIMITS.heapMb ? [`${m.name}: heap of ${m.heapMb.toFixed(0)} MB`] : []),
      ...(m.largestFrameKb > LIMITS.messageKb
        ? [`${m.name}: a message of ${m.largestFrameKb.toFixed(0)} kB`]
        : []),
    ]);
    for (const text of missed) console.log(`MISSED  ${text}`);
    if (missed.length === 0) console.log('met     every limit in every view');
    return missed.length === 0;
  } finally {
    await server.stop();
  }
}

const SERVER_SETTINGS = {
  fsync: 'off',
  autovacuum: 'off',
  shared_buffers: '512MB',
  max_locks_per_transaction: '256',
  shared_preload_libraries: 'pg_stat_statements',
  'pg_stat_statements.max': '10000',
};

async function prepare(server: EmbeddedPostgres, size: keyof typeof BENCH_SIZES): Promise<string> {
  const { host, port, user, password } = server;
  const client = new pg.Client({ host, port, user, password, database: 'postgres' });
  await client.connect();
  await client.query('CREATE EXTENSION pg_stat_statements');
  await generateDatabase((sql) => client.query(sql), BENCH_SIZES[size]);
  // Constants and aliases do not make statements differ for pg_stat_statements; relations and operators do.
  const tables = BENCH_SIZES[size].tables;
  for (let n = 0; n < STATEMENTS; n += 1) {
    const k = (n % tables) + 1;
    const table = `area_${k % 10}.customer_record_${String(k).padStart(5, '0')}`;
    const operator = ['=', '<', '>', '<=', '>=', '<>'][Math.floor(n / tables) % 6];
    await client.query(`SELECT id, status FROM ${table} WHERE id ${operator} 1 LIMIT 1`);
  }
  await client.end();
  return `postgresql://${user}:${encodeURIComponent(password)}@${host}:${port}/postgres`;
}

async function measure(databaseUrl: string): Promise<Measured[]> {
  await bundle();
  const engine = createEngine(createNodeHost({ kind: 'loopback', toolVersion: 'bench' }));
  const { id } = await engine.open({ text: databaseUrl }, { name: 'bench' });
  const loopback = await startLoopback({
    engine,
    rendererDir: join(fileURLToPath(new URL('../..', import.meta.url)), 'dist', 'renderer'),
    initialConnectionId: id,
  });
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' });
    const frames = { largest: 0 };
    page.on('websocket', (socket) =>
      socket.on(
        'framereceived',
        ({ payload }) => (frames.largest = Math.max(frames.largest, payload.length)),
      ),
    );
    await page.addInitScript(watchLongTasks);
    await page.goto(loopback.url);
    const cdp = await page.context().newCDPSession(page);
    const measured: Measured[] = [];
    for (const title of INSIGHT_PAGES) measured.push(...(await measurePage(page, cdp, title, frames)));
    return measured;
  } finally {
    await browser.close();
    await loopback.close();
    await engine.close();
  }
}

async function measurePage(
  page: Page,
  cdp: CDPSession,
  title: string,
  frames: { largest: number },
): Promise<Measured[]> {
  await openPage(page, title);
  const tabs = page.getByRole('tablist', { name: 'Views' }).getByRole('tab');
  const openTab = async (at: number): Promise<void> => {
    await tabs.nth(at).click();
    await rowsAreThere(page);
  };
  for (let at = 1; at < (await tabs.count()); at += 1) await openTab(at);
  // What the page keeps is gone after this; the engine's facts are not.
  await page.getByRole('link', { name: 'Overview' }).click();
  await page.reload();
  await page.getByRole('link', { name: 'Overview' }).waitFor();
  const view = async (name: string, reach: () => Promise<void>): Promise<Measured> => {
    frames.largest = 0;
    const startedMs = performance.now();
    await reach();
    const firstRowsMs = performance.now() - startedMs;
    await page.waitForTimeout(500);
    const { longTaskMs, rows } = await scroll(page);
    await cdp.send('HeapProfiler.collectGarbage');
    const { usedSize } = await cdp.send('Runtime.getHeapUsage');
    return {
      name,
      firstRowsMs,
      longTaskMs,
      rows,
      heapMb: usedSize / 1e6,
      largestFrameKb: frames.largest / 1e3,
    };
  };
  const measured = [await view(title, () => openPage(page, title))];
  for (let at = 1; at < (await tabs.count()); at += 1) {
    const name = `${title} › ${await tabs.nth(at).innerText()}`;
    measured.push(await view(name, () => openTab(at)));
  }
  return measured;
}

/** Clicks in the rail and waits until nothing on the page is still to come. */
async function openPage(page: Page, title: string): Promise<void> {
  await page
    .getByRole('navigation', { name: 'Pages' })
    .getByRole('link', { name: new RegExp(`^${title}`) })
    .click();
  await page
    .getByRole('main')
    .getByText(/^Read .* · /)
    .waitFor({ timeout: 60_000 });
  await rowsAreThere(page);
}

async function rowsAreThere(page: Page): Promise<void> {
  await page.waitForFunction(() => document.querySelector('main .MuiSkeleton-root') === null, undefined, {
    timeout: 60_000,
    polling: 'raf',
  });
}

/** Scrolls the longest grid of the page, or the page itself, for two seconds. */
async function scroll(page: Page): Promise<{ longTaskMs: number; rows: number }> {
  return page.evaluate(async () => {
    const grids = [...document.querySelectorAll<HTMLElement>('main [aria-rowcount]')];
    const rowsOf = (grid: HTMLElement): number => Number(grid.getAttribute('aria-rowcount')) - 1;
    const [grid] = grids.toSorted((a, b) => rowsOf(b) - rowsOf(a));
    const target = grid ?? document.querySelector<HTMLElement>('main');
    if (!target) return { longTaskMs: 0, rows: 0 };
    const tasks = (window as unknown as { longTasks: number[] }).longTasks;
    tasks.length = 0;
    const startedMs = performance.now();
    while (performance.now() - startedMs < 2_000) {
      target.scrollTop += 400;
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
    return { longTaskMs: Math.max(0, ...tasks), rows: grid ? rowsOf(grid) : 0 };
  });
}

function watchLongTasks(): void {
  const tasks: number[] = [];
  Object.assign(window, { longTasks: tasks });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) tasks.push(entry.duration);
  }).observe({ type: 'longtask', buffered: true });
}
