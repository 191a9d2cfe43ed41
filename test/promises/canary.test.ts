import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Tour } from '../support/canary-tour.ts';
import { CHILD_ENVIRONMENT, runCli } from '../support/cli.ts';
import { textsBelow } from '../support/file-texts.ts';
import { createDatabase, query, type TestDatabase, urlOf, useServer } from '../support/postgres.ts';
import { createSshHome, HAS_SSHD, type SshHome, startSshd, type TestSshd } from '../support/sshd.ts';
import { watchProcesses } from '../support/watch-processes.ts';

/** Secrets are found by this part of theirs, which no encoding of addresses or JSON changes. */
const token = (): string => randomBytes(12).toString('hex');
const [inPassword, inWrong] = [token(), token()];
const PASSWORD = `${inPassword} p@ss:w/rd'"`;
const WRONG = `wrong-${inWrong}`;

const shared = useServer();
let database: TestDatabase;
let home: SshHome;
let sshd: TestSshd;
let root: string;
let url: string;
const role = `canary_${token()}`;
beforeAll(async () => {
  if (!HAS_SSHD) return;
  const server = await shared.get();
  database = await createDatabase(server, 'CREATE TABLE canary (id int PRIMARY KEY, note text)');
  await query(
    urlOf(server, 'postgres'),
    `CREATE ROLE ${role} LOGIN SUPERUSER PASSWORD '${PASSWORD.replace("'", "''")}'`,
  );
  url = urlOf(server, database.name, { user: role, password: PASSWORD });
  home = await createSshHome();
  sshd = await startSshd(home);
  root = await mkdtemp(join(tmpdir(), 'pgvitals-canary-'));
  for (const folder of ['data', 'tmp', 'home', 'out']) await mkdir(join(root, folder));
});
afterAll(async () => {
  await sshd?.stop();
  await home?.remove();
  await database?.drop();
  if (database) await query(urlOf(await shared.get(), 'postgres'), `DROP ROLE ${role}`);
  if (root) await rm(root, { recursive: true, force: true });
});

/** Everything that came out, by where it was found. */
type Traces = Map<string, string>;

/** Where a text stands as it is, in base64 at any offset, or in hexadecimal. */
function placesOf(needle: string, traces: Traces): string[] {
  const bytes = Buffer.from(needle);
  const forms = [
    needle,
    bytes.toString('hex'),
    // The letters at both ends depend on what stands beside them.
    ...[0, 1, 2].map((offset) =>
      Buffer.concat([Buffer.alloc(offset), bytes])
        .toString('base64')
        .slice(4, -4),
    ),
  ];
  return [...traces]
    .filter(([, found]) => forms.some((form) => found.includes(form)))
    .map(([where]) => where);
}

