import Autocomplete from '@mui/material/Autocomplete';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { type ReactElement, useState } from 'react';
import type { ConnectionInput } from '#shared/contract/connections.ts';
import {
  type Environment,
  ENVIRONMENT_WORDS,
  ENVIRONMENTS,
  type ProfileList,
  type ProfileRow,
} from '#shared/model/profile.ts';
import { useProfileChange } from '#renderer/api/profiles.ts';
import { FormDialog } from '#renderer/components/FormDialog.tsx';
import { announce } from '#renderer/components/LiveRegion.tsx';
import { inputOfHop } from './SshFields.tsx';
import { settingsText } from './settings-text.ts';

interface Props {
  /** Null saves a new one. */
  readonly profile: ProfileRow | null;
  /** What to save; null leaves the address of `profile`, or shows it to be changed. */
  readonly input: ConnectionInput | null;
  readonly suggestedName: string;
  readonly list: ProfileList;
  readonly onClose: () => void;
}

const MEANINGS: Readonly<Record<Environment, string>> = {
  development: 'Nothing is asked beyond what each change needs.',
  staging: 'The same, under another colour.',
  production: 'What blocks or destroys also asks for the name of the connection.',
};

/** Name, environment and where the password comes from: everything that a saved connection has beside its address. */
export function SaveDialog({ profile, input, suggestedName, list, onClose }: Props): ReactElement {
  const before = profile === null ? '' : settingsText(profile.settings);
  const [typed, setName] = useState(profile?.name ?? null);
  const name = typed ?? suggestedName;
  const [environment, setEnvironment] = useState<Environment>(profile?.environment ?? 'development');
  const [group, setGroup] = useState(profile?.group ?? '');
  const [notes, setNotes] = useState(profile?.notes ?? '');
  const [address, setAddress] = useState(before);
  const [password, setPassword] = useState('');
  const [keepPassword, setKeepPassword] = useState(profile?.hasStoredPassword ?? list.canStorePasswords);
  const [command, setCommand] = useState(profile?.passwordCommand ?? '');
  const save = useProfileChange(
    (client) =>
      client.profiles.save({
        id: profile?.id ?? null,
        name: name.trim(),
        environment,
        group: group.trim() || null,
        notes,
        connection: input ?? changedAddress(),
        passwordCommand: command.trim() || null,
        keepPassword: keepPassword && list.canStorePasswords,
      }),
    ({ name: saved }) => {
      announce(`Saved ${saved}`);
      onClose();
    },
  );
  const groups = [...new Set(list.profiles.flatMap((other) => other.group ?? []))];
  return (
    <FormDialog
      title={profile === null ? 'Save this connection' : `Change ${profile.name}`}
      verb="Save"
      reason={name.trim() === '' ? 'It needs a name.' : null}
      isBusy={save.isPending}
      error={save.error}
      failure="It could not be saved"
      onSubmit={() => save.mutate(undefined)}
      onClose={onClose}
    >
      <TextField
        label="Name"
        autoFocus
        required
        margin="dense"
        value={name}
        onChange={(event) => setName(event.target.value)}
        slotProps={{ htmlInput: { maxLength: 80, autoComplete: 'off' }, inputLabel: { required: false } }}
      />
      <TextField
        select
        label="Environment"
        value={environment}
        helperText={MEANINGS[environment]}
        onChange={(event) =>
          setEnvironment(ENVIRONMENTS.find((known) => known === event.target.value) ?? 'development')
        }
      >
        {ENVIRONMENTS.map((known) => (
          <MenuItem key={known} value={known}>
            {ENVIRONMENT_WORDS[known]}
          </MenuItem>
        ))}
      </TextField>
      <Autocomplete
        freeSolo
        size="small"
        options={groups}
        inputValue={group}
        onInputChange={(_, value) => setGroup(value)}
        renderInput={(params) => (
          <TextField {...params} label="Group" helperText="A project or a customer; may stay empty" />
        )}
      />
      {input === null && (
        <TextField
          label="Address"
          multiline
          value={address}
          onChange={(event) => setAddress(event.target.value)}
          helperText="A URL or libpq’s keywords; without the password"
          slotProps={{ htmlInput: { spellCheck: false, dir: 'ltr', maxLength: 4096 } }}
        />
      )}
      <div>
        <FormControlLabel
          control={
            <Checkbox
              size="small"
              checked={keepPassword && list.canStorePasswords}
              disabled={!list.canStorePasswords}
              onChange={(_, on) => setKeepPassword(on)}
            />
          }
          label="Keep the password in the keychain of this computer"
        />
        {!list.canStorePasswords && (
          <Typography variant="caption" component="p" sx={{ color: 'text.secondary' }}>
            There is no keychain here, so passwords are not kept: they are asked for, or come from ~/.pgpass.
          </Typography>
        )}
      </div>
      {input === null && keepPassword && list.canStorePasswords && (
        <TextField
          label="New password"
          type="password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          autoComplete="new-password"
          helperText={
            profile?.hasStoredPassword ? 'Empty keeps the stored one' : 'Or type it at the next login'
          }
        />
      )}
      {(list.canSetCommands || command !== '') && (
        <TextField
          label="Command that prints the password"
          value={command}
          onChange={(event) => setCommand(event.target.value)}
          helperText={
            list.canSetCommands
              ? 'For tokens that live for minutes: run by the shell at each login; its first line is the password'
              : 'Can be removed here, and set in the desktop app only'
          }
          slotProps={{ htmlInput: { spellCheck: false, dir: 'ltr', maxLength: 4096 } }}
        />
      )}
      <TextField
        label="Notes"
        multiline
        minRows={2}
        value={notes}
        onChange={(event) => setNotes(event.target.value)}
        slotProps={{ htmlInput: { maxLength: 4000 } }}
      />
    </FormDialog>
  );

  function changedAddress(): ConnectionInput | null {
    if (address.trim() === before && password === '') return null;
    const hop = profile?.ssh ?? null;
    return {
      text: address.trim(),
      ...(password === '' ? {} : { password }),
      ...(hop === null ? {} : { ssh: inputOfHop(hop) }),
    };
  }
}
