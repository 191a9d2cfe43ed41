import { execFile, spawn } from 'node:child_process';
import { access, chmod, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { type Server, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chooseAccount, serverAccount } from '#engine/embedded/account.ts';
import { createBaseDirectory, sweepStaleDirectories } from '#engine/embedded/base-directory.ts';
import { type EmbeddedMajor, findBinaries } from '#engine/embedded/binaries.ts';
import { initialiseCluster } from '#engine/embedded/cluster.ts';
import { type EmbeddedPostgres, freePort, startEmbeddedPostgres } from '#engine/embedded/server.ts';
import { startWatchdog } from '#engine/embedded/watchdog.ts';
import { query, urlOf } from '../support/postgres.ts';
import { TEST_SETTINGS } from '../support/test-settings.ts';

const isRoot = process.getuid?.() === 0;
const isLinux = process.platform === 'linux';
const usualTemporary = process.env['TMPDIR'];
let temporary = '';

// A temporary folder of our own: whatever a start leaves behind shows, and nothing of other runs does.
beforeAll(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'launcher-test-'));
  await chmod(temporary, 0o1777);
  process.env['TMPDIR'] = temporary;
});
afterAll(async () => {
  if (usualTemporary === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = usualTemporary;
  await rm(temporary, { recursive: true, force: true });
});

const start = (options: Parameters<typeof startEmbeddedPostgres>[0] = {}) =>
  startEmbeddedPostgres({ ...options, settings: { ...TEST_SETTINGS, ...options.settings } });
const leftovers = () => readdir(temporary);

describe('starting', () => {
  it.each<EmbeddedMajor>([14, 15, 16, 17, 18])('runs PostgreSQL %i and leaves nothing', async (major) => {
    const server = await start({ major });
    try {
      const [row] = await query<{ version: string; listens: string; encryption: string }>(
        urlOf(server, 'postgres'),
        `SELECT current_setting('server_version_num') AS version, current_setting('listen_addresses') AS listens,
                (SELECT rolpassword FROM pg_authid WHERE rolname = 'postgres') AS encryption`,
      );
      expect(Math.floor(Number(row?.version) / 10_000)).toBe(major);
      expect(row?.listens).toBe('127.0.0.1');
      expect(row?.encryption).toMatch(/^SCRAM-SHA-256\$/);
      expect(server.password.length).toBeGreaterThanOrEqual(24);
    } finally {
      await server.stop();
    }
    expect(await leftovers()).toEqual([]);
    expect(await isListening(server.port)).toBe(false);
  });

  it('asks for the password', async () => {
    const server = await start();
    try {
      const wrong = urlOf(server, 'postgres', { user: 'postgres', password: 'wrong' });
      await expect(query(wrong, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
    } finally {
      await server.stop();
    }
  });

  it('keeps durability on unless told otherwise, and quotes settings', async () => {
    const server = await startEmbeddedPostgres({ settings: { 'pgvitals.test': "it's" } });
    try {
      const rows = await query(
        urlOf(server, 'postgres'),
        `SELECT current_setting('fsync') AS fsync, current_setting('pgvitals.test') AS quoted`,
      );
      expect(rows).toEqual([{ fsync: 'on', quoted: "it's" }]);
    } finally {
      await server.stop();
    }
  });

  it('takes another port when somebody was faster', async () => {
    const squatter = await occupy();
    const taken = portOf(squatter);
    const ports = [taken, taken];
    const server = await start({ pickPort: async () => ports.pop() ?? (await freePort()) });
    try {
      expect(ports).toEqual([]);
      expect(server.port).not.toBe(taken);
      expect(await query(urlOf(server, 'postgres'), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      expect(await server.log()).toContain('could not bind');
    } finally {
      squatter.close();
      await server.stop();
    }
  });

  it('gives up when every port is taken', async () => {
    const squatter = await occupy();
    await expect(start({ pickPort: async () => portOf(squatter) })).rejects.toMatchObject({
      code: 'DEMO_UNAVAILABLE',
      message: expect.stringContaining('ports in a row'),
    });
    squatter.close();
    expect(await leftovers()).toEqual([]);
  });

  it('says what PostgreSQL said when it will not start', async () => {
    await expect(start({ settings: { max_connections: '-5' } })).rejects.toMatchObject({
      code: 'DEMO_UNAVAILABLE',
      message: expect.stringMatching(/max_connections|configuration file/),
      nextStep: expect.any(String),
    });
    expect(await leftovers()).toEqual([]);
  });

  it('names what is missing when the programs are not there', async () => {
    await expect(start({ binDir: join(temporary, 'nowhere') })).rejects.toMatchObject({
      code: 'DEMO_UNAVAILABLE',
      message: expect.stringContaining('initdb is missing'),
    });
    expect(await leftovers()).toEqual([]);
  });

  it.runIf(isRoot && isLinux)(
    'explains when the unprivileged account cannot reach the programs',
    async () => {
      const closed = await mkdtemp(join(temporary, 'closed-'));
      await symlink(dirname(findBinaries(15).initdb), join(closed, 'bin'));
      await expect(start({ binDir: join(closed, 'bin') })).rejects.toMatchObject({
        code: 'DEMO_UNAVAILABLE',
        message: expect.stringContaining('must not run as root'),
        nextStep: expect.stringContaining('normal user'),
      });
      await rm(closed, { recursive: true });
      expect(await leftovers()).toEqual([]);
    },
  );

  // Half-way through initdb, and about when the server starts: a fast machine may have started by then.
  it.each([
    [0, ['CANCELLED']],
    [100, ['CANCELLED']],
    [500, ['CANCELLED', 'started']],
    [700, ['CANCELLED', 'started']],
  ])('can be cancelled after %i ms and leaves nothing', async (ms, outcomes) => {
    const controller = new AbortController();
    const outcome = start({ signal: controller.signal }).then(
      (server) => server.stop().then(() => 'started'),
      (error: { code?: string }) => error.code,
    );
    await delay(ms);
    controller.abort();
    expect(outcomes).toContain(await outcome);
    expect(await leftovers()).toEqual([]);
  });
});

describe('restarting', () => {
  it('keeps data, port and password, and recovers after an immediate shutdown', async () => {
    const server = await start();
    try {
      const url = urlOf(server, 'postgres');
      await query(url, 'CREATE TABLE kept AS SELECT 42 AS answer');
      const before = server.pid();
      await server.restart('fast');
      expect(server.pid()).not.toBe(before);
      expect(await query(url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
      await query(url, 'SET synchronous_commit = on; INSERT INTO kept VALUES (43)');
      await server.restart('immediate');
      expect(await server.log()).toContain('automatic recovery in progress');
      expect(await query(url, 'SELECT count(*)::int AS rows FROM kept')).toEqual([{ rows: 2 }]);
    } finally {
      await server.stop();
    }
    expect(await leftovers()).toEqual([]);
  });
});

describe('ending', () => {
  it('may be asked for twice, with connections open', async () => {
    const server = await start();
    const sleeping = query(urlOf(server, 'postgres'), 'SELECT pg_sleep(60)').catch((e: Error) => e.message);
    await delay(200);
    await Promise.all([server.stop(), server.stop()]);
    expect(await sleeping).toMatch(/terminating connection|terminated/);
    expect(await leftovers()).toEqual([]);
  });

  it.each([0, 1, 5, 20])(
    'catches a server that is %i ms old and not yet listening to signals',
    async (ms) => {
      const account = await serverAccount();
      const base = await createBaseDirectory(account);
      const dataDir = join(base, 'data');
      const binaries = findBinaries(15);
      await initialiseCluster({ binaries, account, base, dataDir, password: 'early', signal: undefined });
      const port = await freePort();
      await writeFile(join(dataDir, 'postgresql.conf'), `port = ${port}\nunix_socket_directories = ''\n`);
      const watchdog = startWatchdog({ binaries, base, dataDir, logFile: join(base, 'log'), account });
      await delay(ms);
      const ended = await Promise.race([watchdog.end().then(() => 'ended'), delay(6_000, 'still there')]);
      expect(ended).toBe('ended');
      expect(await leftovers()).toEqual([]);
      expect(await isListening(port)).toBe(false);
    },
  );

  it('waits for a restart that is under way', async () => {
    const server = await start();
    const restarting = server.restart('immediate').catch(() => undefined);
    await server.stop();
    await restarting;
    expect(await isListening(server.port)).toBe(false);
    expect(await leftovers()).toEqual([]);
  });

  it.runIf(process.platform !== 'win32')('follows when our process is killed', async () => {
    const held = await holdInChild();
    expect(await isListening(held.port)).toBe(true);
    process.kill(held.ownerPid, 'SIGKILL');
    await until(async () => !(await isListening(held.port)) && (await leftovers()).length === 0, 5_000);
    expect(await leftovers()).toEqual([]);
    expect(await isListening(held.port)).toBe(false);
  });

  it.runIf(isLinux)('is made good by the next start when the watchdog was killed as well', async () => {
    const held = await holdInChild();
    const watchdog = await parentOf(held.pid);
    process.kill(watchdog, 'SIGKILL');
    process.kill(held.ownerPid, 'SIGKILL');
    await delay(500);
    expect(await isListening(held.port)).toBe(true);
    expect(await leftovers()).toHaveLength(1);

    const server = await start();
    try {
      expect(await isListening(held.port)).toBe(false);
      expect(await leftovers()).toEqual([server.baseDir.slice(temporary.length + 1)]);
    } finally {
      await server.stop();
    }
  });

  it.runIf(process.platform !== 'win32')('sweeps what a start left that was killed half-way', async () => {
    const code = `import { createBaseDirectory } from '#engine/embedded/base-directory.ts';
      console.log(await createBaseDirectory(null));`;
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const run = promisify(execFile);
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', code], { cwd: root });
    expect(await leftovers()).toHaveLength(1);
    expect(await sweepStaleDirectories()).toEqual([stdout.trim()]);
    expect(await leftovers()).toEqual([]);
  });

  it('leaves directories alone that are not provably ours and abandoned', async () => {
    const server = await start();
    const unmarked = join(temporary, 'pgvitals-server-unmarked');
    const elsewhere = join(temporary, 'pgvitals-server-elsewhere');
    await mkdir(unmarked);
    await mkdir(elsewhere);
    const marker = { pid: 2 ** 22 - 7, start: '1', host: 'another-machine', boot: 'x', pidNamespace: null };
    await writeFile(join(elsewhere, 'owner.json'), JSON.stringify(marker));
    try {
      expect(await sweepStaleDirectories()).toEqual([]);
      await expect(access(unmarked)).resolves.toBeUndefined();
      await expect(access(elsewhere)).resolves.toBeUndefined();
      expect(await query(urlOf(server, 'postgres'), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    } finally {
      await server.stop();
      await rm(unmarked, { recursive: true });
      await rm(elsewhere, { recursive: true });
    }
  });
});

describe('the account for a server started by root', () => {
  it('is one made for it, else any unprivileged one', () => {
    const root = 'root:x:0:0:root:/root:/bin/bash';
    const nobody = 'nobody:*:65534:65534:nobody:/:/usr/sbin/nologin';
    const postgres = 'postgres:x:101:104::/var/lib/postgresql:/bin/bash';
    expect(chooseAccount([root, nobody, postgres].join('\n'))?.name).toBe('postgres');
    expect(chooseAccount([root, nobody].join('\n'))?.name).toBe('nobody');
    expect(chooseAccount([root, 'web:x:33:33::/:/bin/sh'].join('\n'))).toEqual({
      name: 'web',
      uid: 33,
      gid: 33,
    });
    // Negative ids (macOS's nobody) can't be handed to setuid.
    expect(chooseAccount([root, 'nobody:*:-2:-2::/:/usr/bin/false'].join('\n'))).toBeNull();
  });
});

async function holdInChild(): Promise<
  Pick<EmbeddedPostgres, 'port' | 'baseDir'> & { pid: number; ownerPid: number }
> {
  const script = fileURLToPath(new URL('../support/hold-server.ts', import.meta.url));
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'], env: process.env });
  const line = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.once('exit', (code) => reject(new Error(`The holder ended with ${code}.`)));
    child.stdout.setEncoding('utf8').on('data', (more: string) => {
      text += more;
      if (text.includes('\n')) resolve(text);
    });
  });
  return {
    ...(JSON.parse(line) as { port: number; pid: number; baseDir: string }),
    ownerPid: child.pid ?? 0,
  };
}

async function parentOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]);
}

async function until(condition: () => Promise<boolean>, limitMs: number): Promise<void> {
  for (let waitedMs = 0; waitedMs < limitMs && !(await condition()); waitedMs += 50) await delay(50);
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

async function occupy(): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}
