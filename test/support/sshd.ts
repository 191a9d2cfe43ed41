import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '#engine/embedded/server.ts';

const SSHD = process.env['SSHD_PATH'] ?? '/usr/sbin/sshd';
export const HAS_SSHD = existsSync(SSHD);
if (!HAS_SSHD)
  console.warn(
    `##### TUNNEL TESTS SKIPPED: no ${SSHD} (apt-get install openssh-server openssh-client) #####`,
  );

export interface TestSshd {
  readonly port: number;
  /** SHA256:… of its host key. */
  readonly fingerprint: string;
  /** The listener; every connection has processes of its own below it. */
  pid(): number;
  log(): string;
  /** Shows another host key from now on. */
  changeKey(): Promise<void>;
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** A folder for the client side of one test: keys, known_hosts and a configuration, never the developer's own. */
export interface SshHome {
  readonly folder: string;
  readonly knownHosts: string;
  /** Without passphrase; the server lets it in. */
  readonly key: string;
  /** With `passphrase`; the server lets it in. */
  readonly lockedKey: string;
  readonly passphrase: string;
  /** The server does not know it. */
  readonly strangeKey: string;
  /** For PGVITALS_SSH_CONFIG. */
  readonly config: string;
  readonly user: string;
  /** Adds lines to the configuration, for example a Host with its ProxyJump. */
  configure(lines: string): Promise<void>;
  /** Knows nobody any more. */
  forgetHosts(): Promise<void>;
  remove(): Promise<void>;
}

export async function createSshHome(): Promise<SshHome> {
  const folder = await mkdtemp('/tmp/pgvitals-sshhome-test-');
  await chmod(folder, 0o755);
  const passphrase = `canary-${randomBytes(8).toString('hex')}`;
  const path = (name: string): string => join(folder, name);
  await makeKey(path('key'), '');
  await makeKey(path('locked'), passphrase);
  await makeKey(path('strange'), '');
  const allowed = [await readFile(path('key.pub'), 'utf8'), await readFile(path('locked.pub'), 'utf8')];
  await writeFile(path('authorized_keys'), allowed.join(''));
  const { username } = userInfo();
  const knownHosts = path('known_hosts');
  // Keys of the machine's own user must not get in the way, nor its agent.
  const general = `UserKnownHostsFile ${knownHosts}\nGlobalKnownHostsFile none\nIdentityFile none\n`;
  const config = path('config');
  await writeFile(config, general);
  return {
    folder,
    knownHosts,
    key: path('key'),
    lockedKey: path('locked'),
    strangeKey: path('strange'),
    passphrase,
    config,
    user: username,
    configure: (lines) => writeFile(config, `${lines}\nHost *\n${general}`),
    forgetHosts: () => rm(knownHosts, { force: true }),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** sshd on a free port of 127.0.0.1, with keys and settings of its own; `settings` come first, and the first counts. */
export async function startSshd(home: SshHome, settings = ''): Promise<TestSshd> {
  const folder = await mkdtemp('/tmp/pgvitals-sshd-test-');
  const port = await freePort();
  const hostKey = join(folder, 'host');
  const config = join(folder, 'sshd_config');
  await writeFile(
    config,
    `${settings}
Port ${port}
ListenAddress 127.0.0.1
HostKey ${hostKey}
AuthorizedKeysFile ${join(home.folder, 'authorized_keys')}
PermitRootLogin yes
StrictModes no
UsePAM no
PidFile none
LogLevel VERBOSE
`,
  );
  await makeKey(hostKey, '');
  // Its own requirement when it runs as root; the package makes it at boot only.
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
  let child: ChildProcess | null = null;
  let log = '';
  const start = async (): Promise<void> => {
    const started = spawn(SSHD, ['-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] });
    child = started;
    started.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
    for (let attempt = 0; attempt < 200 && !(await accepts(port)); attempt += 1) {
      if (started.exitCode !== null) throw new Error(`sshd did not start: ${log}`);
      await delay(25);
    }
  };
  const halt = async (): Promise<void> => {
    const running = child;
    if (running === null || running.exitCode !== null || running.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => running.once('exit', () => resolve()));
    running.kill('SIGKILL');
    await ended;
  };
  await start();
  const fingerprint = await fingerprintOf(hostKey);
  return {
    port,
    fingerprint,
    pid: () => child?.pid ?? 0,
    log: () => log,
    changeKey: async () => {
      await halt();
      await rm(hostKey);
      await makeKey(hostKey, '');
      await start();
    },
    stop: async () => {
      await halt();
      await rm(folder, { recursive: true, force: true });
    },
    start: async () => {
      await halt();
      await start();
    },
  };
}

/**
 * A user of this machine with a password, for as long as one test: only root can make one. Null elsewhere; without PAM,
 * sshd lets nobody else in by a password.
 */
export async function createSystemUser(home = '/nonexistent'): Promise<{
  name: string;
  password: string;
  /** Not made. */
  home: string;
  remove(): Promise<void>;
} | null> {
  if (process.getuid?.() !== 0 || !existsSync('/usr/sbin/useradd')) {
    console.warn('##### SSH PASSWORD TESTS SKIPPED: they need root, to make a user for a moment #####');
    return null;
  }
  const name = `pgvt${randomBytes(4).toString('hex')}`;
  const password = `canary-${randomBytes(8).toString('hex')}`;
  const { stdout } = await run('openssl', ['passwd', '-6', password]);
  await run('/usr/sbin/useradd', ['-M', '-N', '-d', home, '-s', '/bin/sh', '-p', stdout.trim(), name]);
  return {
    name,
    password,
    home,
    remove: async () => {
      await run('/usr/sbin/userdel', [name]);
    },
  };
}

/** An ssh-agent with one key in it. */
export async function startAgent(
  folder: string,
  key: string,
): Promise<{ socket: string; stop(): Promise<void> }> {
  const socket = join(folder, 'agent');
  const child = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
  for (let attempt = 0; attempt < 200 && !existsSync(socket); attempt += 1) await delay(25);
  await run('ssh-add', ['-q', key], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    socket,
    stop: async () => {
      child.kill();
      await ended;
      await rm(socket, { force: true });
    },
  };
}

/** Pids below this process, deepest last; from /proc, so on Linux only. */
export async function descendantsOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const children = text.trim().split(' ').filter(Boolean).map(Number);
  const below = await Promise.all(children.map((child) => descendantsOf(child)));
  return [...children, ...below.flat()];
}

/** The folders of tunnels that a process has, or has left behind; of other tests there may be more. */
export async function tunnelFolders(pid = process.pid): Promise<string[]> {
  const names = (await readdir(tmpdir())).filter((name) => name.startsWith('pgvitals-ssh-'));
  const found = await Promise.all(
    names.map(async (name) => {
      const marker = await readFile(join(tmpdir(), name, 'owner.json'), 'utf8').catch(() => '{}');
      return Number((JSON.parse(marker || '{}') as { pid?: number }).pid) === pid
        ? [join(tmpdir(), name)]
        : [];
    }),
  );
  return found.flat();
}

/** The ssh processes that this process (or the one given) has started, through its shells. */
export async function sshBelow(pid = process.pid): Promise<number[]> {
  const found = await Promise.all(
    (await descendantsOf(pid)).map(async (below) => {
      const text = await readFile(`/proc/${below}/cmdline`, 'utf8').catch(() => '');
      return /^[^\0]*\/ssh\0.*-L\0/.test(text) ? [below] : [];
    }),
  );
  return found.flat();
}

async function makeKey(path: string, passphrase: string): Promise<void> {
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-C', 'test', '-f', path]);
}

async function fingerprintOf(key: string): Promise<string> {
  const { stdout } = await run('ssh-keygen', ['-lf', `${key}.pub`]);
  return stdout.split(' ')[1] ?? '';
}

const run = promisify(execFile);

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
