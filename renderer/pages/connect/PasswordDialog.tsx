import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import TextField from '@mui/material/TextField';
import { type ReactElement, useState } from 'react';
import { FormDialog } from '#renderer/components/FormDialog.tsx';

interface Props {
  readonly name: string;
  readonly address: string;
  readonly canStore: boolean;
  readonly isBusy: boolean;
  /** Why the last one did not do; null where none was given yet. */
  readonly error: unknown;
  readonly onPassword: (password: string, keep: boolean) => void;
  readonly onClose: () => void;
}

/** The server asks for a password that nobody has stored. */
export function PasswordDialog({
  name,
  address,
  canStore,
  isBusy,
  error,
  onPassword,
  onClose,
}: Props): ReactElement {
  const [password, setPassword] = useState('');
  const [keep, setKeep] = useState(canStore);
  return (
    <FormDialog
      title={`Password for ${name}`}
      verb="Connect"
      reason={password === '' ? 'Type the password.' : null}
      isBusy={isBusy}
      error={error}
      failure="Could not connect"
      onSubmit={() => onPassword(password, keep && canStore)}
      onClose={onClose}
    >
      <p>
        <bdi dir="ltr">{address}</bdi>
      </p>
      <TextField
        label="Password"
        type="password"
        autoFocus
        margin="dense"
        value={password}
        onChange={(event) => setPassword(event.target.value)}
        autoComplete="off"
        slotProps={{ htmlInput: { maxLength: 1024 } }}
      />
      {canStore && (
        <FormControlLabel
          control={<Checkbox size="small" checked={keep} onChange={(_, on) => setKeep(on)} />}
          label="Keep it in the keychain of this computer, once it has worked"
        />
      )}
    </FormDialog>
  );
}
