import { constants } from 'node:fs';
import { open, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError } from '#engine/errors.ts';
import { syncPath } from './folder-sync.ts';
import { type Manifest, MANIFEST_FILE, signManifest } from './manifest.ts';

/** Beside the manifest while it is written; one that is found later is what a crash left. */
export const MANIFEST_TEMPORARY = `${MANIFEST_FILE}.tmp`;

/**
 * Writes the signed manifest of a backup, or replaces it: a crash, a full disk or a failing one leaves the old manifest
 * or the new one, never a part (reliability.md §4.4). Readable by this user only. FILE_NOT_WRITABLE otherwise.
 */
export async function writeManifest(folder: string, manifest: Manifest, key: Uint8Array): Promise<void> {
  const temporary = join(folder, MANIFEST_TEMPORARY);
  try {
    // The name itself goes, also where it is a link: what that leads to is not touched.
    await unlink(temporary).catch(unlessMissing);
    await writeNew(temporary, signManifest(manifest, key));
    await rename(temporary, join(folder, MANIFEST_FILE));
  } catch (cause) {
    await unlink(temporary).catch(() => undefined);
    throw new EngineError(
      'FILE_NOT_WRITABLE',
      `The manifest in ${folder} could not be written (${codeOf(cause)}).`,
      codeOf(cause) === 'ENOSPC'
        ? 'Free some space there, then try again.'
        : 'Look after the disk and the rights of the folder, then try again.',
      { cause },
    );
  }
  await syncPath(folder);
}

async function writeNew(path: string, text: string): Promise<void> {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const file = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

function unlessMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
