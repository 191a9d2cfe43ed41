import type {
  ActivityFact,
  Facts,
  PreparedTransaction,
  ReplicationClient,
  ReplicationSlot,
} from '#shared/model/facts.ts';
import { formatCount, formatDuration } from '#shared/model/format.ts';
import { describeSession } from './session-fixes.ts';

/** Something that keeps VACUUM from removing rows that are dead to everybody else. */
export type XminHolder = {
  /** How many transactions ago its view of the data began. */
  readonly ageXids: number;
  /** How long it has lasted; null = unknown. */
  readonly ageMs: number | null;
  /** Null = holds back every database. */
  readonly database: string | null;
  readonly label: string;
} & (
  | { readonly kind: 'session'; readonly session: ActivityFact }
  | { readonly kind: 'slot'; readonly slot: ReplicationSlot }
  | { readonly kind: 'prepared'; readonly prepared: PreparedTransaction }
  | { readonly kind: 'standby'; readonly client: ReplicationClient }
);

/** All holders of the xmin horizon, oldest first. Facts that are unread count as empty. */
export function xminHolders(facts: Partial<Facts>): XminHolder[] {
  const vacuuming = new Set((facts.progress ?? []).filter((p) => p.command === 'vacuum').map((p) => p.pid));
  return [
    ...(facts.activity ?? []).flatMap((session) => fromSession(session, vacuuming)),
    ...(facts.replicationSlots ?? []).flatMap(fromSlot),
    ...(facts.preparedTransactions ?? []).map(fromPrepared),
    ...(facts.replicationClients ?? []).flatMap(fromClient),
  ].sort((a, b) => b.ageXids - a.ageXids);
}

/** For notes: "pid 12 (api) holds back VACUUM by 1,200,000 transactions (3 h)". */
export function describeHolder(holder: XminHolder): string {
  const lasting = holder.ageMs === null ? '' : ` (${formatDuration(holder.ageMs)})`;
  return `${holder.label} holds back VACUUM by ${formatCount(holder.ageXids)} transactions${lasting}`;
}

function fromSession(session: ActivityFact, vacuuming: ReadonlySet<number>): XminHolder[] {
  const ageXids = Math.max(session.backendXminAge ?? -1, session.backendXidAge ?? -1);
  // VACUUM ignores other VACUUMs; walsenders are told by replicationClients and slots.
  const isIgnored =
    session.isOwn ||
    vacuuming.has(session.pid) ||
    session.backendType === 'autovacuum worker' ||
    session.backendType === 'walsender';
  if (ageXids < 0 || isIgnored) return [];
  const { database, xactAgeMs: ageMs } = session;
  return [{ kind: 'session', session, ageXids, ageMs, database, label: describeSession(session) }];
}

function fromSlot(slot: ReplicationSlot): XminHolder[] {
  const ageXids = Math.max(slot.xminAge ?? -1, slot.catalogXminAge ?? -1);
  if (ageXids < 0) return [];
  const label = `The ${slot.type} replication slot ${slot.name}`;
  return [{ kind: 'slot', slot, ageXids, ageMs: slot.inactiveMs, database: null, label }];
}

function fromPrepared(prepared: PreparedTransaction): XminHolder {
  const { xidAge: ageXids, ageMs, database, gid } = prepared;
  return { kind: 'prepared', prepared, ageXids, ageMs, database, label: `The prepared transaction ${gid}` };
}

function fromClient(client: ReplicationClient): XminHolder[] {
  if (client.backendXminAge === null) return [];
  const label = `The standby ${standbyName(client)} (hot_standby_feedback)`;
  return [{ kind: 'standby', client, ageXids: client.backendXminAge, ageMs: null, database: null, label }];
}

/** What a person knows a standby by. */
export function standbyName(client: ReplicationClient): string {
  return client.application || client.clientAddress || `pid ${client.pid}`;
}
