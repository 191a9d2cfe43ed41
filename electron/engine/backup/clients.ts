import { z } from 'zod';
import type { ClientFolder, ToolChoice, ToolInstall } from '#shared/model/backup.ts';
import type { Abortable } from '#engine/engine.ts';
import { EngineError } from '#engine/errors.ts';
import type { ProfileStore } from '#engine/store/profiles.ts';
import { INSTALLATION } from './places.ts';
import { chooseTools } from './tools.ts';
import { checkClientFolder } from './tools/client-folder.ts';
import { CHOSEN } from './tools/places.ts';

/** The PostgreSQL client programs of this machine, and the folder of them that the user chose. */
export interface Clients {
  /** For a server of this version; remembered for a minute. Rejects with CANCELLED only. */
  choose(serverVersionNum: number, options: Abortable): Promise<ToolChoice>;
  /** The chosen one; TOOL_MISSING where none fits. */
  usable(serverVersionNum: number, options: Abortable): Promise<ToolInstall>;
  /** The folder that is looked at first, and what was found there; null = none. */
  folderOf(choice: ToolChoice): ClientFolder | null;
  /** Remembered from here on; BAD_INPUT where no client in it can be used. */
  setFolder(path: string, options: Abortable): Promise<void>;
  forgetFolder(): void;
}

/** `named`: for this run; it goes before the one of the settings, as flags and variables do everywhere. */
export function openClients(profiles: ProfileStore, named: string | null): Clients {
  /** By version of the server: asking every client for its version starts as many processes. */
  const choices = new Map<number, { readonly choice: ToolChoice; readonly atMs: number }>();
  const folder = (): Pick<ClientFolder, 'path' | 'namedBy'> | null => {
    if (named !== null) return { path: named, namedBy: 'this run' };
    const path = profiles.read(INSTALLATION, TOPIC, z.string());
    return path === null ? null : { path, namedBy: 'settings' };
  };
  const choose: Clients['choose'] = async (serverVersionNum, options) => {
    const known = choices.get(serverVersionNum);
    if (known && performance.now() - known.atMs < AGE_MS) return known.choice;
    const { env: environment, platform } = process;
    const rules = { serverVersionNum, chosenFolder: folder()?.path ?? null, environment, platform };
    const choice = await chooseTools(rules, options);
    choices.set(serverVersionNum, { choice, atMs: performance.now() });
    return choice;
  };
  return {
    choose,
    usable: async (serverVersionNum, options) => {
      const { chosen, refusal } = await choose(serverVersionNum, options);
      if (chosen) return chosen;
      throw new EngineError(
        'TOOL_MISSING',
        refusal?.message ?? 'There is no PostgreSQL client on this machine.',
        refusal?.nextStep ?? null,
      );
    },
    folderOf: ({ found }) => {
      const own = folder();
      const version = found.find(({ origin }) => origin === CHOSEN)?.version ?? null;
      return own && { ...own, version };
    },
    setFolder: async (path, options) => {
      const checked = await checkClientFolder(path, process.platform, options);
      profiles.write(INSTALLATION, TOPIC, checked);
      choices.clear();
    },
    forgetFolder: () => {
      profiles.remove(INSTALLATION, TOPIC);
      choices.clear();
    },
  };
}

const TOPIC = 'client-folder';
const AGE_MS = 60_000;
