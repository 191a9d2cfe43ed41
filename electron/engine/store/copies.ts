import type { DatabaseSync } from 'node:sqlite';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { KeptCopy } from '#shared/model/plan.ts';
import { EngineError } from '#engine/errors.ts';

/** Each row as JSON text. */
export interface NewCopy {
  readonly title: string;
  readonly rows: readonly string[];
}

/** Uncompressed. pg_stat_statements keeps 5,000 statements by default: some megabytes. */
export const MOST_COPY_BYTES = 64 * 1024 * 1024;
/** Of one database; the oldest give way. */
export const MOST_COPIES = 10;

/** Files a copy, and drops the oldest of the same database beyond `MOST_COPIES`. Throws PLAN_REFUSED where it is too big. */
export function keepCopy(file: DatabaseSync, jobId: string, at: number, { title, rows }: NewCopy): void {
  const body = `[${rows.join(',')}]`;
  const bytes = Buffer.byteLength(body);
  if (bytes > MOST_COPY_BYTES)
    throw new EngineError(
      'PLAN_REFUSED',
      `The copy to be kept would be ${bytes} bytes; PgVitals keeps at most ${MOST_COPY_BYTES}.`,
      'Save it by hand with psql, then run the statement there.',
    );
  file
    .prepare(
      'INSERT OR REPLACE INTO job_copy (job_id, position, taken_ms, title, body) VALUES (?, ?, ?, ?, ?)',
    )
    .run(jobId, at, Date.now(), title, gzipSync(body));
  file
    .prepare(
      `DELETE FROM job_copy WHERE (job_id, position) IN (
        SELECT c.job_id, c.position FROM job_copy c JOIN job j ON j.id = c.job_id
        WHERE j.monitored_id = (SELECT monitored_id FROM job WHERE id = ?)
        ORDER BY c.taken_ms DESC, c.rowid DESC LIMIT -1 OFFSET ?)`,
    )
    .run(jobId, MOST_COPIES);
}

export function copiesOf(file: DatabaseSync, monitoredId: number, jobId: string): readonly KeptCopy[] {
  return file
    .prepare(
      `SELECT c.taken_ms, c.title, c.body FROM job_copy c JOIN job j ON j.id = c.job_id
       WHERE j.monitored_id = ? AND c.job_id = ? ORDER BY c.position`,
    )
    .all(monitoredId, jobId)
    .map(({ taken_ms: takenMs, title, body }) => ({
      title: String(title),
      takenAt: new Date(Number(takenMs)).toISOString(),
      rows: parseExactly(gunzipSync(body as Uint8Array).toString('utf8')) as KeptCopy['rows'],
    }));
}

/** Integers that a number cannot hold, such as ids of statements, stay as they were written, as text. */
function parseExactly(json: string): unknown {
  return (JSON.parse as ParseWithSource)(json, (_key, value, { source }) =>
    typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value) ? source : value,
  );
}

/** ES2026; the types of the compiler do not have the source yet. */
type ParseWithSource = (
  text: string,
  reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
) => unknown;
