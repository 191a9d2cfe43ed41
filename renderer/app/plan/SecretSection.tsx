import Button from '@mui/material/Button';
import { useMutation } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { useBackend } from '#renderer/api/client.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { CopyButton } from '#renderer/components/CopyButton.tsx';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';
import { Section } from './Section.tsx';

interface Props {
  readonly connectionId: string;
  readonly jobId: string;
  /** What it is: "The new password of app". */
  readonly label: string;
}

/** What a job made that nobody else knows: handed out once, and only when somebody asks to see it. */
export function SecretSection({ connectionId, jobId, label }: Props): ReactElement {
  const { client } = useBackend();
  const take = useMutation({ mutationFn: () => client.plans.takeSecret({ connectionId, jobId }) });
  const secret = take.data?.secret;
  return (
    <Section title="Only for you">
      {take.error && <ErrorNotice error={toUserError(take.error)} title="It could not be handed out" />}
      {secret === undefined ? (
        <>
          <p>{label} is shown once, and is nowhere in the journal. Have a safe place for it ready.</p>
          <div>
            <Button
              variant="outlined"
              color="inherit"
              disabled={take.isPending}
              onClick={() => take.mutate()}
            >
              Show it once
            </Button>
          </div>
        </>
      ) : secret === null ? (
        <p>{label} was handed out already, or the connection was closed since.</p>
      ) : (
        <>
          <p>{label}:</p>
          <div>
            <code translate="no" dir="ltr">
              {secret}
            </code>{' '}
            <CopyButton text={secret} what={label} />
          </div>
        </>
      )}
    </Section>
  );
}
