import type { Coverage, SkippedCheck } from '#shared/model/audit.ts';
import type { FactName, Facts, OwnRights, ServerFact } from '#shared/model/facts.ts';
import { formatCount } from '#shared/model/format.ts';
import type { CapabilityRow, CapabilityVerdict } from '#shared/model/privileges.ts';
import type { Snapshot, Unread } from '#shared/model/snapshot.ts';
import { CHECKS } from '#engine/audit/registry.ts';
import { LOG_FUNCTIONS } from '#engine/collect/own-rights.ts';
import { isManaged, PROVIDER_WORDS } from '#engine/postgres/provider-words.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';
import { WANTED, type Wanted } from './wanted.ts';

/** What can be read, what not and why, with the checks that miss it; then what can be done beside reading. */
export function capabilityRows(snapshot: Snapshot, coverage: Coverage): readonly CapabilityRow[] {
  const { facts, unread } = snapshot;
  const missing = coverage.skipped.filter((skipped) => rowOf(skipped, unread) !== null);
  return [
    ...WANTED.map((wanted): CapabilityRow => {
      const own = missing.filter((skipped) => rowOf(skipped, unread) === wanted);
      const row = withoutLuck(readRow(wanted, snapshot), wanted, snapshot);
      const blocked = idsOf(own.filter(({ isPartial }) => !isPartial));
      return {
        ...row,
        // A check that names the right is proof enough, whatever the facts look like.
        verdict: row.verdict === 'yes' && own.length > 0 ? 'partly' : row.verdict,
        reason: row.reason ?? own[0]?.reason ?? null,
        unlock: row.unlock ?? (row.verdict === 'yes' ? (own[0]?.grant ?? null) : null),
        blocked,
        partial: idsOf(own).filter((id) => !blocked.includes(id)),
      };
    }),
    ...(facts.ownRights ? doingRows(facts, facts.ownRights) : []),
  ];
}

/** The right that keeps a check from running, or from seeing everything; null where no right would help. */
function rowOf({ check, reason, grant }: SkippedCheck, unread: readonly Unread[]): Wanted | null {
  const cause = unread.find((entry) => entry.reason === reason && entry.cause === 'privilege');
  if (cause) return WANTED.find(({ facts }) => facts.includes(cause.fact)) ?? null;
  if (grant === null) return null;
  const { needs = [], wants = [] } = CHECKS.find(({ id }) => id === check) ?? {};
  const used = new Set<FactName>([...needs, ...wants]);
  const named = WANTED.filter(({ opener }) => opener !== null && grant.includes(opener));
  return named.find(({ facts }) => facts.some((fact) => used.has(fact))) ?? named[0] ?? null;
}

function readRow(
  { key, name, why, facts: names, isOfSuperusers }: Wanted,
  { facts, unread }: Snapshot,
): CapabilityRow {
  const own = unread.filter(({ fact }) => names.includes(fact));
  const forbidden = own.filter(({ cause }) => cause === 'privilege');
  const failed = own.filter(({ cause }) => !['privilege', 'version', 'standby', 'extension'].includes(cause));
  const absent = own.filter(
    ({ cause }) => cause === 'extension' || cause === 'version' || cause === 'standby',
  );
  const shown = forbidden.length > 0 ? forbidden : failed.length > 0 ? failed : absent;
  const grants = [...new Set(forbidden.flatMap(({ grant }) => grant ?? []))];
  const { provider } = facts.server;
  const words = PROVIDER_WORDS[provider];
  return {
    key,
    name,
    why,
    verdict: verdictOf({ names, facts, forbidden, failed, absent }),
    reason: shown.length === 0 ? null : [...new Set(shown.map(({ reason }) => reason))].join(' '),
    unlock: grants.length === 0 ? null : `${grants.join(';\n').replaceAll('; GRANT', ';\nGRANT')};`,
    step:
      forbidden.length === 0
        ? null
        : grants.length > 0
          ? `${runAs(facts.server)}${isOfSuperusers || isManaged(provider) ? '' : ', or as a role with ADMIN OPTION on what is granted'}.`
          : isManaged(provider)
            ? `${words.name} gives this right to nobody.`
            : null,
    blocked: [],
    partial: [],
  };
}

/** What is hidden is hidden from others' rows: that there is none at this moment is no right to see it. */
function withoutLuck(row: CapabilityRow, { isOfStatistics }: Wanted, { facts }: Snapshot): CapabilityRow {
  const { isSuperuser, memberOf, role } = facts.server;
  const may = isSuperuser || memberOf.includes('pg_monitor') || memberOf.includes('pg_read_all_stats');
  if (!isOfStatistics || may || row.verdict !== 'yes') return row;
  return {
    ...row,
    verdict: 'partly',
    reason: 'Nothing is hidden at this moment; what belongs to other roles would be.',
    unlock: `GRANT pg_monitor TO ${quoteIdentifier(role)};`,
    step: `${runAs(facts.server)}.`,
  };
}

