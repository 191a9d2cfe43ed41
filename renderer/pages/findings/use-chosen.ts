import { useMemo, useState } from 'react';
import type { Finding } from '#shared/model/finding.ts';
import { formatCountOf } from '#shared/model/format.ts';
import { announce } from '#renderer/components/LiveRegion.tsx';

/** The findings that are to be fixed together, by fingerprint; one that a later audit does not have falls out. */
export function useChosen(findings: readonly Finding[]): {
  readonly chosen: ReadonlySet<string>;
  readonly choose: (members: readonly Finding[], on: boolean) => void;
  readonly clear: () => void;
} {
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const chosen = useMemo(
    () =>
      new Set(
        findings.map(({ fingerprint }) => fingerprint).filter((fingerprint) => picked.has(fingerprint)),
      ),
    [findings, picked],
  );
  return {
    chosen,
    choose: (members, on) => {
      const next = new Set(chosen);
      for (const { fingerprint } of members) {
        if (on) next.add(fingerprint);
        else next.delete(fingerprint);
      }
      setPicked(next);
      announce(`${formatCountOf(next.size, 'finding')} chosen to fix`);
    },
    clear: () => setPicked(new Set()),
  };
}
