import { create } from 'zustand';

/** How often the Activity page reads: as all pages do, every five seconds, or not until asked. */
export type ActivityRefresh = 'as everywhere' | 'fast' | 'paused';

export const FAST_SECONDS = 5;
const TREND_MS = 15 * 60_000;

export interface ConnectionPoint {
  /** Server clock, ms since 1970. */
  readonly atMs: number;
  readonly total: number;
  readonly active: number;
  readonly idleInTransaction: number;
  readonly waiting: number;
}

interface ActivityPageState {
  /** Of this window and this session: who looks closely today need not tomorrow. */
  readonly refresh: ActivityRefresh;
  /** Per connection, oldest first: what the page has seen in the last 15 minutes. */
  readonly trends: ReadonlyMap<string, readonly ConnectionPoint[]>;
  setRefresh(refresh: ActivityRefresh): void;
  record(connectionId: string, point: ConnectionPoint): void;
}

export const useActivityPage = create<ActivityPageState>()((set) => ({
  refresh: 'as everywhere',
  trends: new Map(),
  setRefresh: (refresh) => set({ refresh }),
  record: (connectionId, point) =>
    set(({ trends }) => ({
      trends: new Map(trends).set(connectionId, withPoint(trends.get(connectionId) ?? [], point)),
    })),
}));

/** Adds a reading; the same one again changes nothing, and what is older than 15 minutes goes. */
export function withPoint(
  points: readonly ConnectionPoint[],
  point: ConnectionPoint,
): readonly ConnectionPoint[] {
  const last = points.at(-1);
  if (last && last.atMs >= point.atMs) return points;
  return [...points.filter((known) => known.atMs > point.atMs - TREND_MS), point];
}
