import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatLogLine } from '../log-line.ts';

export interface Output {
  /** To stdout: results only. */
  data(text: string): void;
  /** To stderr: progress, warnings, errors. */
  note(text: string): void;
  /** One line that replaces itself; shown only where stderr is a terminal. */
  progress(text: string): void;
  clearProgress(): void;
  /** Keeps the details of a bug and returns what to quote. */
  logUnexpected(error: unknown): string;
  readonly isTerminal: boolean;
  /** False under NO_COLOR, without a terminal, or with TERM=dumb. */
  readonly supportsColor: boolean;
}

/** stdout and stderr of this process. A reader that closes the pipe early (`| head`) is no error. */
export function createOutput(): Output {
  let shown = false;
  process.stdout.on('error', ignoreClosedPipe);
  process.stderr.on('error', ignoreClosedPipe);
  const clearProgress = (): void => {
    if (shown) process.stderr.write('\r\u001b[K');
    shown = false;
  };
  return {
    data: (text) => {
      clearProgress();
      process.stdout.write(text);
    },
    note: (text) => {
      clearProgress();
      process.stderr.write(text);
    },
    progress: (text) => {
      if (!process.stderr.isTTY) return;
      process.stderr.write(`\r\u001b[K${text.slice(0, (process.stderr.columns ?? 80) - 1)}`);
      shown = true;
    },
    clearProgress,
    logUnexpected: (error) => {
      const id = randomUUID().slice(0, 8);
      const path = join(tmpdir(), `pgvitals-${id}.log`);
      const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
      appendFileSync(path, `${formatLogLine('error', details, new Date())}\n`, { mode: 0o600 });
      return path;
    },
    isTerminal: process.stdout.isTTY === true,
    supportsColor:
      process.stdout.isTTY === true && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb',
  };
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
