import { setImmediate } from 'node:timers/promises';
import type { DatabaseSync } from 'node:sqlite';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { type CounterKind, figuresOf, type KindFigures } from './figures.ts';

/** Rows written, or compared, before other work gets its turn: about 10 ms. */
const BATCH = 2_000;

/** Writes samples: of each object only what changed since its last row. */
export class Recorder {
  readonly #file: DatabaseSync;
  /** Per database and kind: key → object id and its last row as stored. */
  readonly #last = new Map<string, Map<string, { readonly id: number; figures: string | null }>>();

  constructor(file: DatabaseSync) {
    this.#file = file;
  }

  async record(monitoredId: number, snapshot: Snapshot): Promise<void> {
    const atMs = Date.parse(snapshot.collectedAt);
    for (const kind of figuresOf(snapshot)) await this.#recordKind(monitoredId, atMs, kind);
    const { facts } = snapshot;
    this.#file
      .prepare(
        'INSERT OR REPLACE INTO sample (monitored_id, at_ms, reset_ms, statements_reset_ms, started_ms) VALUES (?, ?, ?, ?, ?)',
      )
      .run(
        monitoredId,
        atMs,
        instantMs(facts.server.statisticsResetAt),
        instantMs(facts.statements?.statisticsSince ?? null),
        instantMs(facts.server.startedAt),
      );
  }

  /** Forgets what it knows of the file; after rows were deleted. */
  forget(): void {
    this.#last.clear();
  }

  async #recordKind(
    monitoredId: number,
    atMs: number,
    { kind, objects, isWhole }: KindFigures,
  ): Promise<void> {
    const last = this.#lastOf(monitoredId, kind);
    const gone = isWhole ? new Set(last.keys()) : new Set<string>();
    const changes: Change[] = [];
    for (const [at, { key, figures, countedAt }] of objects.entries()) {
      if (at % BATCH === BATCH - 1) await setImmediate();
      gone.delete(key);
      const text = JSON.stringify(figures);
      if (last.get(key)?.figures !== text)
        changes.push({ key, figures: text, atMs: Math.min(atMs, instantMs(countedAt ?? null) ?? atMs) });
    }
    for (const key of gone) {
      if (last.get(key)?.figures !== null) changes.push({ key, figures: null, atMs });
    }
    for (let from = 0; from < changes.length; from += BATCH) {
      this.#write(monitoredId, kind, changes.slice(from, from + BATCH), last);
      await setImmediate();
    }
  }

  #write(
    monitoredId: number,
    kind: CounterKind,
    changes: readonly Change[],
    last: Map<string, { readonly id: number; figures: string | null }>,
  ): void {
    const addObject = this.#file.prepare('INSERT INTO object (monitored_id, kind, key) VALUES (?, ?, ?)');
    const addRow = this.#file.prepare(
      'INSERT OR REPLACE INTO counter (object_id, at_ms, figures) VALUES (?, ?, ?)',
    );
    this.#file.exec('BEGIN');
    try {
      for (const { key, figures, atMs } of changes) {
        let known = last.get(key);
        if (!known) {
          known = { id: Number(addObject.run(monitoredId, kind, key).lastInsertRowid), figures: null };
          last.set(key, known);
        }
        addRow.run(known.id, atMs, figures);
        known.figures = figures;
      }
      this.#file.exec('COMMIT');
    } catch (error) {
      this.#file.exec('ROLLBACK');
      this.forget();
      throw error;
    }
  }

  #lastOf(monitoredId: number, kind: CounterKind) {
    const name = `${monitoredId} ${kind}`;
    let last = this.#last.get(name);
    if (!last) {
      const rows = this.#file
        .prepare(
          `SELECT o.id, o.key, c.figures FROM object o LEFT JOIN counter c
             ON c.object_id = o.id AND c.at_ms = (SELECT max(at_ms) FROM counter WHERE object_id = o.id)
           WHERE o.monitored_id = ? AND o.kind = ?`,
        )
        .all(monitoredId, kind);
      last = new Map(
        rows.map((row) => [
          String(row['key']),
          { id: Number(row['id']), figures: row['figures'] === null ? null : String(row['figures']) },
        ]),
      );
      this.#last.set(name, last);
    }
    return last;
  }
}

interface Change {
  readonly key: string;
  /** Null = it is gone. */
  readonly figures: string | null;
  readonly atMs: number;
}

function instantMs(iso: string | null): number | null {
  return iso === null ? null : Date.parse(iso);
}
