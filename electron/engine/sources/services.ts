import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from '#engine/postgres/environment.ts';

/** Names of the services that libpq would find, in the order of the files; empty where there is no file. */
export async function serviceNames(env: Environment, homeDirectory: string): Promise<readonly string[]> {
  const files = [env['PGSERVICEFILE'] || join(homeDirectory, '.pg_service.conf')];
  if (env['PGSYSCONFDIR']) files.push(join(env['PGSYSCONFDIR'], 'pg_service.conf'));
  const names = new Set<string>();
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => '');
    for (const line of text.split(/\r?\n/)) {
      const name = /^\s*\[(.+)\]\s*$/.exec(line)?.[1];
      if (name !== undefined) names.add(name);
    }
  }
  return [...names];
}
