import type { DatabaseSync } from 'node:sqlite';
import { gunzipSync } from 'node:zlib';
import type { Audit } from '#shared/model/audit.ts';
import type { AuditSummary } from '#shared/model/history.ts';
import { COUNTER_FIELDS, type CounterKind, type Figure } from './figures.ts';
import type { DatabaseCounters, History, Metric, Point, Range } from './history.ts';
import type { DatabaseIdentity } from './identity.ts';

type Row = Record<string, unknown>;

/** What was stored, as of an instant or over a range. */
export function createReader(file: DatabaseSync, idOf: (database: DatabaseIdentity) => number) {
  const at = (database: DatabaseIdentity, kind: CounterKind, instant: string): [string, Figure[]][] =>
    file
      .prepare(
        `SELECT o.key, c.figures FROM object o JOIN counter c
           ON c.object_id = o.id AND c.at_ms = (SELECT max(at_ms) FROM counter WHERE object_id = o.id AND at_ms <= ?3)
         WHERE o.monitored_id = ?1 AND o.kind = ?2 AND c.figures IS NOT NULL`,
      )
      .all(idOf(database), kind, Date.parse(instant))
      .map((row) => [String(row['key']), figuresIn(row)]);
  const samples = (database: DatabaseIdentity, range: Range): Row[] =>
    file
      .prepare(
        'SELECT at_ms, reset_ms, statements_reset_ms, started_ms FROM sample WHERE monitored_id = ? AND at_ms BETWEEN ? AND ? ORDER BY at_ms',
      )
      .all(idOf(database), Date.parse(range.from), Date.parse(range.to));
  const named = <T>(kind: keyof typeof COUNTER_FIELDS, figures: readonly Figure[]): T =>
    Object.fromEntries(COUNTER_FIELDS[kind].map((field, i) => [field, figures[i] ?? null])) as T;

  return {
    samples: (database, range) =>
      samples(database, range).map((row) => ({
        at: isoOf(Number(row['at_ms'])),
        statisticsResetAt: isoOrNull(row['reset_ms']),
        statementsResetAt: isoOrNull(row['statements_reset_ms']),
        serverStartedAt: isoOrNull(row['started_ms']),
      })),
    sampled: (database: DatabaseIdentity) => {
      const row = file
        .prepare(
          'SELECT count(*) AS samples, min(at_ms) AS oldest, max(at_ms) AS newest FROM sample WHERE monitored_id = ?',
        )
        .get(idOf(database));
      return {
        samples: Number(row?.['samples'] ?? 0),
        oldestAt: isoOrNull(row?.['oldest']),
        newestAt: isoOrNull(row?.['newest']),
      };
    },
    tablesAt: (database, instant) =>
      new Map(at(database, 'table', instant).map(([key, f]) => [Number(key), named('table', f)])),
    indexesAt: (database, instant) =>
      new Map(at(database, 'index', instant).map(([key, f]) => [Number(key), named('index', f)])),
    statementsAt: (database, instant) =>
      new Map(at(database, 'statement', instant).map(([key, f]) => [key, named('statement', f)])),
    sequencesAt: (database, instant) =>
      new Map(
        at(database, 'sequence', instant).flatMap(([key, [value]]) =>
          value === null || value === undefined ? [] : [[Number(key), String(value)] as const],
        ),
      ),
    sequenceValues: (database, oids, range) => {
      const fromMs = Date.parse(range.from);
      const rows = file
        .prepare(
          `SELECT o.key, c.at_ms, c.figures FROM object o JOIN counter c ON c.object_id = o.id
           WHERE o.monitored_id = ?1 AND o.kind = 'sequence' AND o.key IN (SELECT value FROM json_each(?2))
             AND c.at_ms <= ?3 AND c.at_ms >= ${lastBefore('?4')} AND c.figures IS NOT NULL
           ORDER BY c.at_ms`,
        )
        .all(idOf(database), JSON.stringify(oids.map(String)), Date.parse(range.to), fromMs);
      const points = new Map<number, { at: string; value: string }[]>();
      for (const row of rows) {
        const [value] = figuresIn(row);
        if (value === null || value === undefined) continue;
        const key = Number(row['key']);
        const list = points.get(key) ?? [];
        list.push({ at: isoOf(Math.max(fromMs, Number(row['at_ms']))), value: String(value) });
        points.set(key, list);
      }
      return points;
    },
    otherSizesSince: (database, from) => {
      const fromMs = Date.parse(from);
      const rows = file
        .prepare(
          `SELECT o.key, c.at_ms, c.figures FROM object o JOIN counter c ON c.object_id = o.id
             AND c.at_ms = coalesce((SELECT max(at_ms) FROM counter WHERE object_id = o.id AND at_ms <= ?2),
               (SELECT min(at_ms) FROM counter WHERE object_id = o.id))
           WHERE o.monitored_id = ?1 AND o.kind = 'size' AND c.figures IS NOT NULL`,
        )
        .all(idOf(database), fromMs);
      return new Map(
        rows.map((row) => [
          Number(row['key']),
          { at: isoOf(Math.max(fromMs, Number(row['at_ms']))), sizeBytes: Number(figuresIn(row)[0]) },
        ]),
      );
    },
    databaseAt: (database, instant) => {
      const [row] = at(database, 'database', instant);
      return row ? named<DatabaseCounters>('database', row[1]) : null;
    },
    series: (database, metric, range, maxPoints) =>
      metric.kind === 'audit'
        ? auditSeries(file, idOf(database), range)
        : series(file, idOf(database), metric, range, thinned(samples(database, range), maxPoints)),
    statementFigures: (database, keys, field, moments) => {
      const one = file.prepare(
        `SELECT c.figures FROM object o JOIN counter c ON c.object_id = o.id
         WHERE o.monitored_id = ?1 AND o.kind = 'statement' AND o.key = ?2 AND c.at_ms <= ?3 ORDER BY c.at_ms DESC LIMIT 1`,
      );
      const [id, position] = [idOf(database), COUNTER_FIELDS.statement.indexOf(field)];
      return keys.map((key) =>
        moments.map((moment) => {
          const row = one.get(id, key, Date.parse(moment));
          const figure = row && row['figures'] !== null ? figuresIn(row)[position] : null;
          return typeof figure === 'number' ? figure : null;
        }),
      );
    },
    audits: (database) =>
      file
        .prepare('SELECT id, summary FROM audit WHERE monitored_id = ? ORDER BY at_ms DESC, id DESC')
        .all(idOf(database))
        .map(summaryIn),
    audit: (database, id) => {
      const row = file
        .prepare('SELECT id, summary, body FROM audit WHERE monitored_id = ? AND id = ?')
        .get(idOf(database), id);
      const body = row?.['body'];
      if (!row || !(body instanceof Uint8Array)) return null;
      return { ...summaryIn(row), audit: JSON.parse(gunzipSync(body).toString('utf8')) as Audit };
    },
  } satisfies Omit<History, 'record' | 'extent' | 'keepAudit'> & Record<string, unknown>;
}

