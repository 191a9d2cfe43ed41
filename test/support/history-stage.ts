import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { createEngine } from '#engine/create-engine.ts';
import type { Engine } from '#engine/engine.ts';
import type { EmbeddedMajor } from '#engine/embedded/binaries.ts';
import { RARELY_SAMPLED_FACTS, SAMPLED_FACTS } from '#engine/schedule/sampler.ts';
import { openStore } from '#engine/store/open-store.ts';
import type { Audit } from '#shared/model/audit.ts';
import type { Facts } from '#shared/model/facts.ts';
import type { AuditDiff, HistoryOverview, HistoryRange } from '#shared/model/history.ts';
import type { Insight } from '#shared/model/insight.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { createNodeHost } from '../../electron/hosts/node-host.ts';
import { collectFrom } from '../postgres/collect-support.ts';
import { createDatabase, type TestDatabase, type TestServer, useServer } from './postgres.ts';

const HOUR_MS = 3_600_000;
/** Databases with a past, each gone after its test. */
export function useStages(): { open(major: EmbeddedMajor, sql: string): Promise<Stage> } {
  const servers: Readonly<Record<EmbeddedMajor, { get(): Promise<TestServer> }>> = {
    14: useServer(14),
    15: useServer(15),
    16: useServer(16),
    17: useServer(17),
    18: useServer(18),
  };
  const opened: Stage[] = [];
  afterEach(async () => {
    for (const stage of opened.splice(0)) await stage.close();
  });
  return {
    open: async (major, sql) => {
      const stage = await Stage.open(await createDatabase(await servers[major].get(), sql));
      opened.push(stage);
      return stage;
    },
  };
}

interface Past {
  /** Last values of sequences as of then, by name. */
  readonly sequences?: Readonly<Record<string, string>>;
  /** When they were read, where that was before the sample. */
  readonly countedHoursAgo?: number;
  readonly server?: Partial<Facts['server']>;
  readonly facts?: (facts: Partial<Facts>) => Partial<Facts>;
}

/** A database with a history of which every number is known: real facts, as if they had been read at another time. */
export class Stage {
  readonly database: TestDatabase;
  readonly #dir = mkdtempSync(join(tmpdir(), 'pgvitals-history-'));
  readonly #snapshot: Snapshot;
  readonly #key: string;
  #engine: Engine | null = null;

  private constructor(database: TestDatabase, snapshot: Snapshot, key: string) {
    this.database = database;
    this.#snapshot = snapshot;
    this.#key = key;
  }

  static async open(database: TestDatabase): Promise<Stage> {
    const snapshot = await collectFrom(database.url, { only: [...SAMPLED_FACTS, ...RARELY_SAMPLED_FACTS] });
    const [identity] = await database.query<{ key: string }>(
      `SELECT system_identifier || '/' || d.oid AS key FROM pg_control_system(), pg_database d
       WHERE datname = current_database()`,
    );
    return new Stage(database, snapshot, identity?.key ?? '');
  }

  /** Stores a sample as of so many hours ago, and says when that was. */
  async past(hoursAgo: number, options: Past): Promise<string> {
    const { sequences = {}, countedHoursAgo = hoursAgo, server = {}, facts = (f) => f } = options;
    const ago = (hours: number): string =>
      new Date(Date.parse(this.#snapshot.collectedAt) - hours * HOUR_MS).toISOString();
    const at = ago(hoursAgo);
    const before = this.#snapshot.facts;
    const store = openStore(this.#dir);
    try {
      const names = new Map((before.sequences ?? []).map((s) => [s.oid, s.name]));
      await store.history.record(
        { key: this.#key, label: 'test' },
        {
          ...this.#snapshot,
          collectedAt: at,
          facts: {
            ...before,
            ...facts(before),
            server: { ...before.server, ...server },
            sequenceValues: (before.sequenceValues ?? []).flatMap((value) => {
              const then = sequences[names.get(value.sequenceOid) ?? ''];
              return then === undefined
                ? []
                : [{ ...value, lastValue: then, countedAt: ago(countedHoursAgo) }];
            }),
          },
        },
      );
    } finally {
      store.close();
    }
    return at;
  }

  keep(audits: readonly Audit[]): void {
    const store = openStore(this.#dir);
    for (const audit of audits) store.history.keepAudit({ key: this.#key, label: 'test' }, audit);
    store.close();
  }

  async diff(older: number, newer: number): Promise<AuditDiff> {
    const { engine, connectionId } = await this.connect();
    return engine.insight.history.diff({ connectionId, older, newer }, {});
  }

  async read(range: HistoryRange = 'day', url = this.database.url): Promise<Insight<HistoryOverview>> {
    const { engine, connectionId } = await this.connect(url);
    return engine.insight.history.overview({ connectionId, range, maxAgeMs: 0 }, {});
  }

  /** Of an engine that has this past. */
  async connect(url = this.database.url): Promise<{ engine: Engine; connectionId: string }> {
    this.#engine ??= createEngine(
      createNodeHost({
        kind: 'in-process',
        dataDir: this.#dir,
        toolVersion: 'test',
        writeLogLine: () => undefined,
      }),
    );
    const { id } = await this.#engine.open({ text: url }, {});
    return { engine: this.#engine, connectionId: id };
  }

  async close(): Promise<void> {
    await this.#engine?.close();
    await this.database.drop();
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