/** Rights are kept in catalogs, which a standby only copies. */
function runAs({ isStandby, provider }: ServerFact): string {
  return `Run it${isStandby ? ' on the primary,' : ''} as ${PROVIDER_WORDS[provider].administrator}`;
}

function verdictOf({
  names,
  facts,
  forbidden,
  failed,
  absent,
}: {
  readonly names: readonly FactName[];
  readonly facts: Partial<Facts>;
  readonly forbidden: readonly Unread[];
  readonly failed: readonly Unread[];
  readonly absent: readonly Unread[];
}): CapabilityVerdict {
  if (forbidden.length > 0)
    return forbidden.every(({ objectOids }) => objectOids === null) && names.length === forbidden.length
      ? 'no'
      : 'partly';
  if (failed.length > 0) return 'unknown';
  return absent.length > 0 && names.every((name) => facts[name] === undefined) ? 'not here' : 'yes';
}

/** What no check needs, but a page or a button does. */
function doingRows(facts: Snapshot['facts'], rights: OwnRights): readonly CapabilityRow[] {
  const { isSuperuser, memberOf, role, provider, versionNum } = facts.server;
  const words = PROVIDER_WORDS[provider];
  const to = quoteIdentifier(role);
  const asAdministrator = `${runAs(facts.server)}.`;
  const row = (
    fields: Pick<CapabilityRow, 'key' | 'name' | 'why' | 'verdict'> &
      Partial<Pick<CapabilityRow, 'reason' | 'unlock' | 'step'>>,
  ): CapabilityRow => ({ reason: null, unlock: null, step: null, blocked: [], partial: [], ...fields });
  const { tables, readableTables, measuresBloat } = rights;
  const seesAll = readableTables === tables;
  const canSignal = isSuperuser || memberOf.includes('pg_signal_backend');
  return [
    row({
      key: 'bloat',
      name: 'Measuring bloat',
      why: 'Tables & vacuum and Indexes measure with pgstattuple what is estimated otherwise.',
      ...(measuresBloat === null
        ? {
            verdict: 'not here',
            reason: 'The extension pgstattuple is not installed in this database.',
            unlock: 'CREATE EXTENSION pgstattuple;',
            step: asAdministrator,
          }
        : measuresBloat
          ? { verdict: 'yes' }
          : {
              verdict: 'no',
              reason: 'Its functions are for superusers and members of pg_stat_scan_tables.',
              unlock: `GRANT pg_stat_scan_tables TO ${to};`,
              step: asAdministrator,
            }),
    }),
    row({
      key: 'log',
      name: 'The log of the server',
      why: 'Tables & vacuum reads what autovacuum did from its end, on request only.',
      ...(rights.readsLog
        ? { verdict: 'yes' }
        : {
            verdict: 'no',
            reason:
              'These grants open every file that the server itself can read, passwords included: reading the log on the machine is safer.',
            ...(isManaged(provider)
              ? {
                  reason: 'Files of the server are closed to its customers.',
                  step: `Read it in ${words.log}.`,
                }
              : {
                  unlock: LOG_FUNCTIONS.map(
                    (it) => `GRANT EXECUTE ON FUNCTION pg_catalog.${it} TO ${to};`,
                  ).join('\n'),
                  step: asAdministrator,
                }),
          }),
    }),
    row({
      key: 'data',
      name: 'Rows of all tables',
      why: 'Backups read every table, and EXPLAIN ANALYZE those of its statement. No check reads a row of yours.',
      verdict: tables === 0 || seesAll ? 'yes' : readableTables === 0 ? 'no' : 'partly',
      ...(seesAll
        ? {}
        : {
            reason: [
              `It may read ${formatCount(readableTables)} of ${formatCount(tables)} tables.`,
              ...(versionNum >= 140000
                ? ['pg_read_all_data opens all of them, and the password verifiers in pg_authid too.']
                : []),
            ].join(' '),
            unlock:
              versionNum >= 140000
                ? `GRANT pg_read_all_data TO ${to};`
                : `GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${to};`,
            step: asAdministrator,
          }),
    }),
    row({
      key: 'signal',
      name: 'Ending sessions of others',
      why: 'Activity cancels and terminates what blocks others, after a preview. Looking needs none of it.',
      verdict: canSignal ? 'yes' : 'no',
      ...(canSignal
        ? {}
        : {
            reason: 'Only sessions of its own role; sessions of superusers are for superusers.',
            unlock: `GRANT pg_signal_backend TO ${to};`,
            step: asAdministrator,
          }),
    }),
  ];
}

function idsOf(skipped: readonly SkippedCheck[]): readonly string[] {
  return [...new Set(skipped.map(({ check }) => check))].sort();
}
