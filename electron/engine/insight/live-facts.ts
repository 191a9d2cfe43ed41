import { LINK_ERRORS } from '#shared/model/error-codes.ts';
import type { FactName, Facts, GivenFacts } from '#shared/model/facts.ts';
import { SNAPSHOT_SCHEMA_VERSION, type Snapshot, type Unread } from '#shared/model/snapshot.ts';
import { collectSnapshot } from '#engine/collect/collect.ts';
import { EngineError, throwIfAborted } from '#engine/errors.ts';
import type { ReadSession } from '#engine/postgres/read-session.ts';
import { retryLostRead } from '#engine/postgres/retry.ts';

export interface FactsView {
  /** The same object as long as none of the facts it was asked for has been read again. */
  readonly snapshot: Snapshot;
  /** Age of the oldest of these facts, by our own steady clock. */
  readonly ageMs: number;
  /** How long the latest reading of them took. */
  readonly readMs: number;
}

export interface ViewOptions {
  readonly signal?: AbortSignal | undefined;
  /** Facts older than this are read again; undefined = any age will do. */
  readonly maxAgeMs?: number | undefined;
  /** All from one reading: what was read at different moments is read again together. */
  readonly isOfOneReading?: boolean;
}

export interface LiveFactsOptions {
  /** Lends the session to read on; connects anew where the old one is lost. */
  readonly withSession: <T>(
    work: (session: ReadSession) => Promise<T>,
    signal: AbortSignal | undefined,
  ) => Promise<T>;
  readonly toolVersion: string;
  readonly ownPasswordIsDefault: boolean;
  /** What this machine knows, as of now. */
  readonly given?: () => GivenFacts;
}

/**
 * The facts of one connection, each as fresh as somebody asked for it: pages that share facts share one reading, and
 * a page that is refreshed reads what it shows and nothing else.
 */
export class LiveFacts {
  readonly #options: LiveFactsOptions;
  #snapshot: Snapshot | null = null;
  #tail: Promise<unknown> = Promise.resolve();
  readonly #reads = new Map<FactName, Reading>();
  readonly #views = new Map<string, { readonly version: string; readonly snapshot: Snapshot }>();
  #readings = 0;
  #linkDown: { readonly error: EngineError; readonly atMs: number } | null = null;

  constructor(options: LiveFactsOptions) {
    this.#options = options;
  }

  /**
   * The facts in `needs` and whatever else has been read. Rejects with CANCELLED or CONNECTION_LOST and keeps what it
   * had; a fact that cannot be read for another reason is in `snapshot.unread`.
   */
  async view(needs: readonly FactName[], options: ViewOptions = {}): Promise<FactsView> {
    // Below infinity, which is the age of what was never read.
    const { signal, maxAgeMs = Number.MAX_VALUE, isOfOneReading = false } = options;
    const askedMs = performance.now();
    const old = (): readonly FactName[] => {
      // What a reading found that began after the question is an answer to it, however long it took.
      const found = needs.filter(
        (fact) => this.#ageMs(fact) > maxAgeMs && (this.#reads.get(fact)?.beganMs ?? 0) < askedMs,
      );
      const isMixed = new Set(needs.map((fact) => this.#reads.get(fact))).size > 1;
      return isOfOneReading && (found.length > 0 || isMixed) ? needs : found;
    };
    // What is in memory never waits for somebody else's reading.
    if (old().length === 0) return this.#viewOf(needs);
    const turn = this.#tail.then(async () => {
      throwIfAborted(signal);
      const wanted = old();
      if (wanted.length === 0) return;
      // Whoever waited behind a reading that found no link need not find the same out, each after its own timeout.
      if (this.#linkDown !== null && this.#linkDown.atMs > askedMs) throw this.#linkDown.error;
      await retryLostRead({ signal }, () => this.#read(wanted, signal)).catch((error: unknown) => {
        if (error instanceof EngineError && LINK_ERRORS.has(error.code))
          this.#linkDown = { error, atMs: performance.now() };
        throw error;
      });
    });
    this.#tail = turn.catch(() => undefined);
    await turn;
    return this.#viewOf(needs);
  }

