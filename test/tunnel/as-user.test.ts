import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, lstat, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestServer, urlOf, useServer } from '../support/postgres.ts';
import {
  createSshHome,
  createSystemUser,
  HAS_SSHD,
  type SshHome,
  startSshd,
  type TestSshd,
} from '../support/sshd.ts';
import type { UserReport, UserTour } from '../support/tunnel-as-user.ts';

const run = promisify(execFile);
const shared = useServer();
let server: TestServer;
let home: SshHome;
let sshd: TestSshd;
let root: string;
beforeAll(async () => {
  if (!HAS_SSHD) return;
  server = await shared.get();
  home = await createSshHome();
  sshd = await startSshd(home);
  // Not below a folder of ours: the other user has to get there.
  root = await mkdtemp('/tmp/pgvitals-user-test-');
  await chmod(root, 0o755);
});
afterAll(async () => {
  await sshd?.stop();
  await home?.remove();
  if (root) await rm(root, { recursive: true, force: true });
});

/** Elsewhere all tests of tunnels run as an ordinary user anyway. */
it.skipIf(!HAS_SSHD || process.getuid?.() !== 0)(
  'an ordinary user of this machine gets through SSH, with files that are for nobody else',
  async () => {
    const user = await createSystemUser(join(root, 'home'));
    if (user === null) return;
    try {
      const tmp = join(root, 'tmp');
      const key = join(user.home, 'locked');
      await mkdir(join(user.home, '.ssh'), { recursive: true, mode: 0o700 });
      await mkdir(tmp);
      await copyFile(home.lockedKey, key);
      await chmod(key, 0o600);
      await run('chown', ['-R', user.name, user.home, tmp]);
      const ssh = {
        destination: `${user.name}@127.0.0.1:${sshd.port}`,
        keyFile: key,
        passphrase: home.passphrase,
      };
      const { keyFile: _key, passphrase: _passphrase, ...keyless } = ssh;
      const trusted = { ...ssh, trustFingerprint: sshd.fingerprint };
      const tour: UserTour = {
        url: urlOf(server, 'postgres'),
        tries: {
          'an unknown host': ssh,
          'a host that is trusted': trusted,
          'a host that is known': ssh,
          'a wrong passphrase': { ...ssh, passphrase: 'wrong' },
          'a password': { ...keyless, password: user.password },
          'a wrong password': { ...keyless, password: 'wrong' },
          'a key of somebody else': { ...ssh, keyFile: join(home.folder, 'key') },
        },
      };
      const { uid, outcomes, files, left } = await runAs(user.name, tour, { HOME: user.home, TMPDIR: tmp });
      expect(uid).toBe((await lstat(user.home)).uid);
      expect(outcomes).toEqual({
        'an unknown host': 'SSH_HOST_UNKNOWN',
        'a host that is trusted': 'postgres',
        'a host that is known': 'postgres',
        'a wrong passphrase': 'SSH_PASSPHRASE',
        'a password': 'postgres',
        'a wrong password': 'SSH_PASSWORD',
        'a key of somebody else': 'FILE_NOT_READABLE',
      });
      // ssh's own file in the user's own folder; names may be hashed in it.
      expect(await readFile(join(user.home, '.ssh', 'known_hosts'), 'utf8')).toMatch(
        /^\S+ ssh-ed25519 \S+$/m,
      );
      expect(files).toEqual({
        '.': `${uid} 700`,
        'owner.json': `${uid} 644`,
        ask: `${uid} 600`,
        answer: `${uid} 600`,
        askpass: `${uid} 700`,
        s: `${uid} 600`,
      });
      expect(left).toBe(0);
    } finally {
      await user.remove();
    }
  },
);

async function runAs(name: string, tour: UserTour, variables: Record<string, string>): Promise<UserReport> {
  const script = fileURLToPath(new URL('../support/tunnel-as-user.ts', import.meta.url));
  const child = spawn('runuser', ['-u', name, '--', process.execPath, script], {
    stdio: ['pipe', 'pipe', 'inherit'],
    cwd: '/',
    env: { PATH: process.env['PATH'], ...variables },
  });
  child.stdin.end(JSON.stringify(tour));
  const [said] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  return JSON.parse(said) as UserReport;
}
