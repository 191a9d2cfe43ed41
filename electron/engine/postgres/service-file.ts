import { applyParameter, finishParameters, takeFirstHost } from './url-parameters.ts';
import type { ConnectionParameters } from './target.ts';
import { EngineError } from '../errors.ts';
import type { Environment } from './environment.ts';
import { join } from 'node:path';
import { readFile } from 'node:fs/promises';

/**
 * Reads a named service from PGSERVICEFILE or ~/.pg_service.conf, then from PGSYSCONFDIR/pg_service.conf. Null when no file has it.
 * Throws FILE_NOT_READABLE when there is no file at all. https://www.postgresql.org/docs/current/libpq-pgservice.html
 */
export async function findService(
  name: string,
  options: {
    readonly env: Environment;
    readonly homeDirectory: string;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<ConnectionParameters | null> {
  const { env, homeDirectory, signal } = options;
  const files = [env['PGSERVICEFILE'] || join(homeDirectory, '.pg_service.conf')];
  if (env['PGSYSCONFDIR']) files.push(join(env['PGSYSCONFDIR'], 'pg_service.conf'));
  let cause: unknown = null;
  let filesRead = 0;
  for (const file of files) {
    try {
      const service = parseServiceFile(
        await readFile(file, { encoding: 'utf8', ...(signal ? { signal } : {}) }),
        name,
      );
      filesRead += 1;
      if (service !== null) return service;
    } catch (error) {
      cause = error;
    }
  }
  if (filesRead > 0) return null;
  throw new EngineError(
    'FILE_NOT_READABLE',
    `The service file ${files[0]} cannot be read.`,
    'Create it, point PGSERVICEFILE at it, or give a connection URL.',
    { cause },
  );
}

/** One `[name]` section of a pg_service.conf; null if there is none. */
export function parseServiceFile(text: string, name: string): ConnectionParameters | null {
  const values = new Map<string, string>();
  const notes = [`The settings come from the service ${JSON.stringify(name)}.`];
  const ignored: string[] = [];
  let isInside = false;
  let wasFound = false;
  for (const line of text.split(/\r?\n/).map((raw) => raw.trim())) {
    if (line === '' || line.startsWith('#')) continue;
    const section = /^\[(.*)\]$/.exec(line)?.[1];
    if (section !== undefined) {
      // libpq stops at the end of the first section of that name.
      if (wasFound) break;
      isInside = section === name;
      wasFound ||= isInside;
      continue;
    }
    const equals = line.indexOf('=');
    if (isInside && equals > 0)
      applyParameter(line.slice(0, equals).trim(), line.slice(equals + 1).trim(), values, ignored);
  }
  if (!wasFound) return null;
  finishParameters(values, ignored, notes);
  takeFirstHost(values, 1, notes);
  return { values, notes };
}
