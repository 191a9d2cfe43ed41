import type { ActivityFact } from '#shared/model/facts.ts';
import type { Catalog } from './catalog.ts';

/** What `clientSessions` are counted against, on every page and in every check. */
export interface ConnectionLimit {
  /** Connections that ordinary roles can have in all: `max` less the reserved ones. */
  readonly usable: number;
  readonly max: number;
  readonly reserved: number;
}

/** Null where max_connections is not readable. reserved_connections exists from 16 on. */
export function connectionLimit(catalog: Catalog): ConnectionLimit | null {
  const max = catalog.numericSetting('max_connections');
  if (max === null) return null;
  const reserved =
    (catalog.numericSetting('superuser_reserved_connections') ?? 0) +
    (catalog.numericSetting('reserved_connections') ?? 0);
  return { usable: Math.max(1, max - reserved), max, reserved };
}

/**
 * Sessions of clients of all databases, without our own. Where the type is hidden from this role, a role name tells
 * clients from background processes, which have none.
 */
export function clientSessions(activity: readonly ActivityFact[]): ActivityFact[] {
  return activity.filter(
    (a) => !a.isOwn && (a.backendType === 'client backend' || (a.backendType === null && a.role !== null)),
  );
}

export function isIdleInTransaction(session: ActivityFact): boolean {
  return session.state === 'idle in transaction' || session.state === 'idle in transaction (aborted)';
}

/** Sessions per key, most first, then by name. */
export function countBy(
  sessions: readonly ActivityFact[],
  key: (session: ActivityFact) => string,
): [string, number][] {
  const counts = new Map<string, number>();
  for (const session of sessions) counts.set(key(session), (counts.get(key(session)) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
}

/** "api: 40" lines for evidence. */
export function countLines(counts: readonly (readonly [string, number])[], most = 10): string[] {
  const shown = counts.slice(0, most).map(([name, count]) => `${name}: ${count}`);
  return counts.length > most ? [...shown, `${counts.length - most} more`] : shown;
}

export function applicationOf(session: ActivityFact): string {
  return session.application || '(no application name)';
}

export function roleOf(session: ActivityFact): string {
  return session.role ?? '(unknown role)';
}

export function stateOf(session: ActivityFact): string {
  return session.state ?? '(hidden)';
}
