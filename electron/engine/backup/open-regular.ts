import { constants } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { dirname, join, normalize, sep } from 'node:path';
import { EngineError } from '#engine/errors.ts';

/** Opens a file of a backup; never through a link, so that a name cannot lead anywhere else. */
export async function openRegular(folder: string, name: string): Promise<FileHandle> {
  const path = join(folder, name);
  if (name === '' || normalize(name) !== name.split('/').join(sep) || !path.startsWith(join(folder, sep)))
    throw notRegular(name, 'its name leads out of the backup');
  const parent = dirname(path);
  if (parent !== join(folder) && !(await lstat(parent).catch(() => null))?.isDirectory())
    throw notRegular(name, 'its folder is missing, or a link');
  let handle: FileHandle;
  try {
    // A pipe in its place must not block for ever.
    handle = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw notRegular(name, 'it is missing', cause);
    if (code === 'ELOOP' || code === 'ENXIO') throw notRegular(name, 'it is no regular file', cause);
    throw notReadable(name, cause);
  }
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw notRegular(name, 'it is no regular file');
}

function notRegular(name: string, why: string, cause?: unknown): EngineError {
  return new EngineError('BACKUP_DAMAGED', `${name} cannot be used: ${why}.`, 'Use another backup.', {
    cause,
  });
}

/** FILE_NOT_READABLE, where it is no error of ours already. */
export function notReadable(name: string, cause: unknown): EngineError {
  if (cause instanceof EngineError) return cause;
  const { code = 'unknown' } = cause as NodeJS.ErrnoException;
  return new EngineError(
    'FILE_NOT_READABLE',
    `${name} cannot be read (${code}).`,
    'Check the drive and the rights of its file.',
    { cause },
  );
}
