import {
  type BackupRow,
  type BackupScope,
  type PlannedRemoval,
  type RetentionPolicy,
  TRASH_DAYS,
} from '#shared/model/backup.ts';
import { formatCountOf, formatInstant } from '#shared/model/format.ts';

/** What the rules look at. `seq` orders; clocks only tell ages. */
export type RetentionEntry = Pick<
  BackupRow,
  | 'id'
  | 'seq'
  | 'database'
  | 'scope'
  | 'trust'
  | 'startedAt'
  | 'sizeBytes'
  | 'isPinned'
  | 'busy'
  | 'trashedAt'
>;

export interface RetentionPlan {
  /** Into the trash, oldest first. */
  readonly removes: readonly PlannedRemoval[];
  /** All others that are not in the trash, newest first. */
  readonly keeps: readonly PlannedRemoval[];
  /** Out of the trash and gone for good, oldest first. */
  readonly empties: readonly PlannedRemoval[];
  /** Of what is emptied; the trash itself frees nothing. */
  readonly freedBytes: number;
  /**
   * To be typed where more than half of a database's backups would go, or the trash would be emptied long after the last
   * sign of life, which may be a clock that jumped ahead; null = none needed.
   */
  readonly phrase: string | null;
  /** Why nothing may go now; then nothing is in `removes` and `empties`. */
  readonly refusal: { readonly message: string; readonly nextStep: string } | null;
}

/**
 * Which backups may go by rule (reliability.md §4.6), each with the reason in words.
 *
 * A backup goes only when it is older than the policy's days, and the newest ones that hold at least as much (a backup of
 * the whole database stands for one of its tables, not the other way round) are enough without it: the policy's number,
 * at least two, of which the newest passed its proof. Never: the last verified one, a pinned one, one in use, one that is
 * not ours or whose place is not there. Damaged ones count for nothing, and their dates prove nothing: they stay until
 * somebody deletes them by hand.
 *
 * Ages are counted back from the newest proven backup, not from this moment: where backups stop, or the clock jumps ahead,
 * nothing grows old. An entry is never older than one that was made before it, whatever its clock said.
 */
export function planRetention(
  entries: readonly RetentionEntry[],
  policy: RetentionPolicy,
  nowMs: number,
): RetentionPlan {
  const present = entries.filter(({ trashedAt }) => trashedAt === null).toSorted((a, b) => b.seq - a.seq);
  const refusal = clockRefusal(entries, nowMs);
  if (refusal !== null)
    return {
      removes: [],
      keeps: present.map((entry) => planned(entry, 'nothing is deleted while the clock is in doubt')),
      empties: [],
      freedBytes: 0,
      phrase: null,
      refusal,
    };

  const judged = [...Map.groupBy(present, ({ database }) => database).values()].flatMap((own) =>
    judgeDatabase(own, policy),
  );
  const empties = entries
    .filter((entry) => isExpired(entry, nowMs))
    .toSorted((a, b) => a.seq - b.seq)
    .map((entry) => planned(entry, `in the trash since ${formatInstant(entry.trashedAt ?? '')}`));
  const plan = split(judged, present);
  return {
    ...plan,
    phrase:
      plan.phrase ?? (empties.length > 0 && hasJumped(entries, nowMs) ? phraseOf(empties.length) : null),
    empties,
    freedBytes: empties.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    refusal: null,
  };
}

/**
 * What a deletion by hand may take: everything but pinned backups, those in use, those that are not ours, and what would
 * leave the whole database without a verified or without an intact backup where it had one.
 */