  /**
   * Takes over what an audit has read. What the end of its connection, or of the user's patience, has cut off is no answer:
   * pages keep what they had of it, and read it when they ask.
   */
  keep(snapshot: Snapshot): void {
    const cut = new Set(snapshot.unread.filter((u) => u.cause === 'connection').map((u) => u.fact));
    const isWhole = (fact: string): boolean => !cut.has(fact as FactName);
    const facts = Object.fromEntries(Object.entries(snapshot.facts).filter(([fact]) => isWhole(fact)));
    const unread = snapshot.unread.filter(({ fact }) => isWhole(fact));
    const failed = unread.filter((u) => u.objectOids === null).map((u) => u.fact);
    this.#put(
      { ...snapshot, facts: { ...facts, server: snapshot.facts.server }, unread },
      failed,
      performance.now() - snapshot.durationMs,
    );
  }

  /** Another database has the name of this one now: nothing that was read holds any more. */
  forget(): void {
    this.#snapshot = null;
    this.#reads.clear();
    this.#views.clear();
  }

  async #read(needs: readonly FactName[], signal: AbortSignal | undefined): Promise<void> {
    const { withSession, toolVersion, ownPasswordIsDefault, given } = this.#options;
    const beganMs = performance.now();
    const snapshot = await withSession(
      (session) =>
        collectSnapshot(session, {
          signal,
          toolVersion,
          ownPasswordIsDefault,
          ...(given ? { given: given() } : {}),
          only: needs,
        }),
      signal,
    );
    const cut = snapshot.unread.find((u) => u.cause === 'connection' && needs.includes(u.fact));
    if (cut) {
      throwIfAborted(signal);
      throw new EngineError('CONNECTION_LOST', cut.reason, 'Try again; PgVitals connects anew.');
    }
    this.#put(snapshot, needs, beganMs);
  }

  #put(snapshot: Snapshot, asked: readonly FactName[], beganMs: number): void {
    this.#readings += 1;
    const read = new Set<FactName>([...(Object.keys(snapshot.facts) as FactName[]), ...asked]);
    const reading: Reading = {
      number: this.#readings,
      beganMs,
      atMs: performance.now(),
      readMs: snapshot.durationMs,
      serverAt: snapshot.collectedAt,
    };
    for (const fact of read) this.#reads.set(fact, reading);
    const before: Partial<Facts> = { ...this.#snapshot?.facts };
    for (const fact of read) delete before[fact];
    const kept: Unread[] = (this.#snapshot?.unread ?? []).filter((u) => !read.has(u.fact));
    this.#snapshot = {
      ...snapshot,
      facts: { ...before, ...snapshot.facts },
      unread: [...kept, ...snapshot.unread],
    };
  }

  #ageMs(fact: FactName): number {
    const reading = this.#reads.get(fact);
    return reading ? performance.now() - reading.atMs : Number.POSITIVE_INFINITY;
  }

  #viewOf(needs: readonly FactName[]): FactsView {
    const readings = needs.flatMap((fact) => this.#reads.get(fact) ?? []);
    const oldest = readings.reduce((a, b) => (b.atMs < a.atMs ? b : a));
    const key = needs.join();
    const version = readings.map((r) => r.number).join();
    let known = this.#views.get(key);
    if (known?.version !== version) {
      if (!this.#snapshot) throw new TypeError('There are no facts to view.');
      const wanted = new Set<FactName>(needs);
      known = {
        version,
        snapshot: {
          ...this.#snapshot,
          schemaVersion: SNAPSHOT_SCHEMA_VERSION,
          collectedAt: oldest.serverAt,
          unread: this.#snapshot.unread.filter((u) => wanted.has(u.fact)),
        },
      };
      this.#views.set(key, known);
    }
    return {
      snapshot: known.snapshot,
      ageMs: Math.round(performance.now() - oldest.atMs),
      readMs: Math.max(...readings.map((r) => r.readMs)),
    };
  }
}

interface Reading {
  readonly beganMs: number;
  readonly number: number;
  readonly atMs: number;
  readonly readMs: number;
  readonly serverAt: string;
}
