import type { DatabaseFact } from '#shared/model/facts.ts';
import { formatDuration } from '#shared/model/format.ts';
import type { Exhaustion, ExhaustionOverview } from '#shared/model/history.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { Catalog } from '#engine/audit/catalog.ts';
import { ID_LIMIT } from '#engine/audit/freeze-ladder.ts';
import type { History } from '#engine/store/history.ts';
import type { DatabaseIdentity } from '#engine/store/identity.ts';
import { type Pace, paceOf, upTo } from '../pace.ts';
import { DAY_MS, forecastRange, type SequenceForecast, sequenceForecasts } from '../sequence-forecast.ts';

/** Below this share, and with more days than this, nobody needs to know yet. */
const WORTH_PERCENT = 1;
const WORTH_DAYS = 3_650;
const POINTS = 240;

/**
 * Sequences, transaction ids and multixact ids: how much is used, and how long the rest lasts at the pace of the stored
 * samples of the last 30 days, up to the values of this snapshot.
 */
export function exhaustion(
  snapshot: Snapshot,
  history: History,
  database: DatabaseIdentity,
): ExhaustionOverview {
  const catalog = new Catalog(snapshot.facts);
  const sequences = sequenceForecasts(snapshot, catalog, history, database);
  const worth = sequences.filter(
    ({ use, daysLeft }) => use.usedPercent >= WORTH_PERCENT || (daysLeft !== null && daysLeft < WORTH_DAYS),
  );
  const all = snapshot.facts.sequences?.length ?? 0;
  const cycling = (snapshot.facts.sequences ?? []).filter((s) => s.isCycled).length;
  return {
    rows: [
      ...worth.map((forecast) => sequenceRow(forecast, catalog)),
      ...idRows(snapshot, history, database),
    ].sort((a, b) => (a.daysLeft ?? Infinity) - (b.daysLeft ?? Infinity) || b.usedPercent - a.usedPercent),
    unlistedSequences: all - cycling - worth.length,
    cyclingSequences: cycling,
  };
}

function sequenceRow({ sequence, use, isUsed, pace, taken }: SequenceForecast, catalog: Catalog): Exhaustion {
  return rowOf({
    what: catalog.label(sequence),
    limitOf: use.limit.origin,
    usedPercent: use.usedPercent,
    remaining: Number(use.remaining),
    pace,
    taken,
    unused: isUsed ? null : 'never used',
    proviso: null,
  });
}

/** Ids are the whole server's, and so is the end: the database with the oldest rows stops all of them. */
function idRows(
  { facts, collectedAt }: Snapshot,
  history: History,
  database: DatabaseIdentity,
): Exhaustion[] {
  const { server } = facts;
  if (!server) return [];
  const range = forecastRange(collectedAt);
  const row = (
    name: string,
    field: 'nextXid' | 'nextMxid',
    ageOf: (database: DatabaseFact) => number,
  ): Exhaustion[] => {
    const oldest = (facts.databases ?? []).reduce<DatabaseFact | null>(
      (a, b) => (a === null || ageOf(b) > ageOf(a) ? b : a),
      null,
    );
    if (!oldest) return [];
    const points = history.series(database, { kind: 'database', field }, range, POINTS);
    const before = points.flatMap(({ at, value }) =>
      value === null ? [] : [{ atMs: Date.parse(at), value: BigInt(value) }],
    );
    const now = { atMs: Date.parse(server.sampledAt), value: BigInt(server[field]) };
    const pace = paceOf(upTo(before, now), true);
    return [
      rowOf({
        what: name,
        limitOf: `oldest row of ${oldest.name}`,
        usedPercent: (ageOf(oldest) / ID_LIMIT) * 100,
        remaining: ID_LIMIT - ageOf(oldest),
        pace,
        taken: Number(pace?.taken ?? 0n),
        unused: null,
        proviso: 'without freezing',
      }),
    ];
  };
  return [
    ...row('Transaction ids', 'nextXid', (d) => d.frozenXidAge),
    ...row('Multixact ids', 'nextMxid', (d) => d.minMxidAge),
  ];
}

interface Parts {
  readonly what: string;
  readonly limitOf: string;
  readonly usedPercent: number;
  readonly remaining: number;
  readonly pace: Pace | null;
  readonly taken: number;
  /** Why there can be no pace. */
  readonly unused: string | null;
  readonly proviso: string | null;
}

function rowOf({ what, limitOf, usedPercent, remaining, pace, taken, unused, proviso }: Parts): Exhaustion {
  const known = { what, limitOf, usedPercent, remaining };
  if (pace === null) {
    return {
      ...known,
      perDay: null,
      daysLeft: null,
      basis: unused ?? 'samples of at least one hour are needed',
    };
  }
  const over = formatDuration(pace.spanMs);
  const setBack = pace.isSetBack ? '; it was set back meanwhile' : '';
  if (taken <= 0) return { ...known, perDay: 0, daysLeft: null, basis: `none taken in ${over}${setBack}` };
  const perDay = (taken / pace.spanMs) * DAY_MS;
  return {
    ...known,
    perDay,
    daysLeft: remaining / perDay,
    basis: `the last ${over}${proviso === null ? '' : `, ${proviso}`}${setBack}`,
  };
}
