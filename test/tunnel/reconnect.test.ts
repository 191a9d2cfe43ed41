import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { targetOf } from '#engine/connection-request.ts';
import { isSameProcess } from '#engine/embedded/process-identity.ts';
import type { SshRequest } from '#engine/engine.ts';
import { EngineError } from '#engine/errors.ts';
import { OpenDatabase } from '#engine/open-database.ts';
import { readServerIdentity } from '#engine/postgres/server-identity.ts';
import { openReadSession } from '#engine/postgres/session.ts';
import { type RouteOptions, withRoute } from '#engine/postgres/tunnel/route.ts';
import { query, type TestServer, urlOf, useServer } from '../support/postgres.ts';
import { descendantsOf, HAS_SSHD, sshBelow, tunnelFolders } from '../support/sshd.ts';
import { useSsh } from '../support/ssh-stage.ts';

const shared = useServer();
const other = useServer(16);
let server: TestServer;
const stage = useSsh();

beforeAll(async () => {
  if (!HAS_SSHD) return;
  server = await shared.get();
});

/** Longer than a busy machine takes. */
const SOON = { timeout: 15_000 };

const { through } = stage;

/** An open connection of the app, through SSH unless told otherwise; it goes when the test ends. */
async function open(
  url: string,
  { ssh = through(), ...options }: RouteOptions & { readonly ssh?: SshRequest | undefined | null } = {},
): Promise<OpenDatabase> {
  const target = withRoute(await targetOf({ text: url, ssh: ssh ?? undefined }, undefined), options);
  const session = await openReadSession(target);
  const database = new OpenDatabase({
    summary: SUMMARY,
    target,
    session,
    server: await readServerIdentity(session),
    toolVersion: 'test',
    ownPasswordIsDefault: false,
    profile: null,
    renewPassword: null,
  });
  onTestFinished(() => database.close());
  return database;
}

const ask = async (database: OpenDatabase, sql: string): Promise<unknown> =>
  (await database.read((session) => session.read('test', ({ rows }) => rows(sql)), {}))[0]?.[0];
const failure = async (work: Promise<unknown>): Promise<EngineError> => {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(EngineError);
  return error as EngineError;
};

describe.skipIf(!HAS_SSHD)('a server that is reached directly and through SSH', () => {
  it('has one count of connections', async () => {
    const url = urlOf(server, 'postgres');
    const both = [await open(url, { ssh: null }), await open(url)];
    const [direct, through] = both as [OpenDatabase, OpenDatabase];
    // The first that each connects to anew says which server it is.
    for (const database of both) await database.withSession(async () => undefined, {});
    const end = Promise.withResolvers<void>();
    const begun = [0, 1, 2, 3].map(() => Promise.withResolvers<void>());
    const working = begun.map(({ resolve }, at) =>
      (at < 2 ? direct : through).withSession(async () => {
        resolve();
        await end.promise;
      }, {}),
    );
    try {
      await Promise.all(begun.map(({ promise }) => promise));
      await direct.read(async () => {
        const signal = AbortSignal.timeout(500);
        expect((await failure(through.read(async () => undefined, { signal }))).code).toBe('CANCELLED');
      }, {});
      // What rests makes place.
      expect(await ask(through, 'SELECT 1')).toBe(1);
    } finally {
      end.resolve();
    }
    await Promise.all(working);
  });
});

