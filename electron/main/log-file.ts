import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

const MAX_LOG_BYTES = 5 * 1_048_576;

/** Appends lines to `pgvitals.log`; the one before is kept at 5 MB. Never throws: a full disk is no reason to stop. */
export function openLogFile(dir: string): (line: string) => void {
  const path = join(dir, 'pgvitals.log');
  return (line) => {
    try {
      mkdirSync(dir, { recursive: true, mode: 0o700 });
      if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > MAX_LOG_BYTES)
        renameSync(path, `${path}.1`);
      appendFileSync(path, `${line}\n`, { mode: 0o600 });
    } catch {
      process.stderr.write(`${line}\n`);
    }
  };
}
