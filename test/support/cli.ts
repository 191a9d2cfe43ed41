import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../../build/bin/pgvitals.mjs', import.meta.url));

/** Temporary files where those of the tests are, and what Node has compiled before: that is half of a start. */
export const CHILD_ENVIRONMENT: NodeJS.ProcessEnv = {
  PATH: process.env['PATH'],
  TMPDIR: tmpdir(),
  NODE_COMPILE_CACHE: join(tmpdir(), 'pgvitals-compiled'),
};

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line as a user does: its own process, with nothing of our environment but what is given. */
export async function runCli(
  args: readonly string[],
  options: {
    readonly env?: Readonly<Record<string, string>>;
    readonly onStderr?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
    readonly onStdout?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
    readonly onStarted?: (kill: (signal: NodeJS.Signals) => void) => Promise<void>;
  } = {},
): Promise<CliResult> {
  const child = spawn(process.execPath, [bin, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...CHILD_ENVIRONMENT, HOME: '/nonexistent', ...options.env },
  });
  let stdout = '';
  let stderr = '';
  const kill = (signal: NodeJS.Signals): void => {
    child.kill(signal);
  };
  const started = options.onStarted?.(kill);
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    options.onStdout?.(stdout, kill);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    options.onStderr?.(stderr, kill);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  await started;
  return { code, stdout, stderr };
}