describe.skipIf(!HAS_SSHD)('a tunnel that breaks', () => {
  it('ends the query at once, says so, and is made again by the next need', async () => {
    const database = await open(urlOf(server, 'postgres'));
    const sleeping = failure(ask(database, 'SELECT pg_sleep(9)'));
    const [ssh = 0] = await expect
      .poll(() => sshBelow(), SOON)
      .toHaveLength(1)
      .then(() => sshBelow());
    const beganMs = performance.now();
    process.kill(ssh, 'SIGKILL');
    const error = await sleeping;
    expect(performance.now() - beganMs).toBeLessThan(5_000);
    expect(error).toMatchObject({ code: 'CONNECTION_LOST' });
    expect(error.message).toMatch(/^The SSH tunnel through .* broke/);
    expect(await ask(database, 'SELECT 1')).toBe(1);
    // Facts are read a second time by themselves: a page does not hear of it.
    process.kill((await sshBelow())[0] ?? 0, 'SIGTERM');
    expect((await database.facts.view(['server'], { maxAgeMs: 0 })).snapshot.facts.server.database).toBe(
      'postgres',
    );
    // A change is not tried again.
    const write = await database.openWrite('0a', new AbortController().signal);
    const changing = failure(write.run('SELECT pg_sleep(9)', { lockTimeoutMs: 500, statementTimeoutMs: 0 }));
    process.kill((await sshBelow())[0] ?? 0, 'SIGKILL');
    expect((await changing).code).toBe('CONNECTION_LOST');
    expect(write.isLost).toBe(true);
    expect(await sshBelow()).toEqual([]);
  });

  it('waits longer after each failure, and comes back when the SSH server does', async () => {
    const database = await open(urlOf(server, 'postgres'), { backOffMs: 200 });
    try {
      await endAll([...(await descendantsOf(stage.sshd.pid())), stage.sshd.pid()]);
      await expect.poll(() => sshBelow(), SOON).toEqual([]);
      const startedMs = performance.now();
      const failedMs: number[] = [];
      for (let attempt = 0; attempt < 4; attempt += 1) {
        expect((await failure(database.read(async () => undefined, {}))).code).toBe('SSH_UNREACHABLE');
        failedMs.push(performance.now() - startedMs);
      }
      // From the beginning of one try to that of the next: 400, 800 and 1,600 ms; how long a try itself takes is the machine's.
      expect(failedMs[1]).toBeGreaterThan(400);
      expect(failedMs[2]).toBeGreaterThan(1_200);
      expect(failedMs[3]).toBeGreaterThan(2_800);
    } finally {
      await stage.sshd.start();
    }
    expect(await ask(database, 'SELECT 1')).toBe(1);
  });

  it('is noticed where the SSH server falls silent', async () => {
    const database = await open(urlOf(server, 'postgres'), {
      limits: { aliveIntervalS: 1, aliveCount: 2 },
    });
    const sleeping = failure(ask(database, 'SELECT pg_sleep(9)'));
    const stopped = await descendantsOf(stage.sshd.pid());
    for (const pid of stopped) process.kill(pid, 'SIGSTOP');
    try {
      expect((await sleeping).message).toMatch(/broke: the SSH server no longer answers/);
      expect(await ask(database, 'SELECT 1')).toBe(1);
    } finally {
      await endAll(stopped);
    }
  });

  it('goes with the app, however that ends', async () => {
    const first = await startApp();
    const below = await descendantsOf(first.pid);
    expect(await sshBelow(first.pid)).toHaveLength(1);
    expect(await tunnelFolders(first.pid)).toHaveLength(1);
    process.kill(first.pid, 'SIGKILL');
    await expect.poll(() => alive(below), SOON).toEqual([]);
    expect(await tunnelFolders(first.pid)).toEqual([]);

    // Where even the shell that looks after it is gone, the next tunnel of anybody sweeps it.
    const second = await startApp();
    const [ssh = 0] = await sshBelow(second.pid);
    const shells = (await descendantsOf(second.pid)).filter((pid) => pid !== ssh);
    for (const pid of [second.pid, ...shells]) process.kill(pid, 'SIGKILL');
    await expect.poll(() => alive([second.pid]), SOON).toEqual([]);
    expect(await alive([ssh])).toEqual([ssh]);
    expect(await tunnelFolders(second.pid)).toHaveLength(1);
    await startApp();
    await expect.poll(() => alive([ssh]), SOON).toEqual([]);
    expect(await tunnelFolders(second.pid)).toEqual([]);
  });
});

/** Those that run; a zombie that nobody has waited for does not. */
async function alive(pids: readonly number[]): Promise<number[]> {
  const found = await Promise.all(pids.map(async (pid) => ((await isSameProcess(pid, null)) ? [pid] : [])));
  return found.flat();
}

async function endAll(pids: readonly number[]): Promise<void> {
  for (const pid of await alive(pids)) process.kill(pid, 'SIGKILL');
}

/** The app as a process of its own with an open tunnel; killed at the end of the test at the latest. */
async function startApp(): Promise<{ pid: number }> {
  const script = fileURLToPath(new URL('../support/tunnel-and-die.ts', import.meta.url));
  const { destination, keyFile = '', trustFingerprint = '' } = through();
  const child = spawn(
    process.execPath,
    [script, urlOf(server, 'postgres'), destination, keyFile, trustFingerprint],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return { pid: child.pid ?? 0 };
}

describe.skipIf(!HAS_SSHD)('another server at the same address', () => {
  it('is not read, with SSH or without, until the connection is opened again', async () => {
    const second = await other.get();
    const role = { user: 'pgv_twin', password: 'the same' };
    for (const one of [server, second])
      await query(urlOf(one, 'postgres'), `CREATE ROLE ${role.user} LOGIN PASSWORD '${role.password}'`);
    const door = await startDoor(server.port);
    try {
      const url = urlOf({ ...server, port: door.port }, 'postgres', role);
      const databases = [await open(url), await open(url, { ssh: null })];
      door.leadTo(second.port);
      for (const database of databases) {
        // The end of the old connection may be heard of in the middle of a query, or before it.
        await expect
          .poll(async () => (await failure(ask(database, 'SELECT 1'))).code, SOON)
          .toBe('SERVER_CHANGED');
        expect(await failure(database.withSession(async () => 1, {}))).toMatchObject({
          code: 'SERVER_CHANGED',
        });
        // Even when the right one is back: the user decides.
        door.leadTo(server.port);
        expect(await failure(ask(database, 'SELECT 1'))).toMatchObject({ code: 'SERVER_CHANGED' });
        door.leadTo(second.port);
      }
    } finally {
      door.close();
      for (const one of [server, second]) await query(urlOf(one, 'postgres'), `DROP ROLE ${role.user}`);
    }
  });
});

/** A port that leads to one server, then to another; who is inside is put out. */
async function startDoor(port: number): Promise<{ port: number; leadTo(port: number): void; close(): void }> {
  const open = new Set<Socket>();
  let to = port;
  const door = createServer((near) => {
    const far = connect(to, '127.0.0.1');
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  const clear = (): void => {
    for (const socket of open) socket.destroy();
    open.clear();
  };
  return {
    port: (door.address() as AddressInfo).port,
    leadTo: (next) => {
      to = next;
      clear();
    },
    close: () => {
      clear();
      door.close();
    },
  };
}

const SUMMARY = {
  id: 'x',
  name: 'x',
  host: 'x',
  port: 1,
  database: 'x',
  role: 'x',
  version: '15',
  versionNum: 150_000,
  isStandby: false,
  isPooled: false,
  usesTls: false,
  provider: 'self-managed',
  isDemo: false,
  directConnection: null,
  profileId: null,
  environment: null,
} as const;
