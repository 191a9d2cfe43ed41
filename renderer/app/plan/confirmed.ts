import type { PlanPreview } from '#shared/model/plan.ts';

/** What a plan asks of a person before it runs. */
export type Confirmable = Pick<PlanPreview, 'verb' | 'risk' | 'preflight' | 'mustAccept' | 'phrase'>;

/** What the user has ticked and typed. */
export interface Confirmed {
  readonly accepted: ReadonlySet<string>;
  readonly typed: string;
}

export const NOTHING_CONFIRMED: Confirmed = { accepted: new Set(), typed: '' };

/** What is still to be done before the change may run; null = nothing. The engine asks for the same. */
export function openPoint(
  preview: Pick<Confirmable, 'preflight' | 'mustAccept' | 'phrase'>,
  { accepted, typed }: Confirmed,
): string | null {
  const stop = preview.preflight.find(({ verdict }) => verdict === 'stop');
  if (stop) return `It cannot run: ${stop.text}`;
  const left = preview.mustAccept.filter(({ id }) => !accepted.has(id)).length;
  if (left > 0) return left === 1 ? 'Tick what has to be accepted.' : `Tick ${left} points to be accepted.`;
  if (preview.phrase !== null && typed.trim() !== preview.phrase) return `Type ${preview.phrase} to confirm.`;
  return null;
}
