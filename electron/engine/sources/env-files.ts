import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { EngineError } from '#engine/errors.ts';
import { parseConnectionText } from '#engine/postgres/url.ts';
import type { ConnectionParameters } from '#engine/postgres/target.ts';

/** Larger files are no settings. */
const MOST_BYTES = 65_536;

export interface WrittenAddress {
  /** "DATABASE_URL in .env" */
  readonly name: string;
  readonly parameters: ConnectionParameters;
}

/**
 * The addresses of PostgreSQL servers in the `.env` files of a folder: values that are URLs of it, under whatever name.
 * Reads `.env` and `.env.*` of this folder alone. Throws FILE_NOT_READABLE.
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
      Object.entries(parseEnv(await beginningOf(join(folder, name)))).flatMap(([variable, value]) => {
        const parameters = parametersOf(value);
        return parameters === null ? [] : [{ name: `${variable} in ${name}`, parameters }];
      }),
    ),
  );
  return found.flat();
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
  const file = await open(path, 'r').catch(() => null);
  if (file === null) return '';
  try {
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(MOST_BYTES) });
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}
