import type { Audit } from '#shared/model/audit.ts';
import type { FactName } from '#shared/model/facts.ts';
import type { Finding, Fix } from '#shared/model/finding.ts';
import type { LeftOut } from '#shared/model/plan.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import type { Catalog } from '#engine/audit/catalog.ts';
import { removalRules } from '#engine/audit/index-removal.ts';
import { CHECKS } from '#engine/audit/registry.ts';
import { judgeNow } from '#engine/audit/run.ts';
import type { Built } from './actions/action.ts';
import { draftsOf } from './finding-drafts.ts';
import { type ActionDraft, isAtMost, wayBack } from './plan.ts';

/** The facts that judge these checks anew, and what plans need besides. */
export function needsOf(checks: readonly string[]): readonly FactName[] {
  const wanted = new Set(checks);
  const needs = CHECKS.filter(({ id }) => wanted.has(id)).flatMap(({ needs, wants }) => [
    ...needs,
    ...(wants ?? []),
  ]);
  return [...new Set<FactName>([...needs, ...PLAN_NEEDS])];
}

/** `fileSettings`: the undo of a setting is what its file says. */
const PLAN_NEEDS: readonly FactName[] = ['tables', 'indexes', 'columns', 'constraints', 'fileSettings'];

/** Findings whose fix is safe by itself: R1 or R2, and nothing is lost that the undo does not bring back. */
export function safeFindings(audit: Audit): readonly Finding[] {
  return audit.findings.filter(
    ({ fix, status }) =>
      status !== 'fixed' &&
      status !== 'waived' &&
      fix !== null &&
      fix.sql.length > 0 &&
      isAtMost(fix.risk, 'R2') &&
      wayBack(fix) !== 'none',
  );
}

/** The findings of these checks as they are now, whatever the last audit said. */
export function findingsNow(
  snapshot: Snapshot,
  checks: readonly string[],
  catalog?: Catalog,
): readonly Finding[] {
  const wanted = new Set(checks);
  return judgeNow(
    snapshot,
    CHECKS.filter(({ id }) => wanted.has(id)),
    catalog,
  );
}

/**
 * One plan for several findings, each judged again on the facts of this moment. What is fixed already, has no SQL, is
 * the same change twice, or contradicts another change of the plan is left out, with the reason.
 */
export function fromFindings(chosen: readonly Finding[], snapshot: Snapshot, catalog: Catalog): Built {
  const checks = [...new Set(chosen.map(({ check }) => check))];
  const now = new Map(
    findingsNow(snapshot, checks, catalog).map((finding) => [finding.fingerprint, finding]),
  );
  const leftOut: LeftOut[] = [];
  const drafts: ActionDraft[] = [];
  const planned = new Set<string>();
  for (const { fingerprint, object } of chosen) {
    const finding = now.get(fingerprint);
    const leave = (reason: string): void => void leftOut.push({ name: object.name, reason });
    if (!finding) leave('it is fixed already');
    else if (!finding.fix || finding.fix.sql.length === 0)
      leave('it has to be done by hand; the finding says how');
    else if (finding.fix.sql.every((sql) => planned.has(sql)))
      leave('another finding asks for the same change');
    else {
      for (const draft of draftsOf(finding, finding.fix, catalog)) {
        if (draft.fix.sql.every((sql) => planned.has(sql))) continue;
        for (const sql of draft.fix.sql) planned.add(sql);
        drafts.push(draft);
      }
    }
  }
  const kept = withoutStandIns(drafts, snapshot, catalog, leftOut);
  const ordered = kept.toSorted((a, b) => rankOf(a.fix) - rankOf(b.fix));
  const [only] = ordered;
  return ordered.length === 1 && only
    ? { title: only.fix.title, verb: 'Run', drafts: ordered, leftOut }
    : { title: `Fix ${chosen.length} findings`, verb: 'Run all', drafts: ordered, leftOut };
}

/** An index goes because another one does the same: then that other one must stay, whatever else is said of it. */
function withoutStandIns(
  drafts: readonly ActionDraft[],
  { facts }: Snapshot,
  catalog: Catalog,
  leftOut: LeftOut[],
): readonly ActionDraft[] {
  const dropped = new Set(drafts.flatMap(({ object }) => (object.kind === 'index' ? [object.oid] : [])));
  if (dropped.size < 2 || !facts.indexes || !facts.constraints) return drafts;
  const { plan } = removalRules({ indexes: facts.indexes, constraints: facts.constraints }, catalog);
  return drafts.filter(({ object, fix }) => {
    const replaced = plan.standIns.get(object.oid) ?? [];
    const isDrop = fix.sql[0]?.startsWith('DROP INDEX') === true;
    if (!isDrop || plan.dropped.has(object.oid) || !replaced.some((index) => dropped.has(index.oid)))
      return true;
    leftOut.push({ name: object.name, reason: 'another index of this plan is dropped in its favour' });
    return false;
  });
}

/** What others rely on first, what costs time last. */
function rankOf({ sql: [first = ''] }: Fix): number {
  if (first.startsWith('CREATE')) return 0;
  if (first.startsWith('DROP')) return 2;
  return /^(VACUUM|ANALYZE|REINDEX)\b/.test(first) ? 3 : 1;
}
