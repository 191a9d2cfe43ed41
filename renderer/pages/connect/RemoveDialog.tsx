import TextField from '@mui/material/TextField';
import { type ReactElement, useState } from 'react';
import type { ProfileRow } from '#shared/model/profile.ts';
import { useProfileChange } from '#renderer/api/profiles.ts';
import { FormDialog } from '#renderer/components/FormDialog.tsx';
import { announce } from '#renderer/components/LiveRegion.tsx';

interface Props {
  readonly profile: ProfileRow;
  readonly onClose: () => void;
}

/** A saved connection goes when its name was typed; the database, its history and its backups stay. */
export function RemoveDialog({ profile, onClose }: Props): ReactElement {
  const [typed, setTyped] = useState('');
  const remove = useProfileChange(
    (client) => client.profiles.remove({ id: profile.id, name: typed.trim() }),
    () => {
      announce(`Removed ${profile.name}`);
      onClose();
    },
  );
  return (
    <FormDialog
      title={`Remove ${profile.name}`}
      verb="Remove"
      reason={typed.trim() === profile.name ? null : 'The name is not typed yet.'}
      isBusy={remove.isPending}
      error={remove.error}
      failure="It could not be removed"
      onSubmit={() => remove.mutate(undefined)}
      onClose={onClose}
    >
      <p>
        The connection and its stored password are forgotten. The database itself, its history here and its
        backups stay.
      </p>
      <TextField
        label={`Type ${profile.name} to confirm`}
        autoFocus
        margin="dense"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        slotProps={{ htmlInput: { spellCheck: false, autoComplete: 'off' } }}
      />
    </FormDialog>
  );
}