export function planDeletion(
  entries: readonly RetentionEntry[],
  ids: readonly string[],
): Pick<RetentionPlan, 'removes' | 'keeps' | 'phrase'> {
  const present = entries.filter(({ trashedAt }) => trashedAt === null).toSorted((a, b) => a.seq - b.seq);
  let left = present;
  const judged = present
    .filter(({ id }) => ids.includes(id))
    .map((entry): Judged => {
      const others = left.filter((one) => one !== entry && one.database === entry.database && isWhole(one));
      const never = untouchable(entry) ?? lastOfAll(entry, others);
      if (never === null) left = left.filter((one) => one !== entry);
      return { entry, goes: never === null, reason: never ?? 'chosen by you' };
    });
  return split(judged, present);
}

interface Judged {
  readonly entry: RetentionEntry;
  readonly goes: boolean;
  readonly reason: string;
}

const DAY_MS = 86_400_000;
/** Two machines that share a location need not agree to the second. */
const CLOCK_SLACK_MS = 5 * 60_000;
const FEWEST_KEPT = 2;
const LONG_SILENCE_DAYS = 90;

/** Newest first. */
function judgeDatabase(own: readonly RetentionEntry[], policy: RetentionPolicy): readonly Judged[] {
  const madeMs = trueTimes(own);
  const keepAtLeast = Math.max(FEWEST_KEPT, policy.keepAtLeast);
  return own.map((entry): Judged => {
    const keep = (reason: string): Judged => ({ entry, goes: false, reason });
    const never = untouchable(entry);
    if (never !== null) return keep(never);
    if (!isGood(entry)) return keep('damaged: it counts for nothing, and only you can delete it');
    const newer = own.filter(
      (one) => one.seq > entry.seq && isGood(one) && one.busy === null && holdsAsMuch(one.scope, entry.scope),
    );
    const newest = newer.at(0);
    if (newest === undefined) return keep('the newest one');
    if (entry.trust === 'verified' && !newer.some(({ trust }) => trust === 'verified'))
      return keep('the last one that a test restore proved');
    if (newer.length < keepAtLeast) return keep(`one of the newest ${keepAtLeast}`);
    const ageMs = (madeMs.get(newest) ?? NaN) - (madeMs.get(entry) ?? NaN);
    if (Number.isNaN(ageMs)) return keep('when it was made cannot be told');
    if (ageMs <= policy.days * DAY_MS)
      return keep(`within ${formatCountOf(policy.days, 'day')} of the newest one`);
    const days = formatCountOf(Math.floor(ageMs / DAY_MS), 'day');
    return { entry, goes: true, reason: `${days} older than the newest; ${newer.length} newer ones` };
  });
}

/** When each was made at the earliest: a clock that was set back does not make one older than those before it. */
function trueTimes(own: readonly RetentionEntry[]): ReadonlyMap<RetentionEntry, number> {
  const times = new Map<RetentionEntry, number>();
  let latestMs = NaN;
  for (const entry of own.toReversed()) {
    const madeMs = Date.parse(entry.startedAt);
    if (!Number.isNaN(madeMs)) latestMs = Number.isNaN(latestMs) ? madeMs : Math.max(latestMs, madeMs);
    times.set(entry, Number.isNaN(madeMs) ? NaN : latestMs);
  }
  return times;
}

function clockRefusal(entries: readonly RetentionEntry[], nowMs: number): RetentionPlan['refusal'] {
  const ahead = entries.find(
    ({ trust, startedAt, trashedAt }) =>
      trust !== 'foreign' &&
      [startedAt, trashedAt ?? ''].some((at) => Date.parse(at) > nowMs + CLOCK_SLACK_MS),
  );
  if (ahead === undefined) return null;
  return {
    message: `It is ${formatInstant(new Date(nowMs).toISOString())} by the clock of this machine, but ${titleOf(ahead)} was made or deleted later than that: the clock is wrong, or was.`,
    nextStep:
      'Set the clock right. If it was wrong when that backup was made, delete that one by hand; then try again.',
  };
}