export function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}

/** The figure at each of these samples: the last row at or before it. */
function series(
  file: DatabaseSync,
  monitoredId: number,
  metric: Exclude<Metric, { kind: 'audit' }>,
  range: Range,
  moments: readonly number[],
): Point[] {
  const key = metric.kind === 'database' ? '' : metric.kind === 'statement' ? metric.key : String(metric.oid);
  const fields: readonly string[] = COUNTER_FIELDS[metric.kind];
  const field = fields.indexOf(metric.field);
  const rows = file
    .prepare(
      `SELECT c.at_ms, c.figures FROM object o JOIN counter c ON c.object_id = o.id
       WHERE o.monitored_id = ?1 AND o.kind = ?2 AND o.key = ?3 AND c.at_ms <= ?4 AND c.at_ms >= ${lastBefore('?5')}
       ORDER BY c.at_ms`,
    )
    .all(monitoredId, metric.kind, key, Date.parse(range.to), Date.parse(range.from));
  let next = 0;
  let value: number | null = null;
  return moments.map((atMs) => {
    for (let row = rows[next]; row && Number(row['at_ms']) <= atMs; row = rows[next]) {
      const figure = row['figures'] === null ? null : (figuresIn(row)[field] ?? null);
      value = typeof figure === 'number' ? figure : null;
      next += 1;
    }
    return { at: isoOf(atMs), value };
  });
}

function auditSeries(file: DatabaseSync, monitoredId: number, range: Range): Point[] {
  return file
    .prepare('SELECT id, summary FROM audit WHERE monitored_id = ? AND at_ms BETWEEN ? AND ? ORDER BY at_ms')
    .all(monitoredId, Date.parse(range.from), Date.parse(range.to))
    .map((row) => {
      const { at, score } = summaryIn(row);
      return { at, value: score };
    });
}

/** The row that says where an object stood at this instant; the instant itself where it was not there yet. */
function lastBefore(instant: string): string {
  return `coalesce((SELECT max(at_ms) FROM counter WHERE object_id = o.id AND at_ms <= ${instant}), ${instant})`;
}

/** The last moment of each of at most `most` stretches. */
function thinned(rows: readonly Row[], most: number): number[] {
  const moments = rows.map((row) => Number(row['at_ms']));
  if (moments.length <= most) return moments;
  const step = moments.length / most;
  return Array.from({ length: most }, (_, i) => moments[Math.ceil((i + 1) * step) - 1] ?? 0);
}

function figuresIn(row: Row): Figure[] {
  return JSON.parse(String(row['figures'])) as Figure[];
}

function summaryIn(row: Row): AuditSummary {
  return { id: Number(row['id']), ...(JSON.parse(String(row['summary'])) as Omit<AuditSummary, 'id'>) };
}

function isoOrNull(ms: unknown): string | null {
  return typeof ms === 'number' ? isoOf(ms) : null;
}
