import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { EngineError } from '#engine/errors.ts';
import { type Environment, fromEnvironment } from '#engine/postgres/environment.ts';
import { parseConnectionText } from '#engine/postgres/url.ts';
import type { ConnectionParameters } from '#engine/postgres/target.ts';

/** Larger files are no settings. */
const MOST_BYTES = 65_536;

export interface WrittenAddress {
  /** The variable. */
  readonly name: string;
  readonly parameters: ConnectionParameters;
}

/**
 * The addresses of PostgreSQL servers in the `.env` files of a folder, as "DATABASE_URL in .env": values that are URLs of
 * it, under whatever name, and PG* variables. Reads `.env` and `.env.*` of this folder alone. Throws FILE_NOT_READABLE.
 */
export async function addressesIn(folder: string): Promise<readonly WrittenAddress[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw new EngineError(
      'FILE_NOT_READABLE',
      `The folder cannot be read: ${folder}`,
      'Choose another one.',
      {
        cause,
      },
    );
  });
  const names = entries
    .filter((entry) => entry.isFile() && /^\.env(\.[\w.-]+)?$/.test(entry.name))
    .map(({ name }) => name)
    // Examples hold placeholders.
    .filter((name) => !/\.(example|sample|template|dist)$/.test(name))
    .toSorted();
  const found = await Promise.all(
    names.map(async (name) =>
      writtenIn(parseEnv(await beginningOf(join(folder, name)).catch(() => ''))).map((written) => ({
        ...written,
        name: `${written.name} in ${name}`,
      })),
    ),
  );
  return found.flat();
}

/**
 * The one address that a `.env` file leads to, with its variables, by which PG* complete it: that of PGVITALS_URL or
 * DATABASE_URL, or else the only one. Throws FILE_NOT_READABLE, and BAD_INPUT where there is none, or are several.
 */
export async function addressOfEnvFile(
  path: string,
): Promise<{ readonly parameters: ConnectionParameters; readonly variables: Environment }> {
  const text = await beginningOf(path).catch((cause: unknown) => {
    throw new EngineError(
      'FILE_NOT_READABLE',
      `The file ${path} cannot be read.`,
      'Check its path and permissions.',
      {
        cause,
      },
    );
  });
  const variables = parseEnv(text);
  const written = writtenIn(variables);
  const urls = written.filter(({ name }) => name !== PG_VARIABLES);
  const preferred = ['PGVITALS_URL', 'DATABASE_URL'].flatMap((known) =>
    urls.filter(({ name }) => name === known),
  );
  const [first, ...others] = preferred.length > 0 ? preferred.slice(0, 1) : urls.length > 0 ? urls : written;
  if (first === undefined)
    throw new EngineError(
      'BAD_INPUT',
      `The file ${path} names no PostgreSQL database.`,
      'It has to hold DATABASE_URL, or PGHOST, PGDATABASE and the like; other variables in a value are not replaced.',
    );
  if (others.length > 0)
    throw new EngineError(
      'BAD_INPUT',
      `The file ${path} names several databases: ${urls.map(({ name }) => name).join(', ')}.`,
      'Call the one that is meant DATABASE_URL, or give its URL instead.',
    );
  return { parameters: first.parameters, variables };
}

export const PG_VARIABLES = 'PG* variables';

/** Values that are URLs of PostgreSQL, by their variables; then the PG* ones together, if they name where to go. */
function writtenIn(variables: Environment): readonly WrittenAddress[] {
  const urls = Object.entries(variables).flatMap(([name, value]) => {
    const parameters = parametersOf(value);
    return parameters === null ? [] : [{ name, parameters }];
  });
  const together = pgVariables(variables);
  return together === null ? urls : [...urls, { name: PG_VARIABLES, parameters: together }];
}

/** The PG* variables, if they name a server, a database or a service. */
export function pgVariables(variables: Environment): ConnectionParameters | null {
  const { values, notes } = fromEnvironment(variables);
  const service = variables['PGSERVICE'];
  const isThere = Boolean(service) || ['host', 'hostaddr', 'dbname'].some((keyword) => values.has(keyword));
  return isThere
    ? { values: new Map([...values, ...(service ? [['service', service] as const] : [])]), notes }
    : null;
}

const SCHEME = /^(jdbc:)?(postgres|postgresql|postgis|pgsql)(\+[a-z0-9]+)?:\/\//i;

function parametersOf(value: string | undefined): ConnectionParameters | null {
  if (value === undefined || !SCHEME.test(value.trim())) return null;
  try {
    return parseConnectionText(value);
  } catch {
    // A placeholder, or a URL that refers to other variables.
    return null;
  }
}

async function beginningOf(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(MOST_BYTES) });
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}
