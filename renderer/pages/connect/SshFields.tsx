import Box from '@mui/material/Box';
import FormControlLabel from '@mui/material/FormControlLabel';
import Switch from '@mui/material/Switch';
import TextField from '@mui/material/TextField';
import type { ReactElement } from 'react';
import type { SshInput } from '#shared/contract/connections.ts';
import type { ProfileSsh } from '#shared/model/profile.ts';

export interface SshForm {
  readonly isOn: boolean;
  readonly destination: string;
  readonly keyFile: string;
}

export const NO_SSH: SshForm = { isOn: false, destination: '', keyFile: '' };

/** What is typed, for the wire; null where there is none, undefined while it is not complete. */
export function inputOfSsh({ isOn, destination, keyFile }: SshForm): SshInput | null | undefined {
  if (!isOn) return null;
  if (destination.trim() === '') return undefined;
  return {
    destination: destination.trim(),
    ...(keyFile.trim() === '' ? {} : { keyFile: keyFile.trim() }),
  };
}

/** A saved one as it would be typed. */
export function formOfHop({ destination, port, user, keyFile }: ProfileSsh): SshForm {
  const host = destination.includes(':') && port !== null ? `[${destination}]` : destination;
  return {
    isOn: true,
    destination: `${user === null ? '' : `${user}@`}${host}${port === null ? '' : `:${port}`}`,
    keyFile: keyFile ?? '',
  };
}

interface Props {
  readonly form: SshForm;
  readonly onChange: (form: SshForm) => void;
}

/** The server in between, in the words of the user's own ssh; passwords are asked for when ssh wants them. */
export function SshFields({ form, onChange }: Props): ReactElement {
  return (
    <Box sx={{ display: 'grid', gap: 2 }}>
      <FormControlLabel
        control={
          <Switch size="small" checked={form.isOn} onChange={(_, isOn) => onChange({ ...form, isOn })} />
        }
        label="Through an SSH server"
      />
      {form.isOn && (
        <Box sx={{ display: 'grid', gap: 2, gridTemplateColumns: 'repeat(auto-fit, minmax(220px, 1fr))' }}>
          <TextField
            label="SSH server"
            autoFocus={form.destination === ''}
            value={form.destination}
            onChange={(event) => onChange({ ...form, destination: event.target.value })}
            helperText="user@host:port, or a name of ~/.ssh/config"
            slotProps={{
              htmlInput: { spellCheck: false, autoCapitalize: 'none', dir: 'ltr', maxLength: 512 },
            }}
          />
          <TextField
            label="Private key"
            value={form.keyFile}
            onChange={(event) => onChange({ ...form, keyFile: event.target.value })}
            helperText="A file; empty leaves it to ssh and its agent"
            slotProps={{
              htmlInput: { spellCheck: false, autoCapitalize: 'none', dir: 'ltr', maxLength: 4096 },
            }}
          />
        </Box>
      )}
    </Box>
  );
}
