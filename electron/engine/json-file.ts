import { copyFile, mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Reads a small JSON file of ours. A damaged one is kept aside under `.broken` and the copy of before the last write
 * is used: settings are never reset silently. Null where there is neither.
 */
export async function readJsonFile(path: string): Promise<unknown> {
  const current = await tryRead(path);
  if (current.state === 'ok') return current.value;
  if (current.state === 'damaged') await rename(path, `${path}.broken`).catch(() => undefined);
  const previous = await tryRead(`${path}.previous`);
  return previous.state === 'ok' ? previous.value : null;
}

/** Replaces the file as a whole: a crash leaves the old or the new one. Readable by this user only. */
export async function writeJsonFile(path: string, value: unknown): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(value, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await copyFile(path, `${path}.previous`).catch(() => undefined);
  await rename(`${path}.new`, path);
}

type Reading = { readonly state: 'ok'; readonly value: unknown } | { readonly state: 'damaged' | 'missing' };

async function tryRead(path: string): Promise<Reading> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    return { state: 'missing' };
  }
  try {
    const value: unknown = JSON.parse(text);
    return { state: 'ok', value };
  } catch {
    return { state: 'damaged' };
  }
}
