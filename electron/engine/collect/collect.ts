import type { FactName, Facts, GivenFacts } from '#shared/model/facts.ts';
import { SNAPSHOT_SCHEMA_VERSION, type Snapshot, type Unread } from '#shared/model/snapshot.ts';
import type { ReadSession } from '#engine/postgres/read-session.ts';
import type { CollectContext, Family, OwnFamily, Reporter, SharedFamily } from './family.ts';
import { OWN_FAMILIES, SHARED_FAMILIES } from './plan.ts';
import { readPrelude } from './server.ts';
import { tagStatements } from './tagged-session.ts';
import { failedFamily, keepResult, readTogether } from './transaction.ts';
import { endsCollection, unreadFromError } from './unread.ts';

export interface CollectOptions {
  readonly signal?: AbortSignal | undefined;
  readonly toolVersion: string;
  /** The password that opened the session is one of `isDefaultPassword`. */
  readonly ownPasswordIsDefault: boolean;
  /** Become facts as they are. */
  readonly given?: GivenFacts;
  /** Only these facts, and what they are derived from. Default: all but those that only pages show. */
  readonly only?: readonly FactName[];
  /** Called when a family begins: what is read now, how many are done, how many there are. */
  readonly onProgress?: (label: string, done: number, total: number) => void;
  /** Called when facts are final, or known to be unread, so that checks can start while others are still read. */
  readonly onFacts?: (facts: Partial<Facts>, unread: readonly Unread[]) => void;
}

/**
 * Reads all facts of a connected database: a few dozen set-based catalog queries, ACCESS SHARE locks on catalogs only.
 * What cannot be read becomes `unread`, never an error. When the connection breaks or `signal` aborts, the snapshot
 * holds what was read and each remaining fact is unread with cause "connection"; it rejects (CANCELLED,
 * CONNECTION_LOST …) only where not even the server's own facts could be read.
 */
export async function collectSnapshot(reader: ReadSession, options: CollectOptions): Promise<Snapshot> {
  const startedMs = performance.now();
  const session = tagStatements(reader);
  const { signal, ownPasswordIsDefault } = options;
  const { server, names } = await readPrelude(session, { signal, ownPasswordIsDefault });
  const context: CollectContext = {
    session,
    capabilities: session.capabilities,
    signal,
    names,
    lockedTables: new Set(server.lockedTableOids),
    facts: { ...options.given, server },
    unread: [],
    indexesToDeparse: new Set(),
    columnTraits: null,
    tablesWithAcl: null,
  };
  await runPlan(context, options);
  return {
    schemaVersion: SNAPSHOT_SCHEMA_VERSION,
    kind: 'pgvitals-snapshot',
    tool: { name: 'pgvitals', version: options.toolVersion },
    collectedAt: server.sampledAt,
    durationMs: Math.round(performance.now() - startedMs),
    facts: { ...context.facts, server: context.facts.server ?? server },
    unread: context.unread,
  };
}

async function runPlan(context: CollectContext, options: CollectOptions): Promise<void> {
  const { shared, own } = choosePlan(options.only);
  const families = [...shared, ...own];
  const reporter = createReporter(context, options, families.length);
  const background: Promise<void>[] = [];
  let failure: { readonly error: unknown } | null = null;
  const fail = (error: unknown): void => {
    failure ??= { error };
  };
  await readTogether(context, shared, reporter).catch(fail);
  for (const family of own) {
    if (failure) break;
    const running = runOwn(context, family, reporter).catch(fail);
    if (family.isBackground) background.push(running);
    else await running;
  }
  await Promise.all(background);
  if (failure) accountFor(context, families, reporter.finished, failure);
}

async function runOwn(context: CollectContext, family: OwnFamily, reporter: Reporter): Promise<void> {
  reporter.begin(family);
  try {
    keepResult(context, await family.run(context));
  } catch (error) {
    if (endsCollection(error)) throw error;
    keepResult(context, failedFamily(family, error, context));
  }
  reporter.done(family);
}

/** Without what was not asked for; what facts are derived from stays in. */
function choosePlan(only: readonly FactName[] | undefined): {
  readonly shared: readonly SharedFamily[];
  readonly own: readonly OwnFamily[];
} {
  if (!only) {
    const isForAudits = (family: Family): boolean => family.isForPagesOnly !== true;
    return { shared: SHARED_FAMILIES.filter(isForAudits), own: OWN_FAMILIES.filter(isForAudits) };
  }
  const wanted = new Set(only);
  const isWanted = (family: Family): boolean => family.facts.some((fact) => wanted.has(fact));
  for (const family of [...SHARED_FAMILIES, ...OWN_FAMILIES].toReversed()) {
    if (isWanted(family)) for (const fact of family.needs ?? []) wanted.add(fact);
  }
  return { shared: SHARED_FAMILIES.filter(isWanted), own: OWN_FAMILIES.filter(isWanted) };
}

function createReporter(
  context: CollectContext,
  options: CollectOptions,
  total: number,
): Reporter & { readonly finished: ReadonlySet<Family> } {
  const finished = new Set<Family>();
  return {
    finished,
    begin: (family) => options.onProgress?.(family.label, finished.size, total),
    done: (family) => {
      finished.add(family);
      if (!options.onFacts || family.isDraft) return;
      const known = new Set<string>(family.facts);
      const facts = Object.fromEntries(Object.entries(context.facts).filter(([name]) => known.has(name)));
      options.onFacts(
        facts,
        context.unread.filter((u) => known.has(u.fact)),
      );
    },
  };
}

/** Nothing stays unsaid: each fact that was not reached is unread, and what was not completed is unread in part. */
function accountFor(
  context: CollectContext,
  families: readonly Family[],
  finished: ReadonlySet<Family>,
  { error }: { readonly error: unknown },
): void {
  const { facts, unread } = context;
  for (const family of families.filter((f) => !finished.has(f))) {
    const missing = family.facts.filter(
      (fact) => facts[fact] === undefined && !unread.some((u) => u.fact === fact && u.objectOids === null),
    );
    unread.push(...unreadFromError(missing, family.label, error, () => null));
    const incomplete = family.facts.filter(
      (fact) => facts[fact] !== undefined && !unread.some((u) => u.fact === fact && u.cause === 'connection'),
    );
    for (const entry of unreadFromError(incomplete, family.label, error, () => null)) {
      unread.push({ ...entry, objectOids: [] });
    }
  }
}
