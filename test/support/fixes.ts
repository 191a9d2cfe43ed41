import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type pg from 'pg';
import type { Finding } from '#shared/model/finding.ts';

const run = promisify(execFile);

/** The schema as pg_dump prints it. */
export async function dumpOf(databaseUrl: string): Promise<string> {
  const url = new URL(databaseUrl);
  const value = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const target = [
    `dbname=${value(decodeURIComponent(url.pathname.slice(1)))}`,
    `host=${value(url.hostname)}`,
    `port=${url.port}`,
    `user=${value(decodeURIComponent(url.username))}`,
  ].join(' ');
  const { stdout } = await run('pg_dump', ['--schema-only', '--no-password', `--dbname=${target}`], {
    env: { PATH: process.env['PATH'], PGPASSWORD: decodeURIComponent(url.password), LC_ALL: 'C.UTF-8' },
    maxBuffer: 64 * 1024 * 1024,
  });
  // \restrict lines hold a random token per run.
  return stdout.replaceAll(/^\\(un)?restrict .*$/gm, '');
}

/** With server and role settings, which a dump does not hold: for a server that nobody else uses. */
export async function schemaOf(databaseUrl: string, admin: pg.Client): Promise<string> {
  const dump = await dumpOf(databaseUrl);
  const { rows } = await admin.query(
    `SELECT (SELECT json_agg(s ORDER BY name) FROM (SELECT name, setting FROM pg_file_settings WHERE sourcefile LIKE '%auto.conf') s) AS settings,
            (SELECT json_agg(r ORDER BY setrole, setdatabase) FROM (
               -- Their order means nothing: a setting that comes back stands at the end.
               SELECT setrole, setdatabase, (SELECT array_agg(c ORDER BY c) FROM unnest(setconfig) c) FROM pg_db_role_setting) r) AS roles`,
  );
  return `${dump}\n${JSON.stringify(rows)}`;
}

/** Runs the SQL of every fix and then its undo, one statement per call as the app will; returns what failed. */
export async function runFixes(
  admin: pg.Client,
  findings: readonly Finding[],
): Promise<{ failures: string[]; undone: number; run: number }> {
  const result = { failures: [] as string[], undone: 0, run: 0 };
  for (const { fix, check, object } of findings) {
    if (!fix || fix.sql.length === 0) continue;
    try {
      for (const statement of fix.sql) await admin.query(statement);
      result.run += 1;
      for (const statement of fix.undo) await admin.query(statement);
      if (fix.undo.length > 0) result.undone += 1;
    } catch (error) {
      result.failures.push(
        `${check} on ${object.name}: ${String(error)}\n  ${[...fix.sql, ...fix.undo].join('\n  ')}`,
      );
    }
  }
  return result;
}

/** Lines that differ: a failing comparison of two whole dumps would be unreadable. */
export function differingLines(before: string, after: string): string[] {
  const a = new Set(before.split('\n'));
  const b = new Set(after.split('\n'));
  return [
    ...[...a].filter((l) => !b.has(l)).map((l) => `- ${l}`),
    ...[...b].filter((l) => !a.has(l)).map((l) => `+ ${l}`),
  ];
}
