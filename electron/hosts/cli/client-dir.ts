import { resolve } from 'node:path';
import type { Engine } from '#engine/engine.ts';
import { checkClientFolder } from '#engine/backup/tools/client-folder.ts';
import { CHOSEN } from '#engine/backup/tools/places.ts';
import { EngineError } from '#engine/errors.ts';
import type { CliContext } from '../cli.ts';

/** The folder of `--client-dir`, looked at before anything is connected to. BAD_INPUT where no client in it can be used. */
export async function clientFolderOf(
  folder: string | undefined,
  { signal }: CliContext,
): Promise<string | undefined> {
  return folder === undefined ? undefined : checkClientFolder(resolve(folder), process.platform, { signal });
}

/** What is asked for on the command line is not passed over: BAD_INPUT where its client does not fit this server. */
export async function assertClientFits(
  engine: Engine,
  connectionId: string,
  { signal }: CliContext,
): Promise<void> {
  const { tools } = await engine.backups.overview(connectionId, { signal });
  const [warning] = tools.warnings;
  if (tools.chosen === null || tools.chosen.origin === CHOSEN || warning === undefined) return;
  throw new EngineError(
    'BAD_INPUT',
    warning.replace(' Another client is used.', ''),
    'Name the folder of a newer client, or leave --client-dir out.',
  );
}
