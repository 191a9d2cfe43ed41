import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import { styled } from '@mui/material/styles';
import TextField from '@mui/material/TextField';
import { type ReactElement, useState } from 'react';
import type { SshInput } from '#shared/contract/connections.ts';
import type { UserError } from '#shared/model/error-codes.ts';
import { FormDialog } from '#renderer/components/FormDialog.tsx';

export type SshAnswer = Pick<SshInput, 'password' | 'passphrase' | 'trustFingerprint'>;

/** Whether the user can go on from this error by an answer: an unknown host, or a secret that ssh wants. */
export function isSshQuestion({ code }: UserError): boolean {
  return code === 'SSH_HOST_UNKNOWN' || code === 'SSH_PASSWORD' || code === 'SSH_PASSPHRASE';
}

interface Props {
  readonly error: UserError;
  readonly isBusy: boolean;
  readonly onAnswer: (answer: SshAnswer) => void;
  readonly onClose: () => void;
}

/** What only the user can tell ssh. A changed host key is no question: it is an error, and stays one. */
export function SshQuestion(props: Props): ReactElement {
  return props.error.code === 'SSH_HOST_UNKNOWN' ? <HostKey {...props} /> : <SecretOf {...props} />;
}

function HostKey({ error, isBusy, onAnswer, onClose }: Props): ReactElement {
  const [isCompared, setCompared] = useState(false);
  const key = error.sshHostKey;
  return (
    <FormDialog
      title="Is this the right SSH server?"
      verb="Trust it and connect"
      reason={isCompared && key ? null : 'Compare the fingerprint first.'}
      isBusy={isBusy}
      error={null}
      failure=""
      onSubmit={() => key && onAnswer({ trustFingerprint: key.fingerprint })}
      onClose={onClose}
    >
      <p>{error.message}</p>
      {key && (
        <Facts>
          <dt>Server</dt>
          <dd dir="ltr">{key.host}</dd>
          <dt>Kind of key</dt>
          <dd>{key.keyType}</dd>
          <dt>Fingerprint</dt>
          <dd className="mono" dir="ltr" translate="no">
            {key.fingerprint}
          </dd>
        </Facts>
      )}
      <p>
        Whoever runs the server can tell its fingerprint: ssh-keygen -lf on its host key prints it. If it is
        another one, somebody stands in between.
      </p>
      <FormControlLabel
        control={<Checkbox size="small" checked={isCompared} onChange={(_, on) => setCompared(on)} />}
        label="I have compared it. Keep it in my known_hosts."
      />
    </FormDialog>
  );
}

function SecretOf({ error, isBusy, onAnswer, onClose }: Props): ReactElement {
  const [text, setText] = useState('');
  const isPassword = error.code === 'SSH_PASSWORD';
  return (
    <FormDialog
      title={isPassword ? 'Password of the SSH server' : 'Passphrase of the SSH key'}
      verb="Connect"
      reason={text === '' ? 'Type it.' : null}
      isBusy={isBusy}
      error={null}
      failure=""
      onSubmit={() => onAnswer(isPassword ? { password: text } : { passphrase: text })}
      onClose={onClose}
    >
      <p>{error.message}</p>
      <TextField
        label={isPassword ? 'SSH password' : 'Passphrase'}
        type="password"
        autoFocus
        margin="dense"
        value={text}
        onChange={(event) => setText(event.target.value)}
        autoComplete="off"
        slotProps={{ htmlInput: { maxLength: 1024 } }}
      />
    </FormDialog>
  );
}

const Facts = styled('dl')(({ theme }) => ({
  display: 'grid',
  gridTemplateColumns: 'auto minmax(0, 1fr)',
  gap: '4px 16px',
  margin: 0,
  '& dt': { color: theme.vars.palette.text.secondary },
  '& dd': { margin: 0, overflowWrap: 'anywhere' },
  '& .mono': { ...theme.typography.mono },
}));
