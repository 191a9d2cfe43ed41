import { type ConnectionTarget, isSocketDirectory } from './target.ts';
import { readFile, stat } from 'node:fs/promises';
import type { Environment } from './environment.ts';
import { Secret } from '../secret.ts';
import { join } from 'node:path';

/**
 * Looks the target up in libpq's password file (passfile= or PGPASSFILE, else ~/.pgpass, else %APPDATA%). Null when there is none;
 * a file that others may read is refused with a note, as libpq does.
 *
 * Not the `pgpass` package: it reads process.env by itself, writes to stderr, and takes the colon after an escaped
 * backslash for an escaped colon. https://www.postgresql.org/docs/current/libpq-pgpass.html
 */
export async function findPassword(
  target: ConnectionTarget,
  options: {
    readonly env: Environment;
    readonly homeDirectory: string;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<{ readonly password: Secret | null; readonly note: string | null }> {
  const { env, homeDirectory, signal } = options;
  const isWindows = process.platform === 'win32';
  const usual = isWindows
    ? join(env['APPDATA'] ?? homeDirectory, 'postgresql', 'pgpass.conf')
    : join(homeDirectory, '.pgpass');
  const file = target.passFile ?? env['PGPASSFILE'] ?? usual;
  const none = { password: null, note: null };
  try {
    const status = await stat(file);
    if (!status.isFile())
      return { password: null, note: `The password file ${file} is not a plain file and was not used.` };
    if (!isWindows && (status.mode & 0o077) !== 0) {
      return {
        password: null,
        note: `The password file ${file} may be read by others and was not used; chmod 0600 mends that.`,
      };
    }
    const text = await readFile(file, { encoding: 'utf8', ...(signal ? { signal } : {}) });
    const password = matchPassFile(text, target);
    if (password === null) return none;
    return { password: new Secret(password), note: `The password comes from ${file}.` };
  } catch {
    return none;
  }
}

/** The password of the first matching line `host:port:database:user:password`; "*" matches all, "\" escapes. */
export function matchPassFile(
  text: string,
  target: Pick<ConnectionTarget, 'host' | 'port' | 'database' | 'user'>,
): string | null {
  const host = isDefaultSocket(target.host) ? 'localhost' : target.host;
  const wanted = [host, String(target.port), target.database, target.user];
  for (const line of text.split(/\r?\n/)) {
    if (line === '' || line.startsWith('#')) continue;
    const fields = splitLine(line);
    const password = fields[4];
    if (password === undefined) continue;
    if (wanted.every((value, index) => fields[index]?.raw === '*' || fields[index]?.text === value))
      return password.text;
  }
  return null;
}

/** libpq lets "localhost" stand for a socket in the default directory. */
function isDefaultSocket(host: string): boolean {
  return isSocketDirectory(host) && /^\/(tmp|(var\/)?run\/postgresql)\/?$/.test(host);
}

function splitLine(line: string): { raw: string; text: string }[] {
  const fields = [];
  let rest = line;
  for (let index = 0; index < 4; index += 1) {
    const raw = /^(?:[^\\:]|\\[\s\S]?)*/.exec(rest)?.[0] ?? '';
    if (raw.length === rest.length) break;
    fields.push(raw);
    rest = rest.slice(raw.length + 1);
  }
  // The password runs to the end of the line: only there may a colon stand unescaped.
  fields.push(rest);
  return fields.map((raw) => ({ raw, text: raw.replace(/\\([\s\S])/g, '$1') }));
}
