import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openReadSession } from '#engine/postgres/session.ts';
import { parseConnectionInput } from '#engine/postgres/url.ts';
import { startProxy } from '../faults/proxy.ts';
import { descendantsOf, sshBelow, startSshd, type TestSshd } from '../support/sshd.ts';
import { type LinkApp, type LinkPage, openLinkApp } from './links-app.ts';
import { type Guest, type LinkStage, until } from './links-stage.ts';

/** What one app went through. Times in ms; null where the scenario has no such moment. */
export interface LinkRun {
  /** From the fault until the connection or the tunnel was given up. */
  readonly noticedMs: number | null;
  /** From the fault until the page said so, which begins with its next reading: no promise, but worth a look. */
  readonly toldMs: number | null;
  /** From the return until the page, or the sampler, had an answer of after it. */
  readonly resumedMs: number | null;
  /** How often the change that was under way reached the server. */
  readonly tries: number | null;
  readonly mostConnections: number | null;
  readonly connectionsAfterClose: number | null;
}

/** Each starts one app, with its fault and its return. `index` spreads what happens over time. */
export const SCENARIOS: Readonly<Record<string, (stage: LinkStage, index: number) => Promise<LinkRun>>> = {
  'silent link': silentLink,
  'silent link, no page open': nobodyLooks,
  'silent SSH server': silentTunnel,
  'ssh killed': killedSsh,
};

async function silentLink(stage: LinkStage, index: number): Promise<LinkRun> {
  const guest = await stage.guest(`direct_${index}`);
  const proxy = await startProxy(stage.server.port);
  const app = await openLinkApp(guest.url(proxy.port));
  try {
    const page = app.openPage();
    const count = watchConnections(guest);
    await answered(page);
    const change = app.change(guest.table);
    await until('the change reaches the server', async () => (await guest.tries()) === 1);
    const reading = await openReadSession(parseConnectionInput(guest.url(proxy.port)), {
      applicationName: 'bench',
    });
    const lost = reading
      .read('bench', ({ rows }) => rows('SELECT pg_sleep(9)'))
      .then(
        () => Number.NaN,
        () => performance.now(),
      );
    await until('a query is under way', () => guest.isAsleep());
    // In the middle of what the page reads, the change and the query.
    const faultMs = await new Promise<number>((resolve) => {
      proxy.corrupt((chunk) => {
        proxy.stall();
        resolve(performance.now());
        return chunk;
      });
      page.refresh();
    });
    const noticedMs = (await lost) - faultMs;
    await reading.close();
    const toldMs = (await failed(page, faultMs)) - faultMs;
    await change;
    await delay(spread(index));
    proxy.resume();
    return await finish({ app, page, guest, count, noticedMs, toldMs, returnMs: performance.now() });
  } finally {
    await app.close();
    await proxy.close();
  }
}

async function nobodyLooks(stage: LinkStage, index: number): Promise<LinkRun> {
  const guest = await stage.guest(`unseen_${index}`);
  const proxy = await startProxy(stage.server.port);
  const app = await openLinkApp(guest.url(proxy.port));
  try {
    const count = watchConnections(guest);
    // Before the first sample: the next ones wait longer the slower this machine is.
    const before = await app.samples();
    proxy.stall();
    await until('a sample fails', () => app.log.some(({ line }) => line.includes('no sample')));
    await delay(spread(index));
    proxy.resume();
    const returnMs = performance.now();
    await until('the next sample', async () => (await app.samples()) > before);
    const resumedMs = performance.now() - returnMs;
    const mostConnections = await count();
    await app.close();
    return { ...NOTHING, resumedMs, mostConnections, connectionsAfterClose: await left(guest) };
  } finally {
    await app.close();
    await proxy.close();
  }
}

async function silentTunnel(stage: LinkStage, index: number): Promise<LinkRun> {
  const guest = await stage.guest(`tunnel_${index}`);
  const sshd = await startSshd(stage.home);
  const app = await openThrough(stage, guest, sshd);
  let stopped: readonly number[] = [];
  try {
    const page = app.openPage();
    const count = watchConnections(guest);
    await answered(page);
    const change = app.change(guest.table);
    await until('the change reaches the server', async () => (await guest.tries()) === 1);
    stopped = [sshd.pid(), ...(await descendantsOf(sshd.pid()))];
    for (const pid of stopped) process.kill(pid, 'SIGSTOP');
    const faultMs = performance.now();
    page.refresh();
    const toldMs = (await failed(page, faultMs)) - faultMs;
    const broke = (): number | undefined => app.log.find(({ line }) => line.includes(' broke'))?.atMs;
    await until('the tunnel is given up', () => broke() !== undefined);
    const noticedMs = (broke() ?? Number.NaN) - faultMs;
    await change;
    await delay(spread(index));
    // The same server goes on, or its machine was started anew.
    if (index % 2 === 0) for (const pid of stopped) process.kill(pid, 'SIGCONT');
    else {
      for (const pid of stopped.slice(1)) end(pid);
      await sshd.start();
    }
    return await finish({ app, page, guest, count, noticedMs, toldMs, returnMs: performance.now() });
  } finally {
    await app.close();
    await sshd.stop();
    for (const pid of stopped) end(pid);
  }
}

