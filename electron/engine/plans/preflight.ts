import type { FactName } from '#shared/model/facts.ts';
import { formatDuration } from '#shared/model/format.ts';
import type { PreflightItem } from '#shared/model/plan.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { describeSession } from '#engine/audit/session-fixes.ts';
import { NEEDS_DIRECT_CONNECTION } from '#engine/postgres/direct-connection.ts';
import type { ActionDraft } from './plan.ts';
import { policyOf } from './policy.ts';

/** What `preflightOf` looks at; read anew for every preview. */
export const PREFLIGHT_NEEDS: readonly FactName[] = ['activity', 'preparedTransactions', 'progress'];

/** From here on a transaction is old: CONCURRENTLY waits for it, and VACUUM cannot remove what it sees. */
const OLD_MS = 60_000;
const MOST_NAMED = 3;

/** What is true of the server as a whole and concerns these statements; each action adds what concerns its object. */
export function preflightOf(
  { facts }: Snapshot,
  drafts: readonly ActionDraft[],
  /** What to say where a pooler stands in between; null on a direct connection. */
  pooled: string | null = null,
): PreflightItem[] {
  const statements = drafts.flatMap(({ fix }) => fix.sql);
  const isConcurrent = statements.some((sql) => policyOf(sql).leavesIndexes);
  const isVacuum = statements.some((sql) => /^VACUUM\b/.test(sql));
  const takesLocks = drafts.some(({ fix }) => fix.lock !== 'none');
  const items: PreflightItem[] = [];
  if (facts.server?.isStandby)
    items.push(stop('This server is a standby: it takes no changes.', 'Make the change on the primary.'));
  else items.push(ok('This server is the primary: it takes changes.'));
  if (pooled !== null) items.push(stop(NEEDS_DIRECT_CONNECTION, pooled));
  if (isConcurrent || isVacuum) items.push(...oldTransactions({ facts } as Snapshot, isVacuum));
  if (takesLocks) {
    const running = (facts.progress ?? []).filter(({ relation }) => relation !== null);
    const own = running.filter(({ relationOid }) =>
      drafts.some(({ object }) => object.oid === relationOid && object.oid !== 0),
    );
    for (const { relation, command, pid } of own)
      items.push(
        warning(
          `pid ${pid} runs ${command} on ${relation ?? 'it'} now: the change waits for it.`,
          'Wait until it is over.',
        ),
      );
  }
  return items;
}

function oldTransactions({ facts }: Snapshot, isVacuum: boolean): PreflightItem[] {
  const effect = isVacuum
    ? 'rows that died since then cannot be removed'
    : 'a concurrent index command waits until it ends';
  const old = (facts.activity ?? [])
    .filter((session) => !session.isOwn && (session.xactAgeMs ?? 0) > OLD_MS)
    .filter((session) => session.backendType === null || session.backendType === 'client backend')
    .sort((a, b) => (b.xactAgeMs ?? 0) - (a.xactAgeMs ?? 0));
  const prepared = facts.preparedTransactions ?? [];
  const items = old
    .slice(0, MOST_NAMED)
    .map((session) =>
      warning(
        `${describeSession(session)} has had a transaction open for ${formatDuration(session.xactAgeMs ?? 0)}: ${effect}.`,
        'Let it end first, or ask its owner.',
      ),
    );
  if (old.length > MOST_NAMED)
    items.push(
      warning(`${old.length - MOST_NAMED} more transactions are older than a minute.`, 'Look at Activity.'),
    );
  for (const { gid } of prepared.slice(0, MOST_NAMED))
    items.push(
      warning(`The prepared transaction ${gid} is open: ${effect}.`, 'Ask its transaction manager first.'),
    );
  return items.length > 0 ? items : [ok('No transaction is older than a minute.')];
}

export function ok(text: string): PreflightItem {
  return { verdict: 'ok', text, nextStep: null };
}
export function note(text: string, nextStep: string | null = null): PreflightItem {
  return { verdict: 'note', text, nextStep };
}
export function warning(text: string, nextStep: string | null): PreflightItem {
  return { verdict: 'warning', text, nextStep };
}
export function stop(text: string, nextStep: string | null): PreflightItem {
  return { verdict: 'stop', text, nextStep };
}
