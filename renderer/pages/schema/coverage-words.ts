import { formatCountOf, formatDuration } from '#shared/model/format.ts';
import type { Coverage } from '#shared/model/schema.ts';
import type { Mark } from '#renderer/components/SeverityMark.tsx';

const DAY_MS = 86_400_000;

/** Which values have no partition, as a mark and words. */
export function coverageWords(coverage: Coverage): { readonly mark: Mark | null; readonly word: string } {
  const { state, daysLeft, endsAt, gaps, hasDefault, missingRemainders } = coverage;
  const time = formatDuration(Math.abs(daysLeft ?? 0) * DAY_MS);
  const falls = hasDefault ? 'then the default one' : 'then inserts fail';
  const holes = gaps.length === 0 ? '' : `, ${formatCountOf(gaps.length, 'gap')}`;
  switch (state) {
    case 'ended':
      return {
        mark: hasDefault ? 'high' : 'critical',
        word: `ended ${time} ago${hasDefault ? ': all goes to the default one' : ': inserts now fail'}${holes}`,
      };
    case 'soon':
      return { mark: hasDefault ? 'medium' : 'high', word: `${time} left, ${falls}${holes}` };
    case 'ahead':
      return { mark: gaps.length > 0 ? 'low' : null, word: `${time} ahead${holes}` };
    case 'open':
      return { mark: gaps.length > 0 ? 'low' : null, word: `no end${holes}` };
    case 'ends':
      return { mark: gaps.length > 0 ? 'low' : null, word: `ends at ${endsAt ?? 'unknown'}${holes}` };
    case 'default':
      return { mark: null, word: 'the rest goes to the default partition' };
    case 'listed':
      return { mark: null, word: 'only listed values' };
    case 'complete':
      return { mark: null, word: 'every value' };
    case 'incomplete':
      return {
        mark: 'critical',
        word: `${formatCountOf(missingRemainders, 'remainder')} missing: inserts of those fail`,
      };
    case 'unknown':
      return { mark: null, word: 'not judged' };
  }
}
