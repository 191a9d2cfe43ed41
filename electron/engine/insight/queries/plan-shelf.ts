import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { PlanSummary } from '#shared/model/statement-plans.ts';
import type { PlanNode, StatementPlan } from '#shared/model/queries.ts';
import { sqlTokens } from '#shared/model/sql-lexer.ts';
import { EngineError } from '#engine/errors.ts';
import type { DatabaseIdentity } from '#engine/store/identity.ts';
import type { ProfileStore } from '#engine/store/profiles.ts';
import type { RawPlan } from './explain.ts';
import { asPlan, numberOf, planExtras, planNodes, planObjects } from './plan-tree.ts';
import { planText } from './plan-text.ts';

/** What a plan is made again from; stored where the user keeps it. */
const madePlan = z.object({
  id: z.string(),
  madeAt: z.string(),
  /** Of its statement, the same for all constants. */
  statement: z.string(),
  how: z.string(),
  isAnalyzed: z.boolean(),
  plan: z.record(z.string(), z.unknown()),
  versionNum: z.number(),
  blockSizeBytes: z.number(),
});
export type MadePlan = Readonly<z.infer<typeof madePlan>>;

const TOPIC = 'kept-plans';
const keptPlans = z.array(madePlan);
const MOST_KEPT = 50;
const MOST_KEPT_CHARACTERS = 1_000_000;
/** Per database; older ones are forgotten unless they are kept. */
const MOST_RECENT = 50;

/** Plans of this run of the app, by database, and those that the user keeps. */
export class PlanShelf {
  readonly #recent = new Map<string, MadePlan[]>();
  readonly #profiles: ProfileStore;

  constructor(profiles: ProfileStore) {
    this.#profiles = profiles;
  }

  add(database: DatabaseIdentity, plan: Omit<MadePlan, 'id' | 'madeAt'>): MadePlan {
    const made = { ...plan, id: randomUUID(), madeAt: new Date().toISOString() };
    this.#recent.set(database.key, [made, ...this.#recentOf(database)].slice(0, MOST_RECENT));
    return made;
  }

  /** Newest first. */
  of(database: DatabaseIdentity, text: string): PlanSummary[] {
    const statement = fingerprint(text);
    const kept = this.#kept(database);
    const ids = new Set(kept.map(({ id }) => id));
    return [...this.#recentOf(database).filter(({ id }) => !ids.has(id)), ...kept]
      .filter((made) => made.statement === statement)
      .sort((a, b) => b.madeAt.localeCompare(a.madeAt))
      .map((made) => summaryOf(made, ids));
  }

  /** Throws NOT_FOUND. */
  find(database: DatabaseIdentity, id: string): MadePlan {
    const found = [...this.#recentOf(database), ...this.#kept(database)].find((made) => made.id === id);
    if (found) return found;
    throw new EngineError(
      'NOT_FOUND',
      'This plan is no longer here.',
      'Plans that are not kept are forgotten when PgVitals ends: explain the statement again.',
    );
  }

  keptIds(database: DatabaseIdentity): ReadonlySet<string> {
    return new Set(this.#kept(database).map(({ id }) => id));
  }

  /** Throws NOT_FOUND; BAD_INPUT where it does not fit. */
  keep(database: DatabaseIdentity, id: string, isKept: boolean): void {
    const plan = this.find(database, id);
    const others = this.#kept(database).filter((made) => made.id !== id);
    if (!isKept) {
      // It stays among the recent ones, so that it can be kept again.
      if (!this.#recentOf(database).some((made) => made.id === id))
        this.#recent.set(database.key, [...this.#recentOf(database), plan].slice(0, MOST_RECENT));
      this.#profiles.write(database, TOPIC, others);
      return;
    }
    if (others.length >= MOST_KEPT)
      throw new EngineError(
        'BAD_INPUT',
        `${MOST_KEPT} plans are kept for this database.`,
        'Forget one first.',
      );
    if (JSON.stringify(plan.plan).length > MOST_KEPT_CHARACTERS)
      throw new EngineError('BAD_INPUT', 'This plan is too large to keep.', 'Copy it as JSON instead.');
    this.#profiles.write(database, TOPIC, [plan, ...others]);
  }

  #recentOf(database: DatabaseIdentity): readonly MadePlan[] {
    return this.#recent.get(database.key) ?? [];
  }

  #kept(database: DatabaseIdentity): readonly MadePlan[] {
    return this.#profiles.read(database, TOPIC, keptPlans) ?? [];
  }
}

export interface PlanModel {
  readonly nodes: PlanNode[];
  readonly measured: Pick<StatementPlan, 'executionMs' | 'planningMs' | 'jitMs' | 'triggers'>;
  readonly executionMs: number | null;
  readonly planningMs: number | null;
  readonly relations: string[];
  readonly indexes: string[];
  readonly json: string;
  readonly text: string;
}

/** All that a page shows of a plan by itself. */
export function modelOf({ plan, versionNum, blockSizeBytes }: MadePlan): PlanModel {
  const measured = {
    executionMs: numberOf(plan, 'Execution Time'),
    planningMs: numberOf(plan, 'Planning Time'),
    ...planExtras(plan),
  };
  return {
    nodes: planNodes(plan, blockSizeBytes),
    measured,
    executionMs: measured.executionMs,
    planningMs: measured.planningMs,
    ...planObjects(plan),
    json: JSON.stringify([plan], null, 2),
    text: planText(plan, versionNum),
  };
}

export function summaryOf(made: MadePlan, keptIds: ReadonlySet<string>): PlanSummary {
  const { id, madeAt, how, isAnalyzed, plan } = made;
  return {
    id,
    madeAt,
    how,
    isAnalyzed,
    totalCost: numberOf(rootOf(plan), 'Total Cost') ?? 0,
    executionMs: numberOf(plan, 'Execution Time'),
    isKept: keptIds.has(id),
  };
}

function rootOf(plan: RawPlan): RawPlan {
  return asPlan(plan['Plan']) ?? {};
}

/** The words of a statement without comments, and with `?` for every constant and parameter. */
export function fingerprint(text: string): string {
  return sqlTokens(text.trim().replace(/;\s*$/, ''))
    .filter(({ kind }) => kind !== 'comment')
    .map(({ kind, text: word }) =>
      kind === 'string' || kind === 'number' || kind === 'parameter'
        ? '?'
        : kind === 'word'
          ? word.toLowerCase()
          : word,
    )
    .join(' ');
}
