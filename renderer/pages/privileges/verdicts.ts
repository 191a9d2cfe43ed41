import type { CapabilityVerdict } from '#shared/model/privileges.ts';
import type { Mark } from '#renderer/components/SeverityMark.tsx';

/** Shape and word of each verdict, and how bad it is: the worst stands first. */
export const VERDICTS: Readonly<
  Record<CapabilityVerdict, { readonly mark: Mark; readonly word: string; readonly rank: number }>
> = {
  no: { mark: 'high', word: 'Cannot', rank: 4 },
  partly: { mark: 'medium', word: 'In part', rank: 3 },
  unknown: { mark: 'low', word: 'Not known', rank: 2 },
  'not here': { mark: 'info', word: 'Not here', rank: 1 },
  yes: { mark: 'pass', word: 'Can', rank: 0 },
};
