import type { Gain } from '#shared/model/finding.ts';
import { formatBytes, formatDuration } from '#shared/model/format.ts';

/** A gain in words, always marked as an estimate; null where nothing can be said. */
export function gainText(gain: Gain | null): string | null {
  if (!gain) return null;
  if (gain.bytes !== undefined && gain.bytes > 0) return `frees about ${formatBytes(gain.bytes)}`;
  if (gain.msPerDay !== undefined && gain.msPerDay > 0)
    return `saves about ${formatDuration(gain.msPerDay)} a day`;
  return gain.text ?? null;
}

/** The number alone, for a column of them; null where the gain is words. */
export function gainFigure(gain: Gain | null): string | null {
  if (gain?.bytes !== undefined && gain.bytes > 0) return `≈ ${formatBytes(gain.bytes)}`;
  if (gain?.msPerDay !== undefined && gain.msPerDay > 0) return `≈ ${formatDuration(gain.msPerDay)}/day`;
  return null;
}
