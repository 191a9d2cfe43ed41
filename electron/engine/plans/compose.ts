import type { FactName } from '#shared/model/facts.ts';
import type { PreflightItem } from '#shared/model/plan.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { Catalog } from '#engine/audit/catalog.ts';
import { EngineError } from '#engine/errors.ts';
import type { DatabaseIdentity } from '#engine/store/identity.ts';
import type { Built } from './actions/action.ts';
import { withCompanions } from './companions.ts';
import { guardStates, type ReadRows } from './guards.ts';
import { type ActionDraft, highestRisk, phraseOf, type Plan, type PlannedAction, wayBack } from './plan.ts';
import { preflightOf, stop } from './preflight.ts';

/** A list that is longer is not read before it is confirmed. */
export const MOST_ACTIONS = 1_000;

export interface ComposeContext {
  readonly connectionId: string;
  readonly identity: DatabaseIdentity;
  readonly snapshot: Snapshot;
  readonly read: ReadRows;
  /** How to reach the server itself where a pooler stands in between. */
  readonly pooled: string | null;
  readonly undoes: string | null;
  readonly clears: string | null;
}

/** What facts every plan needs, whatever it does. */
export const COMMON_NEEDS: readonly FactName[] = ['tables', 'indexes', 'columns', 'constraints'];

/** Drafts become a plan: undo completed, states of the objects taken, preflight, risk, phrase. Nothing is written. */
export async function compose(built: Built, context: ComposeContext): Promise<Omit<Plan, 'planId'>> {
  const { connectionId, identity, snapshot, read, pooled, undoes, clears } = context;
  const leftOut = [...(built.leftOut ?? [])];
  if (built.drafts.length === 0) {
    const [first] = leftOut;
    throw new EngineError(
      'PLAN_REFUSED',
      first ? `There is nothing to run: ${first.name}: ${first.reason}.` : 'There is nothing to run.',
      'Run the audit again to see what is there now.',
    );
  }
  for (const { object } of built.drafts.slice(MOST_ACTIONS))
    leftOut.push({ name: object.name, reason: `one plan holds at most ${MOST_ACTIONS} changes` });
  const catalog = new Catalog(snapshot.facts);
  const drafts = await withCompanions(built.drafts.slice(0, MOST_ACTIONS), read);
  const states = await statesOf(drafts, read);
  const actions = drafts.map((draft, at): PlannedAction => plannedOf(draft, states[at] ?? []));
  const risk = highestRisk(actions.map((action) => action.risk));
  return {
    connectionId,
    identity,
    title: built.title,
    verb: built.verb,
    risk,
    phrase: phraseOf(risk, actions),
    actions,
    preflight: [
      ...preflightOf(snapshot, drafts, pooled),
      ...existing(drafts, actions),
      ...eachOnce(drafts.flatMap((draft) => draft.preflight ?? [])),
    ],
    mustAccept: drafts.flatMap(({ mustAccept }) => mustAccept ?? []),
    leftOut,
    freedBytes: sum(actions.map((action) => action.freedBytes)),
    estimateMs: sum(drafts.map((draft) => draft.estimateMs ?? estimateOf(draft, catalog))),
    undoes,
    clears,
  };
}

function plannedOf(draft: ActionDraft, guards: PlannedAction['guards']): PlannedAction {
  const { fix, object, freedBytes = null, measures = [], finding = null } = draft;
  const { keep = null, offenders = null, around = null } = draft;
  return {
    ...fix,
    object,
    way: wayBack(fix),
    freedBytes,
    guards,
    measures,
    finding,
    keep,
    offenders,
    around,
  };
}

async function statesOf(drafts: readonly ActionDraft[], read: ReadRows): Promise<PlannedAction['guards'][]> {
  const refs = drafts.map(({ object, guards = [] }) => [object, ...guards]);
  const states = await guardStates(read, refs.flat());
  let next = 0;
  return refs.map((list) => list.map((ref) => ({ ref, state: states[next++] ?? null })));
}

/** What a statement makes must not be there, and what it changes must be. */
function existing(drafts: readonly ActionDraft[], actions: readonly PlannedAction[]): PreflightItem[] {
  return drafts.flatMap(({ object, isNew = false }, at): PreflightItem[] => {
    const isThere = actions[at]?.guards[0]?.state !== null;
    if (isNew && isThere)
      return [stop(`${object.name} exists already.`, 'Look at it; then preview the change again.')];
    // Without an oid it may be what the change is about that it is not there: an extension, a view.
    if (!isNew && !isThere && object.oid !== 0)
      return [stop(`${object.name} is not there any more.`, 'Read the page again.')];
    return [];
  });
}

/** What one worker reads of a table that is not in memory, or builds of an index. */
const BYTES_PER_MS = 50_000;
/** A change of the catalog alone. */
const BRIEF_MS = 50;

/** From the size of the table where its rows are read; an order of magnitude, no more. */
function estimateOf({ fix, object }: ActionDraft, catalog: Catalog): number | null {
  const [first = ''] = fix.sql;
  if (!/^(VACUUM|ANALYZE|REINDEX|REFRESH|CREATE (UNIQUE )?INDEX)\b| VALIDATE /.test(first)) return BRIEF_MS;
  const table = catalog.table(object.oid) ?? catalog.tableNamed(object.schema, object.table ?? object.name);
  return table ? BRIEF_MS + table.sizeBytes / BYTES_PER_MS : null;
}

function eachOnce(items: readonly PreflightItem[]): PreflightItem[] {
  return [...new Map(items.map((item) => [item.text, item])).values()];
}

function sum(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
}
