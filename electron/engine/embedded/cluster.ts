import { spawn } from 'node:child_process';
import { chown, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError } from '#engine/errors.ts';
import type { Account } from './account.ts';
import type { Binaries } from './binaries.ts';
import { serverEnvironment } from './watchdog.ts';

/**
 * Runs initdb (about 0.7 s): superuser `postgres` with this password, SCRAM for everybody, UTF-8, collation C (the
 * only one that every platform has). Throws DEMO_UNAVAILABLE with the reason in one sentence.
 */
export async function initialiseCluster(options: {
  binaries: Binaries;
  account: Account | null;
  base: string;
  dataDir: string;
  password: string;
  signal: AbortSignal | undefined;
}): Promise<void> {
  const { binaries, account, base, dataDir, password, signal } = options;
  const passwordFile = join(base, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (account) await chown(passwordFile, account.uid, account.gid);
  const result = await runInitdb(binaries.initdb, argumentsFor(dataDir, passwordFile), base, account, signal);
  await rm(passwordFile, { force: true });
  if (result.code !== 0) throw explain(result, binaries, account, base);
}

function argumentsFor(dataDir: string, passwordFile: string): string[] {
  return [
    `--pgdata=${dataDir}`,
    '--username=postgres',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--no-sync',
    '--no-instructions',
  ];
}

interface Outcome {
  readonly code: number | null;
  readonly spawnError: NodeJS.ErrnoException | null;
  readonly stderr: string;
}

function runInitdb(
  command: string,
  args: string[],
  cwd: string,
  account: Account | null,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: serverEnvironment(),
      stdio: ['ignore', 'ignore', 'pipe'],
      windowsHide: true,
      ...(account ? { uid: account.uid, gid: account.gid } : {}),
      ...(signal ? { signal } : {}),
    });
    let stderr = '';
    let spawnError: NodeJS.ErrnoException | null = null;
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.once('error', (error) => {
      spawnError = error;
      // Without a process there is no 'close'; after an abort there still is one.
      if (child.pid === undefined) resolve({ code: null, spawnError, stderr });
    });
    child.once('close', (code) => resolve({ code, spawnError, stderr }));
  });
}

function explain(
  { spawnError, stderr }: Outcome,
  binaries: Binaries,
  account: Account | null,
  base: string,
): EngineError {
  const refuse = (message: string, nextStep: string) =>
    new EngineError('DEMO_UNAVAILABLE', message, nextStep, { cause: spawnError ?? stderr });
  if (spawnError?.code === 'ENOENT') {
    return refuse(
      `The embedded PostgreSQL is not complete: ${binaries.initdb} is missing.`,
      'Run "npm ci" again.',
    );
  }
  if (spawnError?.code === 'EACCES' || /permission denied/i.test(stderr)) {
    const who = account
      ? `PostgreSQL must not run as root, and the account "${account.name}"`
      : 'This account';
    return refuse(
      `${who} can't use ${binaries.initdb} or ${base}.`,
      'Start PgVitals as a normal user, or keep it and TMPDIR in folders that every account can enter (not under /root).',
    );
  }
  if (/shared librar|Library not loaded|image not found/i.test(stderr)) {
    return refuse(
      'The embedded PostgreSQL is not complete: its libraries were not linked when it was installed.',
      `Run "npm rebuild ${binaries.packageName ?? ''}".`,
    );
  }
  const reason = stderr.trim().split('\n').at(-1) || spawnError?.message || 'no message';
  return refuse(
    `The embedded PostgreSQL could not be set up: ${reason.replace(/^initdb: (error: )?/, '')}.`,
    'Check that the temporary folder has 100 MB of free space, then try again.',
  );
}
