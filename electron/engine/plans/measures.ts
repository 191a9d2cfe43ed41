import { setTimeout as delay } from 'node:timers/promises';
import type { Measure } from '#shared/model/plan.ts';
import type { WriteSession } from '#engine/postgres/write-session.ts';
import type { MeasureSpec, PlannedAction } from './plan.ts';

/** What has not come to where it should by now, in sentences. */
export function unsettled({ measures }: PlannedAction, values: readonly Measure[]): string[] {
  return measures.flatMap(({ settled }, at) =>
    settled && values[at]?.after !== settled.value ? [settled.otherwise] : [],
  );
}

const SETTLING_MS = 5_000;
const SETTLING_STEP_MS = 100;

/** The figures now; beside those of `before`, where there are some. What cannot be read is null. */
export async function measure(
  session: WriteSession,
  { measures }: PlannedAction,
  before: readonly Measure[],
): Promise<Measure[]> {
  const result: Measure[] = [];
  for (const [at, spec] of measures.entries()) {
    const { label, unit } = spec;
    const earlier = before[at];
    const value = await read(session, spec, earlier ? SETTLING_MS : 0);
    result.push(earlier ? { ...earlier, after: value } : { label, unit, before: value, after: null });
  }
  return result;
}

async function read(
  session: WriteSession,
  { sql, settled }: MeasureSpec,
  patienceMs: number,
): Promise<string | null> {
  const untilMs = performance.now() + patienceMs;
  for (;;) {
    const value = await session.rows(sql).then(
      ([row]) => (row ? figure(row[0]) : null),
      () => null,
    );
    if (!settled || value === settled.value || session.isLost || performance.now() >= untilMs) return value;
    await delay(SETTLING_STEP_MS);
  }
}

/** int8 arrives as a number, numeric as text. */
function figure(value: unknown): string | null {
  return typeof value === 'number' || typeof value === 'string' ? String(value) : null;
}

/** Null where no figure says it. */
export function freedBytes({ measures }: PlannedAction, values: readonly Measure[]): number | null {
  const freed = values.flatMap(({ before, after }, at) =>
    measures[at]?.isFreed && before !== null && after !== null ? [Number(before) - Number(after)] : [],
  );
  return freed.length === 0 ? null : freed.reduce((sum, bytes) => sum + bytes, 0);
}
