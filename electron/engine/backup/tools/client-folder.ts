import { stat } from 'node:fs/promises';
import type { Abortable } from '#engine/engine.ts';
import { EngineError } from '#engine/errors.ts';
import { CHOSEN, pathOf } from './places.ts';
import { probeFolders } from './probe.ts';

/**
 * The folder of a pg_dump with its pg_restore that a user means: the one that is named, or the `bin` in it. BAD_INPUT says
 * what is wrong with it: no absolute path, no program, one that does not run or is half a client, or a folder in which
 * everybody could put another program.
 */
export async function checkClientFolder(
  path: string,
  platform: NodeJS.Platform,
  options: Abortable,
): Promise<string> {
  const { isAbsolute, join } = pathOf(platform);
  if (!isAbsolute(path))
    throw refused(`${path} is no absolute path.`, 'Name the whole path, from the root of the drive on.');
  const problems: string[] = [];
  for (const folder of [path, join(path, 'bin')]) {
    const { found, problems: met } = await probeFolders(
      [{ path: folder, origin: CHOSEN }],
      platform,
      options,
    );
    const [client] = found;
    if (client?.restorePath) {
      await assertPrivate([folder, client.dumpPath, client.restorePath], platform);
      return folder;
    }
    problems.push(
      client
        ? `There is no pg_restore of version ${client.version} beside ${client.dumpPath}: a backup could not be checked.`
        : (met[0]?.text ?? `${folder} has no pg_dump.`),
    );
  }
  throw refused(
    problems[0] ?? `${path} has no pg_dump.`,
    'Name the folder in which pg_dump and pg_restore lie, such as /usr/lib/postgresql/18/bin.',
  );
}

/** Whoever can write there chooses what PgVitals runs, with a password in its hands. */
async function assertPrivate(paths: readonly string[], platform: NodeJS.Platform): Promise<void> {
  if (platform === 'win32') return;
  for (const path of paths) {
    const { mode } = await stat(path);
    if ((mode & 0o002) !== 0)
      throw refused(
        `Everybody may write to ${path}: another program could be put there.`,
        'Take that right away (chmod o-w), or name another folder.',
      );
  }
}

function refused(message: string, nextStep: string): EngineError {
  return new EngineError('BAD_INPUT', message, nextStep);
}
