import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import Typography from '@mui/material/Typography';
import { type ReactElement, type ReactNode, useState } from 'react';
import { FormDialog } from '#renderer/components/FormDialog.tsx';
import { SecretField } from './SecretField.tsx';

interface Props {
  readonly title: string;
  readonly label: string;
  /** Whose it is, a sentence or an address. */
  readonly children: ReactNode;
  /** Whether a keychain could keep it, and the user is to be asked. */
  readonly canStore: boolean;
  readonly isBusy: boolean;
  /** Why the last one did not do; null where none was given yet. */
  readonly error: unknown;
  readonly onSecret: (secret: string, keep: boolean) => void;
  readonly onClose: () => void;
}

/** Something only the user knows, on the way to a connection. */
export function SecretDialog(props: Props): ReactElement {
  const { title, label, children, canStore, isBusy, error, onSecret, onClose } = props;
  const [secret, setSecret] = useState('');
  const [keep, setKeep] = useState(canStore);
  return (
    <FormDialog
      title={title}
      verb="Connect"
      reason={secret === '' && !isBusy ? `Type the ${label.toLowerCase().replace('ssh', 'SSH')}.` : null}
      isBusy={isBusy}
      error={error}
      failure="Could not connect"
      onSubmit={() => {
        onSecret(secret, keep && canStore);
        // Either it was the right one, or another has to be typed.
        setSecret('');
      }}
      onClose={onClose}
    >
      {children && <Typography sx={{ overflowWrap: 'anywhere' }}>{children}</Typography>}
      <SecretField label={label} isFirst value={secret} onChange={setSecret} />
      {canStore && (
        <FormControlLabel
          control={<Checkbox size="small" checked={keep} onChange={(_, on) => setKeep(on)} />}
          label="Keep it in the keychain of this computer, once it has worked"
        />
      )}
    </FormDialog>
  );
}
