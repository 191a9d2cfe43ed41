import type { DatabaseFact, Facts } from '#shared/model/facts.ts';
import type { Fix, Severity } from '#shared/model/finding.ts';
import { formatCount, formatPercent } from '#shared/model/format.ts';
import type { CheckContext, Draft } from './check.ts';
import { guidedFix, vacuumTable } from './fixes.ts';
import {
  createLadder,
  type FreezeKind,
  type FreezeLadder,
  type FreezePart,
  ID_LIMIT,
  isBeingVacuumed,
  oldestPart,
} from './freeze-ladder.ts';
import { onPrimary } from './standby.ts';
import { describeHolder, type XminHolder, xminHolders } from './xmin-holders.ts';

/**
 * Findings on the age of the oldest unfrozen ID of every table (with its TOAST table) and every database.
 * Crossing autovacuum_freeze_max_age alone is routine: autovacuum then starts. Ladder: checks.md §5 rows 1 and 2.
 */
export function judgeFreeze(
  kind: FreezeKind,
  facts: Pick<Facts, 'server' | 'tables' | 'databases'> & Partial<Facts>,
  context: CheckContext,
): Draft[] {
  const holders = xminHolders(facts).filter(kind.isHeldBy);
  const ladder = createLadder(kind, context);
  const judged = facts.tables
    .flatMap((table) => oldestPart(table, kind, ladder, context.catalog))
    .sort((a, b) => b.age - a.age);
  const listed = judged.slice(0, context.limit('tablesListedCount'));
  return [
    ...listed.map((part) => tableDraft(part, kind, facts, holders, context)),
    ...facts.databases.flatMap((database): Draft[] => {
      const isOurs = database.oid === facts.server.databaseOid;
      const unlisted = isOurs ? judged.length - listed.length : 0;
      const age = kind.databaseAge(database);
      const severity = ladder.severity(age, ladder.serverFreezeMax);
      // datfrozenxid is the oldest relfrozenxid; where no table of the list is that old, it is a catalog or temporary one.
      const isExplained = isOurs && unlisted === 0 && (judged[0]?.age ?? 0) >= age * 0.99;
      if (!severity || isExplained) return [];
      return [databaseDraft(database, age, severity, unlisted, kind, facts, holders, ladder, isOurs)];
    }),
  ];
}

function tableDraft(
  { table, part, age, severity, freezeMax, failsafe }: FreezePart,
  kind: FreezeKind,
  { server }: Pick<Facts, 'server'>,
  holders: readonly XminHolder[],
  { catalog }: CheckContext,
): Draft {
  const holder = blocking(holders, age, server.database);
  const percent = (age / ID_LIMIT) * 100;
  const isVacuumed = isBeingVacuumed(table, catalog);
  const which = part === 'table' ? '' : 'the TOAST table of ';
  return {
    severity,
    ...confidenceOf(severity, age - freezeMax),
    object: catalog.tableRef(table),
    message: `The oldest unfrozen row of ${which}${catalog.label(table)} is ${formatCount(age)} ${kind.unit} old: ${formatPercent(percent)} of the way to the point where writes are refused.`,
    evidence: {
      age,
      ofLimitPercent: round(percent),
      freezeMaxAge: freezeMax,
      failsafeAge: failsafe,
      oldestPart: part,
      sizeBytes: table.sizeBytes,
      isBeingVacuumed: isVacuumed,
      lastVacuumAt: table.lastVacuumAt,
      lastAutovacuumAt: table.lastAutovacuumAt,
      blocker: holder ? describeHolder(holder) : 'none seen',
    },
    gain: { text: 'Writes go on' },
    fix: onPrimary(
      vacuumTable(table, catalog, 'FREEZE, VERBOSE', [
        ...blockerNotes(holder),
        ...(isVacuumed ? ['A VACUUM of this table is running already: let it end first.'] : []),
      ]),
      server,
    ),
  };
}

function databaseDraft(
  database: DatabaseFact,
  age: number,
  severity: Severity,
  unlisted: number,
  kind: FreezeKind,
  { server }: Pick<Facts, 'server'>,
  holders: readonly XminHolder[],
  ladder: FreezeLadder,
  isOurs: boolean,
): Draft {
  const holder = blocking(holders, age, database.name);
  const percent = (age / ID_LIMIT) * 100;
  return {
    severity,
    ...confidenceOf(severity, age - ladder.serverFreezeMax),
    object: { kind: 'database', oid: database.oid, schema: null, name: database.name, table: null },
    message: `The oldest unfrozen row of the database ${database.name} is ${formatCount(age)} ${kind.unit} old: ${formatPercent(percent)} of the way to the point where writes are refused.`,
    evidence: {
      age,
      ofLimitPercent: round(percent),
      freezeMaxAge: ladder.serverFreezeMax,
      failsafeAge: ladder.failsafe,
      tablesNotListed: unlisted,
      allowsConnections: database.allowsConnections,
      blocker: holder ? describeHolder(holder) : 'none seen',
    },
    gain: { text: 'Writes go on' },
    fix: databaseFix(database, unlisted, holder, isOurs, server.isStandby),
  };
}

function databaseFix(
  database: DatabaseFact,
  unlisted: number,
  holder: XminHolder | undefined,
  isOurs: boolean,
  isStandby: boolean,
): Fix {
  const where = isStandby ? ' on the primary' : '';
  const cause =
    unlisted > 0
      ? `${unlisted} more tables are overdue: run VACUUM (FREEZE)${where} as a superuser, which takes them all.`
      : isOurs
        ? `No table of the list is that old, so a system catalog or a temporary table of an old session holds it: run VACUUM (FREEZE)${where} as a superuser and end sessions that keep old temporary tables.`
        : database.allowsConnections
          ? `Audit the database ${database.name} to see its tables, or run VACUUM (FREEZE) there${where}.`
          : `${database.name} accepts no connections; only autovacuum can freeze it. Allow connections for the time of a VACUUM (FREEZE)${where}.`;
  return guidedFix(`Freeze the database ${database.name}`, [...blockerNotes(holder), cause]);
}

/** A holder stops VACUUM FREEZE from getting the age below its own. */
function blocking(holders: readonly XminHolder[], age: number, database: string): XminHolder | undefined {
  return holders.find((h) => (h.database === null || h.database === database) && h.ageXids >= age / 2);
}

function blockerNotes(holder: XminHolder | undefined): string[] {
  return holder ? [`First end this: ${describeHolder(holder)}. VACUUM can't freeze past it.`] : [];
}

/** So far beyond the limit that a burst of transactions can't explain it: a quarter of the default of 200 million. */
const CLEARLY_OVERDUE = 50_000_000;

function confidenceOf(severity: Severity, overdue: number): Pick<Draft, 'confidence' | 'confidenceReason'> {
  if (severity !== 'medium') {
    return { confidence: 'certain', confidenceReason: 'Read from the catalog.' };
  }
  return {
    confidence: overdue >= CLEARLY_OVERDUE ? 'likely' : 'review',
    confidenceReason:
      'One reading: the age is past the point where autovacuum has to act, but whether it still rises is not known.',
  };
}

function round(percent: number): number {
  return Math.round(percent * 100) / 100;
}
