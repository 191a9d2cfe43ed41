import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CLIENT_FOLDER } from './client.ts';

/** A folder of shell scripts called pg_dump, pg_restore and pg_dumpall; returns it. `all` is what those do that are not named. */
export async function fakeClient(
  folder: string,
  scripts: {
    readonly all: string;
    readonly pg_dump?: string;
    readonly pg_restore?: string;
    readonly pg_dumpall?: string;
    readonly mode?: number;
  },
): Promise<string> {
  await mkdir(folder, { recursive: true });
  await Promise.all(
    (['pg_dump', 'pg_restore', 'pg_dumpall'] as const).map((tool) =>
      writeFile(join(folder, tool), `#!/bin/sh\n${scripts[tool] ?? scripts.all}\n`, {
        mode: scripts.mode ?? 0o755,
      }),
    ),
  );
  return folder;
}

/** Clients that say they are of this version, and else are those of this machine; `dump` instead of what pg_dump does. */
export async function shimClient(folder: string, version: string, dump?: string): Promise<string> {
  const real = (
    tool: string,
  ): string => `[ "$1" = --version ] && { echo "${tool} (PostgreSQL) ${version}"; exit; }
for one; do case "$one" in --file=*) file="\${one#--file=}";; esac; done
real=${CLIENT_FOLDER}/${tool}`;
  return fakeClient(folder, {
    all: '',
    pg_dump: `${real('pg_dump')}\n${dump ?? 'exec "$real" "$@"'}`,
    pg_restore: `${real('pg_restore')}\nexec "$real" "$@"`,
    pg_dumpall: `${real('pg_dumpall')}\nexec "$real" "$@"`,
  });
}
