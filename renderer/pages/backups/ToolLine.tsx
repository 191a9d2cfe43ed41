import Button from '@mui/material/Button';
import { styled } from '@mui/material/styles';
import type { ReactElement } from 'react';
import type { ToolChoice } from '#shared/model/backup.ts';
import { CopyButton } from '#renderer/components/CopyButton.tsx';
import { GrantNotice } from '#renderer/components/GrantNotice.tsx';
import { MarkedLine } from '#renderer/app/plan/MarkedLine.tsx';

/** Which pg_dump does it, and what is wrong with it. */
export function ToolLine({ tools }: { readonly tools: ToolChoice }): ReactElement | null {
  const { chosen, refusal, warnings } = tools;
  if (!chosen)
    return (
      refusal && (
        <MarkedLine mark="high" word="None fits">
          {refusal.message}
        </MarkedLine>
      )
    );
  return (
    <div>
      <MarkedLine mark="info" word="Made by">
        pg_dump {chosen.version} <Quiet>({chosen.origin})</Quiet> <Path dir="ltr">{chosen.dumpPath}</Path>
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
export function ToolRefusal({
  tools,
  onChoose,
}: {
  readonly tools: ToolChoice;
  readonly onChoose: () => void;
}): ReactElement | null {
  const { refusal, installHint } = tools;
  if (refusal === null) return null;
  return (
    <div role="status">
      <GrantNotice
        action={
          <>
            <CopyButton text={installHint} what="how to install it" label="Copy how to" />
            <Button size="small" color="inherit" onClick={onChoose}>
              Choose a folder…
            </Button>
          </>
        }
      >
        <strong>No backup can be made from here.</strong> {refusal.message} {refusal.nextStep}
      </GrantNotice>
    </div>
  );
}

const Quiet = styled('span')(({ theme }) => ({ color: theme.vars.palette.text.secondary }));
const Path = styled('code')(({ theme }) => ({
  ...theme.typography.mono,
  color: theme.vars.palette.text.secondary,
}));
