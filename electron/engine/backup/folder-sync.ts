import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { EngineError } from '#engine/errors.ts';

/** Brings a file, or the names in a folder, to the disk; FILE_NOT_WRITABLE where the disk says it did not. */
export async function syncPath(path: string): Promise<void> {
  let handle;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    await handle.sync();
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    // Windows does not open folders; their names are safe there with the file itself.
    if (process.platform === 'win32' && (code === 'EISDIR' || code === 'EPERM')) return;
    throw new EngineError(
      'FILE_NOT_WRITABLE',
      `The disk could not keep ${path} (${code}).`,
      'The backup does not count as made. Look after the disk, then back up again.',
      { cause },
    );
  } finally {
    await handle?.close();
  }
}
