import type { FactName, Facts } from '#shared/model/facts.ts';
import { SNAPSHOT_SCHEMA_VERSION, type Snapshot, type Unread } from '#shared/model/snapshot.ts';
import type { ReadSession } from '#engine/postgres/read-session.ts';
import type { CollectContext, Family, OwnFamily, Reporter, SharedFamily } from './family.ts';
import { PLAN } from './plan.ts';
import { readPrelude } from './server.ts';
import { tagStatements } from './tagged-session.ts';
import { failedFamily, keepResult, readTogether } from './transaction.ts';
import { endsCollection, unreadFromError } from './unread.ts';

export interface CollectOptions {
  readonly signal?: AbortSignal | undefined;
  readonly toolVersion: string;
  /** The password that opened the session is one of `isDefaultPassword`. */
  readonly ownPasswordIsDefault: boolean;
  /** Only these facts, and what they are derived from. Default: all. */
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
    facts: { server },
    unread: [],
    indexesToDeparse: new Set(),
    columnTraits: null,
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
  const plan = choosePlan(options.only);
  const families = plan.flat();
  const reporter = createReporter(context, options, families.length);
  const background: Promise<void>[] = [];
  let failure: { readonly error: unknown } | null = null;
  for (const step of plan) {
    if (failure) break;
    try {
      await readTogether(context, step.filter(isShared), reporter);
      for (const family of step.filter(isOwn)) {
        const running = runOwn(context, family, reporter);
        if (family.isBackground)
          background.push(running.catch((error: unknown) => void (failure ??= { error })));
        else await running;
      }
    } catch (error) {
      failure = { error };
    }
  }
  await Promise.all(background);
  if (failure) accountFor(context, families, failure.error);
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

/** Steps in order, without what was not asked for; what facts are derived from stays in. */
function choosePlan(
  only: readonly FactName[] | undefined,
): readonly (readonly (SharedFamily | OwnFamily)[])[] {
  if (!only) return PLAN;
  const wanted = new Set(only);
  for (const family of PLAN.flat().toReversed()) {
    if (family.facts.some((fact) => wanted.has(fact)))
      for (const fact of family.needs ?? []) wanted.add(fact);
  }
  return PLAN.map((step) => step.filter((family) => family.facts.some((fact) => wanted.has(fact))));
}

function createReporter(context: CollectContext, options: CollectOptions, total: number): Reporter {
  let finished = 0;
  return {
    begin: (family) => options.onProgress?.(family.label, finished, total),
    done: (family) => {
      finished += 1;
      if (!options.onFacts) return;
      const known = new Set<string>(family.facts);
      const facts = Object.fromEntries(Object.entries(context.facts).filter(([name]) => known.has(name)));
      options.onFacts(
        facts,
        context.unread.filter((u) => known.has(u.fact)),
      );
    },
  };
}

/** Nothing stays unsaid: each fact that was not reached is unread. */
function accountFor(context: CollectContext, families: readonly Family[], error: unknown): void {
  for (const { facts, label } of families) {
    const missing = facts.filter((fact) => context.facts[fact] === undefined);
    const unsaid = missing.filter(
      (fact) => !context.unread.some((u) => u.fact === fact && u.objectOids === null),
    );
    context.unread.push(...unreadFromError(unsaid, label, error, () => null));
  }
}

function isShared(family: SharedFamily | OwnFamily): family is SharedFamily {
  return 'read' in family;
}

function isOwn(family: SharedFamily | OwnFamily): family is OwnFamily {
  return 'run' in family;
}
