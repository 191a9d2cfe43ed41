import type { Audit } from '#shared/model/audit.ts';
import type { FactName } from '#shared/model/facts.ts';
import type { Insight } from '#shared/model/insight.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import type { Abortable } from '#engine/engine.ts';
import type { ReadSession } from '#engine/postgres/read-session.ts';
import type { History } from '#engine/store/history.ts';
import type { Journal } from '#engine/store/journal.ts';
import type { ProfileStore } from '#engine/store/profiles.ts';
import type { DatabaseIdentity } from '#engine/store/identity.ts';
import type { FactsView } from './live-facts.ts';

export interface InsightRequest {
  readonly connectionId: string;
  readonly maxAgeMs?: number | undefined;
}

/** What the topics under `insight/` get from the engine. Every call rejects with NOT_CONNECTED for an unknown connection. */
export interface InsightContext {
  /** The facts in `needs`, none older than `maxAgeMs`; reads what is older or missing. */
  facts(request: InsightRequest, needs: readonly FactName[], options: Abortable): Promise<FactsView>;
  /**
   * A short-lived connection for reading that may take long (EXPLAIN ANALYZE, pgstattuple): the pages' own session
   * stays free. At most two at once; a third waits.
   */
  withSession<T>(
    connectionId: string,
    work: (session: ReadSession) => Promise<T>,
    options: Abortable,
  ): Promise<T>;
  /** Which database this is, whatever address it was reached by: the key of its history. */
  identity(connectionId: string, options: Abortable): Promise<DatabaseIdentity>;
  latestAudit(connectionId: string): Audit | null;
  /** How to reach the server itself where a pooler stands in between; null on a direct connection. */
  directConnection(connectionId: string): string | null;
  readonly sampling: Sampling;
  /** What was sampled in this and earlier sessions; in memory only where the host keeps no files. */
  readonly history: History;
  /** What the user defined for a database: categories, delete policies, expected views. */
  readonly profiles: ProfileStore;
  /** What PgVitals itself ran in a database. */
  readonly journal: Journal;
}

/** How often a sample of a connection is stored. */
export interface Sampling {
  /** `seconds` 0 = off; `nextInMs` null = none is due. */
  read(connectionId: string, options: Abortable): Promise<{ seconds: number; nextInMs: number | null }>;
  write(connectionId: string, seconds: number, options: Abortable): Promise<void>;
}

/** Wraps a page's model with its age and with what could not be read for it. */
export function insightOf<T>(
  { snapshot, ageMs, readMs }: FactsView,
  make: (snapshot: Snapshot) => T,
): Insight<T> {
  return { readAt: snapshot.collectedAt, ageMs, readMs, unread: snapshot.unread, data: make(snapshot) };
}
