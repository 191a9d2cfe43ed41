import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import { styled } from '@mui/material/styles';
import Typography from '@mui/material/Typography';
import { type ReactElement, useState } from 'react';
import type { SshInput } from '#shared/contract/connections.ts';
import type { UserError } from '#shared/model/error-codes.ts';
import { FormDialog } from '#renderer/components/FormDialog.tsx';
import { SecretDialog } from './SecretDialog.tsx';

/** What was typed for one login. */
export interface LoginAnswer {
  readonly ssh?: Pick<SshInput, 'password' | 'passphrase' | 'trustFingerprint'>;
  /** Of the client key. */
  readonly keyPassphrase?: string;
}

/** The answers so far, and one more. */
export function withAnswer(before: LoginAnswer, { ssh, ...more }: LoginAnswer): LoginAnswer {
  return { ...before, ...more, ...(ssh === undefined ? {} : { ssh: { ...before.ssh, ...ssh } }) };
}

interface Asking {
  readonly title: string;
  readonly label: string;
  answer(secret: string): LoginAnswer;
}

const SECRETS: Readonly<Partial<Record<UserError['code'], Asking>>> = {
  SSH_PASSWORD: {
    title: 'Password of the SSH server',
    label: 'SSH password',
    answer: (password) => ({ ssh: { password } }),
  },
  SSH_PASSPHRASE: {
    title: 'Passphrase of the SSH key',
    label: 'Passphrase',
    answer: (passphrase) => ({ ssh: { passphrase } }),
  },
  TLS_PASSPHRASE: {
    title: 'Passphrase of the client key',
    label: 'Passphrase',
    answer: (keyPassphrase) => ({ keyPassphrase }),
  },
};

/** Whether the user can go on from this error by an answer: an unknown host, or what opens a key or the SSH server. */
export function isLoginQuestion({ code, sshHostKey }: UserError): boolean {
  return (code === 'SSH_HOST_UNKNOWN' && sshHostKey !== undefined) || code in SECRETS;
}

interface Props {
  readonly error: UserError;
  readonly isBusy: boolean;
  readonly onAnswer: (answer: LoginAnswer) => void;
  readonly onClose: () => void;
}

/** What only the user can tell. A changed host key is no question: it is an error, and stays one. */
export function LoginQuestion(props: Props): ReactElement {
  const { error, isBusy, onAnswer, onClose } = props;
  /** What was answered last: the next question of the kind says why that did not do. */
  const [asked, setAsked] = useState<UserError | null>(null);
  const isRefused = asked !== null && asked !== error;
  const secret = SECRETS[error.code];
  if (!secret) return <HostKey {...props} />;
  return (
    <SecretDialog
      title={secret.title}
      label={secret.label}
      canStore={false}
      isBusy={isBusy}
      error={isRefused && !isBusy ? error : null}
      onSecret={(text) => {
        setAsked(error);
        onAnswer(secret.answer(text));
      }}
      onClose={onClose}
    >
      {isRefused ? null : error.message}
    </SecretDialog>
  );
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
      onSubmit={() => key && onAnswer({ ssh: { trustFingerprint: key.fingerprint } })}
      onClose={onClose}
    >
      <Typography>
        This SSH server was never met before. Nothing is sent to it until you have compared its key.
      </Typography>
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
      <Typography>
        Whoever runs the server can tell its fingerprint: ssh-keygen -lf on its host key prints it. If it is
        another one, somebody stands in between.
      </Typography>
      <FormControlLabel
        control={<Checkbox size="small" checked={isCompared} onChange={(_, on) => setCompared(on)} />}
        label="I have compared it. Keep it in my known_hosts."
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
