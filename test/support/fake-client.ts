import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

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
