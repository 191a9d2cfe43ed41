import type { ReactElement } from 'react';
import type { PreflightItem } from '#shared/model/plan.ts';
import { prose } from '#renderer/components/ObjectName.tsx';
import { VERDICT } from '#renderer/state/words.ts';
import { MarkedLine } from './MarkedLine.tsx';

/** What was looked at before the button is offered; part of a section. */
export function PreflightList({ preflight }: { readonly preflight: readonly PreflightItem[] }): ReactElement {
  return (
    <ul className="plain" aria-label="Looked at first">
      {preflight.map(({ verdict, text, nextStep }) => (
        <li key={text}>
          <MarkedLine {...VERDICT[verdict]}>
            <span dir="auto">{prose(text)}</span>
            {nextStep !== null && <span className="quiet"> {prose(nextStep)}</span>}
          </MarkedLine>
        </li>
      ))}
    </ul>
  );
}
