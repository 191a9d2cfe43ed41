import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EngineError } from '#engine/errors.ts';

/** The folder of our package.json: a clone, an installed package, or the inside of the desktop app's archive. */
export function installationRoot(): string {
  // Walked up instead of counted, because the bundles lie at another depth than the sources.
  for (let dir = import.meta.dirname; dir !== dirname(dir); dir = dirname(dir)) {
    if (packageName(join(dir, 'package.json')) === 'pgvitals') return dir;
  }
  throw new EngineError('INTERNAL', 'PgVitals does not find its own files.', 'Install it again.');
}

function packageName(path: string): unknown {
  try {
    const manifest: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return typeof manifest === 'object' && manifest !== null && 'name' in manifest ? manifest.name : null;
  } catch {
    return null;
  }
}
