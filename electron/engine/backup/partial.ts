import { lstat, readdir, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { DATA_FOLDER } from './manifest.ts';

/**
 * Removes an unfinished backup: the files in its folder and in its `data`, never deeper, and nothing through a link. A
 * folder that somebody put something else in stays. True where it is gone.
 */
export async function removePartial(folder: string): Promise<boolean> {
  if (!folder.endsWith('.partial')) return true;
  await removeFiles(join(folder, DATA_FOLDER));
  return removeFiles(folder);
}

async function removeFiles(folder: string): Promise<boolean> {
  const status = await lstat(folder).catch(() => null);
  if (!status?.isDirectory()) return true;
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    // A link is removed itself, not what it leads to.
    if (!entry.isDirectory()) await unlink(join(folder, entry.name)).catch(() => undefined);
  }
  return rmdir(folder).then(
    () => true,
    () => false,
  );
}

/** The files of `data`: the file itself, or those of the folder, by name. */
export async function dataFiles(folder: string, data: 'data.dump' | 'data'): Promise<readonly string[]> {
  if (data !== DATA_FOLDER) return [data];
  const names = await readdir(join(folder, data));
  return names.toSorted().map((name) => `${data}/${name}`);
}
