import { formatDuration } from '#shared/model/format.ts';
import type { Exhaustion } from '#shared/model/history.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { Catalog } from '#engine/audit/catalog.ts';
import { sequenceHolders } from '#engine/audit/sequence-holders.ts';
import { sequenceUse } from '#engine/audit/sequence-range.ts';
import type { History } from '#engine/store/history.ts';
import type { DatabaseIdentity } from '#engine/store/identity.ts';

const DAY_MS = 86_400_000;
/** A slope over less than this says nothing. */
const SHORTEST_MS = 3_600_000;
const LONGEST_MS = 30 * DAY_MS;
const MOST_SEQUENCES = 20;
/** Below this share nobody needs to know yet. */
const WORTH_PERCENT = 1;

/** Sequences and transaction ids: how much is used, and how long the rest lasts at the pace of the stored samples. */
export function exhaustion(snapshot: Snapshot, history: History, database: DatabaseIdentity): Exhaustion[] {
  const nowMs = Date.parse(snapshot.collectedAt);
  const range = { from: new Date(nowMs - LONGEST_MS).toISOString(), to: new Date(nowMs).toISOString() };
  const first = history.samples(database, range)[0] ?? null;
  const spanMs = first === null ? 0 : nowMs - Date.parse(first.at);
  const pace = spanMs >= SHORTEST_MS ? { from: first?.at ?? '', spanMs } : null;
  return [
    ...sequences(snapshot, history, database, pace),
    ...transactionIds(snapshot, history, database, pace),
  ].sort((a, b) => (a.daysLeft ?? Infinity) - (b.daysLeft ?? Infinity) || b.usedPercent - a.usedPercent);
}

type Pace = { readonly from: string; readonly spanMs: number } | null;

function sequences(
  snapshot: Snapshot,
  history: History,
  database: DatabaseIdentity,
  pace: Pace,
): Exhaustion[] {
  const { facts } = snapshot;
  const catalog = new Catalog(facts);
  const values = new Map((facts.sequenceValues ?? []).map((v) => [v.sequenceOid, v.lastValue]));
  const before = pace === null ? new Map<number, string>() : history.sequencesAt(database, pace.from);
  return (facts.sequences ?? [])
    .flatMap((sequence): Exhaustion[] => {
      const last = values.get(sequence.oid) ?? null;
      if (sequence.isCycled || last === null) return [];
      const use = sequenceUse(sequence, last, sequenceHolders(sequence, catalog));
      if (use.usedPercent < WORTH_PERCENT) return [];
      const what = `Sequence ${catalog.label(sequence)}`;
      const then = before.get(sequence.oid);
      if (pace === null || then === undefined)
        return [{ what, usedPercent: use.usedPercent, daysLeft: null, basis: NO_PACE }];
      const steps = Number((BigInt(last) - BigInt(then)) / BigInt(sequence.increment));
      return [
        {
          what,
          usedPercent: use.usedPercent,
          daysLeft: steps <= 0 ? null : (Number(use.remaining) / steps) * (pace.spanMs / DAY_MS),
          basis: steps <= 0 ? `no value taken in ${formatDuration(pace.spanMs)}` : overTime(pace.spanMs),
        },
      ];
    })
    .sort((a, b) => b.usedPercent - a.usedPercent)
    .slice(0, MOST_SEQUENCES);
}

/** Every commit takes an id at most: the days are a lower bound, and freezing starts anew. */
function transactionIds(
  snapshot: Snapshot,
  history: History,
  database: DatabaseIdentity,
  pace: Pace,
): Exhaustion[] {
  const { facts } = snapshot;
  const own = facts.databases?.find((d) => d.oid === facts.server.databaseOid);
  if (!own) return [];
  const END = 2 ** 31;
  const what = 'Transaction ids (oldest unfrozen row)';
  const usedPercent = (own.frozenXidAge / END) * 100;
  const then = pace === null ? null : history.databaseAt(database, pace.from);
  if (pace === null || then === null) return [{ what, usedPercent, daysLeft: null, basis: NO_PACE }];
  const taken = own.xactCommit + own.xactRollback - then.xactCommit - then.xactRollback;
  return [
    {
      what,
      usedPercent,
      daysLeft: taken <= 0 ? null : ((END - own.frozenXidAge) / taken) * (pace.spanMs / DAY_MS),
      basis:
        taken <= 0
          ? 'the counters were reset meanwhile'
          : `${overTime(pace.spanMs)}, if every transaction wrote and nothing were frozen`,
    },
  ];
}

const NO_PACE = 'samples of at least one hour are needed';

function overTime(spanMs: number): string {
  return `at the pace of the last ${formatDuration(spanMs)}`;
}
