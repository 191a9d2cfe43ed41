import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../support/cli.ts';
import { type TestServer, urlOf, useServer } from '../support/postgres.ts';
import { createSshHome, HAS_SSHD, type SshHome, startSshd, type TestSshd } from '../support/sshd.ts';

const shared = useServer();
let server: TestServer;
let home: SshHome;
let sshd: TestSshd;
let env: Record<string, string>;
let ssh: readonly string[];

beforeAll(async () => {
  if (!HAS_SSHD) return;
  server = await shared.get();
  home = await createSshHome();
  sshd = await startSshd(home);
  env = { PGVITALS_SSH_CONFIG: home.config, PGVITALS_URL: urlOf(server, 'postgres') };
  ssh = ['--ssh', `${home.user}@127.0.0.1:${sshd.port}`, '--ssh-key', home.lockedKey];
});
afterAll(async () => {
  await sshd?.stop();
  await home?.remove();
});

describe.skipIf(!HAS_SSHD)('pgvitals --ssh', () => {
  it('says which flag or variable is missing, and connects with them', async () => {
    const unknown = await runCli(['audit', ...ssh], { env });
    expect(unknown.code).toBe(3);
    expect(unknown.stderr).toContain(`--ssh-trust ${sshd.fingerprint}`);
    const trusted = [...ssh, '--ssh-trust', sshd.fingerprint];
    const locked = await runCli(['audit', ...trusted], { env });
    expect([locked.code, locked.stderr]).toEqual([3, expect.stringContaining('PGVITALS_SSH_PASSPHRASE')]);
    const all = { ...env, PGVITALS_SSH_PASSPHRASE: home.passphrase };
    const audit = await runCli(['audit', ...trusted, '--only', 'unused-index', '-f', 'json'], { env: all });
    expect(audit.stderr).toBe('');
    expect(JSON.parse(audit.stdout)).toMatchObject({ server: { database: 'postgres' } });
    const doctor = await runCli(['doctor', ...ssh], { env: all });
    expect(doctor.stdout).toMatch(/ok +SSH tunnel: 127\.0\.0\.1:\d+ through .*\n[^]*ok +Login/);
    expect((await runCli(['audit', '--ssh-key', home.key], { env })).code).toBe(2);
  });

  it.skipIf(!existsSync('/usr/bin/script'))('asks at a terminal, and shows no passphrase', async () => {
    await home.forgetHosts();
    const said = await atTerminal(['doctor', ...ssh], env, [
      ['Type "yes"', 'yes\n'],
      ['Passphrase of the SSH key', `${home.passphrase}\n`],
    ]);
    expect(said).toContain(sshd.fingerprint);
    expect(said).toMatch(/ok +SSH tunnel/);
    expect(said).not.toContain(home.passphrase);
  });
});

/** Runs the command line in a terminal of its own, and types each answer when its question has come. */
async function atTerminal(
  args: readonly string[],
  variables: Readonly<Record<string, string>>,
  answers: ReadonlyArray<readonly [question: string, answer: string]>,
): Promise<string> {
  const bin = fileURLToPath(new URL('../../build/bin/pgvitals.mjs', import.meta.url));
  const command = [process.execPath, bin, ...args].map((word) => `'${word}'`).join(' ');
  const child = spawn('/usr/bin/script', ['-qec', command, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', TERM: 'dumb', ...variables },
  });
  let said = '';
  const left = [...answers];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    const [next] = left;
    if (next && said.includes(next[0])) child.stdin.write(left.shift()?.[1] ?? '');
  });
  await new Promise((resolve) => child.once('close', resolve));
  return said;
}