async function killedSsh(stage: LinkStage, index: number): Promise<LinkRun> {
  const guest = await stage.guest(`killed_${index}`);
  const sshd = await startSshd(stage.home);
  const app = await openThrough(stage, guest, sshd);
  try {
    const page = app.openPage();
    const count = watchConnections(guest);
    await answered(page);
    await delay(spread(index));
    const change = app.change(guest.table);
    await until('the change reaches the server', async () => (await guest.tries()) === 1);
    const own = await sshTo(sshd.port);
    page.refresh();
    const faultMs = performance.now();
    for (const pid of own) process.kill(pid, 'SIGKILL');
    const noticedMs = (await change).endedMs - faultMs;
    return await finish({ app, page, guest, count, noticedMs, toldMs: null, returnMs: faultMs });
  } finally {
    await app.close();
    await sshd.stop();
  }
}

/** All apps on one server, which is restarted under them. */
export async function restarted(stage: LinkStage, runs: number): Promise<LinkRun[]> {
  const going = Promise.withResolvers<void>();
  const returned = Promise.withResolvers<number>();
  let ready = 0;
  const working = Array.from({ length: runs }, async (_, index): Promise<LinkRun> => {
    await delay(spread(index));
    const guest = await stage.guest(`restart_${index}`);
    const app = await openLinkApp(guest.url(stage.server.port));
    try {
      const page = app.openPage();
      const count = watchConnections(guest);
      await answered(page);
      ready += 1;
      await until('all are there', () => ready === runs);
      const change = app.change(guest.table);
      await until('the change reaches the server', async () => (await guest.tries()) === 1);
      ready += 1;
      await going.promise;
      // In the middle of what it reads, as far as that can be had.
      page.refresh();
      await change;
      return await finish({
        app,
        page,
        guest,
        count,
        noticedMs: null,
        toldMs: null,
        returnMs: await returned.promise,
      });
    } finally {
      await app.close();
    }
  });
  const restarting = until('every change is under way', () => ready === 2 * runs).then(async () => {
    going.resolve();
    await stage.server.restart('fast');
    returned.resolve(performance.now());
  });
  await Promise.race([restarting, Promise.all(working)]);
  return Promise.all(working);
}

/**
 * A statement without a time limit over a link on which not even acknowledgements come; null where this machine cannot
 * give a process a network of its own.
 */
export async function cutLink(runs: number): Promise<LinkRun[] | null> {
  const script = fileURLToPath(new URL('./links-cut.ts', import.meta.url));
  const command = ['--net', process.execPath, script, String(runs)];
  const canUnshare = await run('unshare', ['--net', 'ip', 'link', 'show', 'lo']).then(
    () => true,
    () => false,
  );
  if (!canUnshare) return null;
  const { stdout } = await run('unshare', command);
  const { noticedMs, left: connectionsAfterClose } = JSON.parse(stdout) as {
    noticedMs: number[];
    left: number;
  };
  return noticedMs.map((one) => ({ ...NOTHING, noticedMs: one, connectionsAfterClose }));
}

const run = promisify(execFile);
const NOTHING: LinkRun = {
  noticedMs: null,
  toldMs: null,
  resumedMs: null,
  tries: null,
  mostConnections: null,
  connectionsAfterClose: null,
};

async function finish(state: {
  readonly app: LinkApp;
  readonly page: LinkPage;
  readonly guest: Guest;
  readonly count: () => Promise<number>;
  readonly noticedMs: number | null;
  readonly toldMs: number | null;
  readonly returnMs: number;
}): Promise<LinkRun> {
  const { app, page, guest, count, noticedMs, toldMs, returnMs } = state;
  const answer = (): number | undefined => page.answersMs.find((atMs) => atMs > returnMs);
  await until('an answer', () => answer() !== undefined);
  const resumedMs = (answer() ?? Number.NaN) - returnMs;
  page.close();
  const now = { connectionId: app.connectionId, maxAgeMs: 0 };
  // On the session of the pages, and on one of its own.
  await app.engine.insight.activity.overview(now, {});
  await app.engine.insight.schema.overview(now, {});
  const mostConnections = await count();
  const tries = await guest.tries();
  await app.close();
  return { noticedMs, toldMs, resumedMs, tries, mostConnections, connectionsAfterClose: await left(guest) };
}

function openThrough(stage: LinkStage, guest: Guest, sshd: TestSshd): Promise<LinkApp> {
  return openLinkApp(guest.url(stage.server.port), {
    destination: `${stage.home.user}@127.0.0.1:${sshd.port}`,
    keyFile: stage.home.key,
    trustFingerprint: sshd.fingerprint,
  });
}

const answered = (page: LinkPage): Promise<void> =>
  until('the first answer', () => page.answersMs.length > 0);

async function failed(page: LinkPage, afterMs: number): Promise<number> {
  const failure = (): number | undefined => page.failures.find(({ atMs }) => atMs > afterMs)?.atMs;
  await until('the page says so', () => failure() !== undefined);
  return failure() ?? Number.NaN;
}

/** Looks every half second until it is asked for the most that there were. */
function watchConnections(guest: Guest): () => Promise<number> {
  let most = 0;
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      most = Math.max(most, await guest.connections().catch(() => 0));
      await delay(500);
    }
  })();
  return async () => {
    isOver = true;
    await watching;
    return most;
  };
}

/** How many stay, where they have had five seconds to go. */
async function left(guest: Guest): Promise<number> {
  await until('no connection stays', async () => (await guest.connections()) === 0, 5_000).catch(
    () => undefined,
  );
  return guest.connections();
}

/** Of the 20 s in which anything of the app's rhythm may be; the steps share no divisor with its intervals. */
function spread(index: number): number {
  return (index * 7_300) % 20_000;
}

async function sshTo(port: number): Promise<number[]> {
  const found = await Promise.all(
    (await sshBelow()).map(async (pid) => {
      const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return line.split('\0').includes(String(port)) ? [pid] : [];
    }),
  );
  return found.flat();
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
