import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gunzipSync } from 'node:zlib';

/** What stands in every plain file below a folder, by path; databases of SQLite value by value, with what is packed in them. */
export async function textsBelow(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const texts = new Map<string, string>();
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name);
    const content = await readFile(path);
    const isDatabase = content.subarray(0, 15).toString('latin1') === 'SQLite format 3';
    texts.set(
      path,
      isDatabase ? `${content.toString('latin1')}\n${valuesOf(path)}` : content.toString('latin1'),
    );
  }
  return texts;
}

function valuesOf(path: string): string {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    return tables
      .flatMap(({ name }) => database.prepare(`SELECT * FROM "${String(name)}"`).all())
      .flatMap((row) => Object.values(row).map(textOf))
      .join('\n');
  } finally {
    database.close();
  }
}

function textOf(value: unknown): string {
  if (!(value instanceof Uint8Array)) return String(value);
  const isPacked = value[0] === 0x1f && value[1] === 0x8b;
  return Buffer.from(isPacked ? gunzipSync(value) : value).toString('latin1');
}
