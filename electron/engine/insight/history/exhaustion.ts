import type { DatabaseFact, SequenceFact } from '#shared/model/facts.ts';
import { formatDuration } from '#shared/model/format.ts';
import type { Exhaustion, ExhaustionOverview } from '#shared/model/history.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { Catalog } from '#engine/audit/catalog.ts';
import { ID_LIMIT } from '#engine/audit/freeze-ladder.ts';
import { sequenceHolders } from '#engine/audit/sequence-holders.ts';
import { type SequenceUse, sequenceUse } from '#engine/audit/sequence-range.ts';
import type { History, Range } from '#engine/store/history.ts';
import type { DatabaseIdentity } from '#engine/store/identity.ts';
import { type Pace, paceOf, type Reading } from './pace.ts';

const DAY_MS = 86_400_000;
const LONGEST_MS = 30 * DAY_MS;
/** Of a database with more sequences only the most used are looked at: each has up to 720 hourly values. */
const MOST_SEQUENCES = 200;
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
  const toMs = Date.parse(snapshot.collectedAt);
  const range = {
    from: new Date(toMs - LONGEST_MS).toISOString(),
    to: new Date(toMs + 1).toISOString(),
  };
  const sequences = sequenceRows(snapshot, history, database, range);
  const worth = sequences.filter(
    (row) => row.usedPercent >= WORTH_PERCENT || (row.daysLeft !== null && row.daysLeft < WORTH_DAYS),
  );
  const all = snapshot.facts.sequences?.length ?? 0;
  const cycling = (snapshot.facts.sequences ?? []).filter((s) => s.isCycled).length;
  return {
    rows: [...worth, ...idRows(snapshot, history, database, range)].sort(
      (a, b) => (a.daysLeft ?? Infinity) - (b.daysLeft ?? Infinity) || b.usedPercent - a.usedPercent,
    ),
    unlistedSequences: all - cycling - worth.length,
    cyclingSequences: cycling,
  };
}

interface Held {
  readonly sequence: SequenceFact;
  readonly now: Reading | null;
  readonly use: SequenceUse;
}

function sequenceRows(
  { facts, collectedAt }: Snapshot,
  history: History,
  database: DatabaseIdentity,
  range: Range,
): Exhaustion[] {
  const catalog = new Catalog(facts);
  const values = new Map((facts.sequenceValues ?? []).map((v) => [v.sequenceOid, v]));
  const held = (facts.sequences ?? [])
    .flatMap((sequence): Held[] => {
      const value = values.get(sequence.oid);
      // Begins anew at its end, or its value is hidden.
      if (sequence.isCycled || !value) return [];
      const { lastValue, countedAt } = value;
      const now =
        lastValue === null ? null : { atMs: Date.parse(countedAt ?? collectedAt), value: BigInt(lastValue) };
      return [{ sequence, now, use: sequenceUse(sequence, lastValue, sequenceHolders(sequence, catalog)) }];
    })
    .sort((a, b) => b.use.usedPercent - a.use.usedPercent)
    .slice(0, MOST_SEQUENCES);
  const stored = history.sequenceValues(
    database,
    held.map(({ sequence }) => sequence.oid),
    range,
  );
  return held.map(({ sequence, now, use }) => {
    const before = (stored.get(sequence.oid) ?? []).map(({ at, value }) => ({
      atMs: Date.parse(at),
      value: BigInt(value),
    }));
    const step = BigInt(sequence.increment);
    const pace = now === null ? null : paceOf(upTo(before, now), step > 0n);
    return rowOf({
      what: catalog.label(sequence),
      limitOf: use.limit.origin,
      usedPercent: use.usedPercent,
      remaining: Number(use.remaining),
      pace,
      taken: pace === null ? 0 : Number(pace.taken / (step > 0n ? step : -step)),
      unused: now === null ? 'never used' : null,
      proviso: null,
    });
  });
}

/** Ids are the whole server's, and so is the end: the database with the oldest rows stops all of them. */
function idRows(
  { facts }: Snapshot,
  history: History,
  database: DatabaseIdentity,
  range: Range,
): Exhaustion[] {
  const { server } = facts;
  if (!server) return [];
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

/** What was stored before now, and now. */
function upTo(before: readonly Reading[], now: Reading): Reading[] {
  return [...before.filter((reading) => reading.atMs < now.atMs), now];
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
