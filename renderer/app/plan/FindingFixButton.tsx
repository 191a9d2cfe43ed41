import type { ReactElement } from 'react';
import type { Finding } from '#shared/model/finding.ts';
import { useLatestAudit } from '#renderer/api/queries.ts';
import { isOpenFinding } from '#renderer/state/findings.ts';
import { RunPlanButton } from './RunPlanButton.tsx';

interface Props {
  readonly connectionId: string;
  readonly isMeant: (finding: Finding) => boolean;
  /** Where the last audit has no such finding: what is offered instead. */
  readonly otherwise?: ReactElement;
}

/** Runs the fix of a finding from a page that shows the same fact. */
export function FindingFixButton({ connectionId, isMeant, otherwise }: Props): ReactElement | null {
  const { data: audit } = useLatestAudit(connectionId);
  const finding = audit?.findings.find((candidate) => isOpenFinding(candidate) && isMeant(candidate));
  if (!finding?.fix || finding.fix.sql.length === 0) return otherwise ?? null;
  return (
    <RunPlanButton
      connectionId={connectionId}
      request={{ kind: 'findings', fingerprints: [finding.fingerprint] }}
      isProposed
    >
      Run fix…
    </RunPlanButton>
  );
}