describe.skipIf(!HAS_SSHD)('passwords and passphrases', () => {
  it('are in no message, file, argument or last word of the app', async () => {
    const wireFile = join(root, 'out', 'wire');
    const tour: Tour = {
      url,
      ssh: {
        destination: `${home.user}@127.0.0.1:${sshd.port}`,
        keyFile: home.lockedKey,
        passphrase: home.passphrase,
        trustFingerprint: sshd.fingerprint,
      },
      wrongPassword: WRONG,
      dataDir: join(root, 'data'),
      wireFile,
    };
    const watch = watchProcesses();
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL('../support/canary-tour.ts', import.meta.url))],
      {
        stdio: 'pipe',
        env: environment(),
      },
    );
    child.stdin.end(JSON.stringify(tour));
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit'),
    ]);
    const seen = await watch.stop();
    expect([code, stderr]).toEqual([1, expect.stringContaining('Error: forced')]);
    expect(stdout).toContain('\ndone: ');

    const traces: Traces = new Map([
      ['stdout', stdout],
      ['stderr', stderr],
      ['wire', await readFile(wireFile, 'latin1')],
      ['arguments', seen.arguments],
      ['environments', seen.environments],
      ...(await textsBelow(root)),
    ]);
    assertClean(traces);
    // It was all there: each of them names the database.
    const named = placesOf(database.name, traces);
    for (const where of ['stdout', 'stderr', 'wire', 'arguments']) expect(named).toContain(where);
    for (const name of ['connections.json', 'history.sqlite', 'manifest.json', 'log.txt'])
      expect([...traces.keys()].map((path) => basename(path))).toContain(name);
    expect(seen.environments).toContain('PGPASSFILE=');
  });

  it('are in nothing that the command line says or writes, also when it meets a bug', async () => {
    const out = (name: string): string => join(root, 'out', name);
    const ssh = ['--ssh', `${home.user}@127.0.0.1:${sshd.port}`, '--ssh-key', home.lockedKey];
    const env = { ...environment(), PGVITALS_URL: url, PGVITALS_SSH_PASSPHRASE: home.passphrase };
    const files = ['json', 'md', 'html', 'csv'].flatMap((format) => [
      '-o',
      `${format}=${out(`audit.${format}`)}`,
    ]);
    // A bug that nothing expects, and its message names what it was doing.
    const bug = `performance.now = () => { throw new TypeError('cannot use ' + process.env.PGVITALS_URL); };`;
    const watch = watchProcesses(() => true);
    const runs = await Promise.all([
      runCli(['audit', ...ssh, '--ssh-trust', sshd.fingerprint, '--save', out('facts.json'), ...files], {
        env,
      }),
      runCli(['doctor'], { env }),
      runCli(['audit'], { env: { ...env, PGVITALS_URL: url.replace(inPassword, inWrong) } }),
      runCli(['audit'], { env: { ...env, PGVITALS_URL: url.replace('postgresql:', 'postgresq:') } }),
      runCli(['audit'], {
        env: { ...env, NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(bug)}` },
      }),
    ]);
    const seen = await watch.stop();
    const traces: Traces = new Map([
      ...runs.flatMap(({ stdout, stderr }, at): [string, string][] => [
        [`stdout ${at}`, stdout],
        [`stderr ${at}`, stderr],
      ]),
      ['arguments', seen.arguments],
      ...(await textsBelow(root)),
    ]);
    assertClean(traces);
    expect(runs.map(({ code }) => code)).toEqual([expect.any(Number), 0, 3, 2, 3]);
    expect(runs[4]?.stderr).toMatch(/met an error it did not expect\. Look for \S+\.log/);
    for (const name of ['facts.json', 'audit.json', 'audit.md', 'audit.html', 'audit.csv'])
      expect(traces.get(out(name))?.length).toBeGreaterThan(1_000);
    expect([...traces].filter(([path]) => path.endsWith('.log'))).toEqual([
      [expect.any(String), expect.stringMatching(/error .*cannot use postgresql:\/\/[^:]+:\[redacted\]@/)],
    ]);
  });

  it('would be found', async () => {
    const packed = Buffer.from(`x${inPassword}y`).toString('base64');
    await writeFile(join(root, 'tmp', 'planted'), packed);
    expect(placesOf(inPassword, await textsBelow(root))).toEqual([join(root, 'tmp', 'planted')]);
    const watch = watchProcesses();
    const child = spawn('sleep', ['0.5'], { argv0: inWrong, env: { PLANTED: inPassword } });
    await once(child, 'exit');
    const seen = await watch.stop();
    expect(seen.arguments).toContain(inWrong);
    expect(seen.environments).toContain(inPassword);
  });
});

function environment(): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    NODE_COMPILE_CACHE: CHILD_ENVIRONMENT['NODE_COMPILE_CACHE'] ?? '',
    HOME: join(root, 'home'),
    TMPDIR: join(root, 'tmp'),
    PGVITALS_SSH_CONFIG: home.config,
  };
}

function assertClean(traces: Traces): void {
  const secrets = { password: inPassword, 'wrong password': inWrong, passphrase: home.passphrase };
  const found = Object.entries(secrets).map(([name, secret]) => [name, placesOf(secret, traces)]);
  expect(found).toEqual(Object.keys(secrets).map((name) => [name, []]));
}
