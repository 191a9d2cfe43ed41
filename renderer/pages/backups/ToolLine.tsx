import type { ReactElement } from 'react';
import type { ToolChoice } from '#shared/model/backup.ts';
import { CopyButton } from '#renderer/components/CopyButton.tsx';
import { GrantNotice } from '#renderer/components/GrantNotice.tsx';
import { MarkedLine } from '#renderer/app/plan/MarkedLine.tsx';

/** Which pg_dump does it, and what is wrong with it. */
export function ToolLine({ tools }: { readonly tools: ToolChoice }): ReactElement | null {
  const { chosen, warnings } = tools;
  if (!chosen) return null;
  return (
    <div>
      <MarkedLine mark="info" word="Made by">
        pg_dump {chosen.version} <span title={chosen.dumpPath}>({chosen.origin})</span>
      </MarkedLine>
      {warnings.map((warning) => (
        <MarkedLine key={warning} mark="high" word="Warning">
          {warning}
        </MarkedLine>
      ))}
    </div>
  );
}

/** No client fits: why, and how to get one. */
export function ToolRefusal({ tools }: { readonly tools: ToolChoice }): ReactElement | null {
  const { refusal, installHint } = tools;
  if (refusal === null) return null;
  return (
    <div role="status">
      <GrantNotice action={<CopyButton text={installHint} what="how to install it" label="Copy how to" />}>
        <strong>No backup can be made from here.</strong> {refusal.message} {refusal.nextStep} {installHint}
      </GrantNotice>
    </div>
  );
}
