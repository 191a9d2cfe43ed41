import type { ToolChoice } from '#shared/model/backup.ts';
import type { Abortable } from '#engine/engine.ts';
import { chooseAmong } from './tools/choose.ts';
import { readSystem } from './tools/install-hint.ts';
import { foldersOf, type Place, placesOf } from './tools/places.ts';
import { listFolder, probeFolders } from './tools/probe.ts';

export interface ToolRules {
  readonly serverVersionNum: number;
  /** Of the user; it is used wherever its client fits the server. */
  readonly chosenFolder: string | null;
  /** Its PATH is searched. */
  readonly environment: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  /** Instead of the chosen folder, PATH and what installers of the platform use. */
  readonly places?: readonly Place[];
}

/**
 * Finds every pg_dump of this machine with its pg_restore and picks the one for this server; a few milliseconds each, at
 * most 3 s where one hangs. A client that is missing, broken or too old is said in the choice; rejects with CANCELLED only.
 */
export async function chooseTools(rules: ToolRules, options: Abortable): Promise<ToolChoice> {
  const { platform, environment, chosenFolder, serverVersionNum } = rules;
  const places = rules.places ?? placesOf(platform, environment, chosenFolder);
  const [folders, system] = await Promise.all([
    foldersOf(places, platform, listFolder),
    readSystem(platform),
  ]);
  return chooseAmong(await probeFolders(folders, platform, options), {
    versionNum: serverVersionNum,
    today: new Date().toISOString().slice(0, 10),
    system,
  });
}
