import { lstat, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createEngine } from '#engine/create-engine.ts';
import type { SshRequest } from '#engine/engine.ts';
import { EngineError } from '#engine/errors.ts';
import { createNodeHost } from '../../electron/hosts/node-host.ts';
import { sshBelow, tunnelFolders } from './sshd.ts';

/** By standard input: what to open, one after the other. */
export interface UserTour {
  readonly url: string;
  readonly tries: Readonly<Record<string, SshRequest>>;
}

/** What an ordinary user sees of it, as JSON on standard output. */
export interface UserReport {
  readonly uid: number;
  /** The role that was reached, or the code of the error. */
  readonly outcomes: Readonly<Record<string, string>>;
  /** Owner and mode of the tunnel's folder and of all that is in it, while it is open: "1001 700". */
  readonly files: Readonly<Record<string, string>>;
  /** Folders and processes of tunnels after the end. */
  readonly left: number;
}

const { url, tries } = JSON.parse(await text(process.stdin)) as UserTour;
const engine = createEngine(
  createNodeHost({ kind: 'in-process', toolVersion: 'test', writeLogLine: () => undefined }),
);
const outcomes: Record<string, string> = {};
const files: Record<string, string> = {};
for (const [name, ssh] of Object.entries(tries)) {
  try {
    const { id, role } = await engine.open({ text: url, ssh }, {});
    outcomes[name] = role;
    for (const folder of await tunnelFolders()) {
      files['.'] = describe(await stat(folder));
      for (const file of await readdir(folder)) files[file] = describe(await lstat(join(folder, file)));
    }
    await engine.closeConnection(id);
  } catch (error) {
    outcomes[name] = error instanceof EngineError ? error.code : String(error);
  }
}
await engine.close();
const left = (await tunnelFolders()).length + (await sshBelow()).length;
const report: UserReport = { uid: process.getuid?.() ?? 0, outcomes, files, left };
process.stdout.write(JSON.stringify(report));

function describe({ uid, mode }: { readonly uid: number; readonly mode: number }): string {
  return `${uid} ${(mode & 0o777).toString(8)}`;
}
