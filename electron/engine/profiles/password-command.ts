import { spawn } from 'node:child_process';
import { EngineError } from '#engine/errors.ts';
import { Secret } from '#engine/secret.ts';

/** Some ask for a token on the network; none should wait for a person. */
export const COMMAND_TIMEOUT_MS = 30_000;
const MOST_BYTES = 16_384;

/**
 * The first line that the user's command prints: run by the shell, with nothing on its standard input. Throws AUTH_FAILED where it fails, prints nothing or takes longer than 30 s; what
 * it printed is in no message. CANCELLED when aborted.
 */
export async function runPasswordCommand(
  command: string,
  options: { readonly signal?: AbortSignal | undefined; readonly timeoutMs?: number } = {},
): Promise<Secret> {
  const { signal, timeoutMs = COMMAND_TIMEOUT_MS } = options;
  if (signal?.aborted) throw new EngineError('CANCELLED', 'Cancelled.');
  const { status, output } = await run(command, signal, timeoutMs);
  if (signal?.aborted) throw new EngineError('CANCELLED', 'Cancelled.');
  if (status === 'overdue')
    throw failed(
      `did not end within ${timeoutMs / 1000} s`,
      'Run it in a terminal: it may wait for an answer.',
    );
  if (status !== 0)
    throw failed(
      typeof status === 'number' ? `ended with exit code ${status}` : 'was ended by a signal',
      'Run it in a terminal to see why.',
    );
  const [line = ''] = output.split(/\r?\n/, 1);
  if (line === '') throw failed('printed nothing', 'It has to print the password on its first line.');
  return new Secret(line);
}

interface Outcome {
  readonly status: number | 'overdue' | null;
  readonly output: string;
}

function run(command: string, signal: AbortSignal | undefined, timeoutMs: number): Promise<Outcome> {
  return new Promise((resolve) => {
    // A group of its own, so that what the shell started ends with it.
    const child = spawn(command, {
      shell: true,
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: process.platform !== 'win32',
    });
    let output = '';
    let isOverdue = false;
    const end = (): void => {
      if (child.pid === undefined) return;
      try {
        if (process.platform === 'win32') child.kill();
        else process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
    };
    const timer = setTimeout(() => {
      isOverdue = true;
      end();
    }, timeoutMs);
    signal?.addEventListener('abort', end, { once: true });
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output = (output + chunk).slice(0, MOST_BYTES);
    });
    const settle = (status: number | null): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve({ status: isOverdue ? 'overdue' : status, output });
    };
    child.once('error', () => settle(null));
    child.once('close', settle);
  });
}

function failed(what: string, nextStep: string): EngineError {
  return new EngineError('AUTH_FAILED', `The command for the password ${what}.`, nextStep);
}