/** Nothing was made or deleted for a quarter of a year: perhaps it only looks so. */
function hasJumped(entries: readonly RetentionEntry[], nowMs: number): boolean {
  const signsMs = entries
    .flatMap(({ startedAt, trashedAt }) => [Date.parse(startedAt), Date.parse(trashedAt ?? '')])
    .filter((at) => !Number.isNaN(at));
  return nowMs - Math.max(...signsMs) > LONG_SILENCE_DAYS * DAY_MS;
}

function isExpired({ trashedAt, trust, isPinned, busy }: RetentionEntry, nowMs: number): boolean {
  if (trashedAt === null || isPinned || busy !== null || trust === 'foreign' || trust === 'missing')
    return false;
  return nowMs - Date.parse(trashedAt) > TRASH_DAYS * DAY_MS;
}

/** Why nothing may ever touch it; null = the rules decide. */
function untouchable({ isPinned, busy, trust }: RetentionEntry): string | null {
  if (busy !== null) return busy;
  if (isPinned) return 'pinned';
  if (trust === 'foreign') return 'not made here, or its manifest was changed: it is left alone';
  if (trust === 'missing') return 'its place is not there';
  return null;
}

function lastOfAll(entry: RetentionEntry, others: readonly RetentionEntry[]): string | null {
  if (!isWhole(entry) || !isGood(entry)) return null;
  if (!others.some(isGood)) return 'the last intact one';
  if (entry.trust === 'verified' && !others.some(({ trust }) => trust === 'verified'))
    return 'the last one that a test restore proved';
  return null;
}

function isGood({ trust }: RetentionEntry): boolean {
  return trust === 'verified' || trust === 'intact';
}

function isWhole({ scope }: RetentionEntry): boolean {
  return scope.kind === 'database';
}

/** Whether a backup of `scope` stands for one of `other`: holds everything that the other holds. */
function holdsAsMuch(scope: BackupScope, other: BackupScope): boolean {
  if (scope.kind === 'database') return true;
  if (other.kind === 'database') return false;
  if (scope.kind === 'schemas') {
    const needed = other.kind === 'schemas' ? other.schemas : other.tables.map(({ schema }) => schema);
    return needed.every((schema) => scope.schemas.includes(schema));
  }
  return (
    other.kind === 'tables' &&
    other.tables.every(({ schema, name }) =>
      scope.tables.some((table) => table.schema === schema && table.name === name),
    )
  );
}

/** Oldest first what goes, newest first what stays. */
function split(
  judged: readonly Judged[],
  present: readonly RetentionEntry[],
): Pick<RetentionPlan, 'removes' | 'keeps' | 'phrase'> {
  const bySeq = judged.toSorted((a, b) => a.entry.seq - b.entry.seq);
  const going = bySeq.filter(({ goes }) => goes);
  const staying = bySeq.filter(({ goes }) => !goes).toReversed();
  const plans = (list: readonly Judged[]): PlannedRemoval[] =>
    list.map(({ entry, reason }) => planned(entry, reason));
  const gone = going.map(({ entry }) => entry);
  return { removes: plans(going), keeps: plans(staying), phrase: phraseFor(gone, present) };
}

/** Of the good ones: damaged ones count for nothing here either. */
function phraseFor(gone: readonly RetentionEntry[], present: readonly RetentionEntry[]): string | null {
  const good = Map.groupBy(present.filter(isGood), ({ database }) => database);
  const isMost = [...good.values()].some((own) => {
    const going = own.filter((entry) => gone.includes(entry));
    return going.length * 2 > own.length;
  });
  return isMost ? phraseOf(gone.length) : null;
}

/** Typed by hand: no separators between thousands. */
function phraseOf(count: number): string {
  return `delete ${count} ${count === 1 ? 'backup' : 'backups'}`;
}

function planned(entry: RetentionEntry, reason: string): PlannedRemoval {
  return { id: entry.id, title: titleOf(entry), sizeBytes: entry.sizeBytes, reason };
}

function titleOf({ database, startedAt }: RetentionEntry): string {
  return `${database}, ${formatInstant(startedAt)}`;
}
