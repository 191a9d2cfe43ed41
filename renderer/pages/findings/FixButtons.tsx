import type { ReactElement } from 'react';
import { RunPlanButton } from '#renderer/app/plan/RunPlanButton.tsx';

interface Props {
  readonly connectionId: string;
  /** Fingerprints. */
  readonly chosen: ReadonlySet<string>;
  readonly onDone: () => void;
}

/** As many as one plan takes. */
const MOST_CHOSEN = 1_000;

/** One plan for what is chosen, or for everything that can be undone and blocks nobody. */
export function FixButtons({ connectionId, chosen, onDone }: Props): ReactElement {
  return (
    <>
      <RunPlanButton
        connectionId={connectionId}
        request={{ kind: 'findings', fingerprints: [...chosen].slice(0, MOST_CHOSEN) }}
        isOff={chosen.size === 0}
        onDone={onDone}
      >
        {chosen.size === 0 ? 'Fix selected…' : `Fix ${chosen.size} selected…`}
      </RunPlanButton>
      <RunPlanButton connectionId={connectionId} request={{ kind: 'safe-findings' }}>
        Fix all safe ones…
      </RunPlanButton>
    </>
  );
}
