import Autocomplete from '@mui/material/Autocomplete';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import MenuItem from '@mui/material/MenuItem';
import { styled } from '@mui/material/styles';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { type ReactElement, type ReactNode, useState } from 'react';
import type { ConnectionInput } from '#shared/contract/connections.ts';
import {
  type Environment,
  ENVIRONMENT_WORDS,
  ENVIRONMENTS,
  type ProfileList,
  type ProfileRow,
} from '#shared/model/profile.ts';
import type { Client } from '#renderer/api/client.ts';
import { useProfileChange } from '#renderer/api/profiles.ts';
import { FormDialog } from '#renderer/components/FormDialog.tsx';
import { announce } from '#renderer/components/LiveRegion.tsx';
import { addressOfProfile, changedInput, copiedInput, inputOfAddress } from './address-form.ts';
import { AddressFields } from './AddressFields.tsx';
import { SecretField } from './SecretField.tsx';

interface Props {
  /** What to edit or to copy; null saves `input`. */
  readonly start: ProfileRow | null;
  readonly isCopy: boolean;
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

const WORDS = {
  line: 'As one line',
  hint: 'A URL or libpq’s keywords; without the password',
  passphrase: 'sslpassword; empty keeps the stored one',
};

/** Everything that a saved connection has: name, environment, address, and where the password comes from. */
export function SaveDialog({ start, isCopy, input, suggestedName, list, onClose }: Props): ReactElement {
  const [typed, setName] = useState(start?.name ?? null);
  const name = typed ?? suggestedName;
  const [environment, setEnvironment] = useState<Environment>(start?.environment ?? 'development');
  const [group, setGroup] = useState(start?.group ?? '');
  const [notes, setNotes] = useState(start?.notes ?? '');
  const [address, setAddress] = useState(start && addressOfProfile(start));
  const [keepPassword, setKeepPassword] = useState(start?.hasStoredPassword ?? list.canStorePasswords);
  // Where it could not be set, a copy goes without: whoever makes this computer run something is asked first.
  const [command, setCommand] = useState(
    isCopy && !list.canSetCommands ? '' : (start?.passwordCommand ?? ''),
  );
  const keeps = keepPassword && list.canStorePasswords;
  const connectionOf = async (client: Client): Promise<ConnectionInput | null> => {
    if (start === null || address === null) return input;
    return isCopy ? copiedInput(address, start, client) : changedInput(address, start, client);
  };
  const save = useProfileChange(
    async (client) =>
      client.profiles.save({
        id: isCopy ? null : (start?.id ?? null),
        name: name.trim(),
        environment,
        group: group.trim() || null,
        notes,
        connection: await connectionOf(client),
        passwordCommand: command.trim() || null,
        keepPassword: keeps,
      }),
    ({ name: saved }) => {
      announce(`Saved ${saved}`);
      onClose();
    },
  );
  const groups = [...new Set(list.profiles.flatMap((other) => other.group ?? []))];
  const isAddressMissing = address !== null && inputOfAddress(address) === null;
  return (
    <FormDialog
      title={start === null ? 'Save this connection' : isCopy ? 'Save a duplicate' : `Edit ${start.name}`}
      verb="Save"
      reason={
        name.trim() === '' ? 'It needs a name.' : isAddressMissing ? 'The address is not complete.' : null
      }
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
      <Pair>
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
      </Pair>
      {start && address && (
        <AddressFields
          form={address}
          onChange={setAddress}
          keep={Object.keys(start.settings)}
          words={WORDS}
          isFirst={false}
          asksPassword={false}
          asksPassphrase={keeps}
        >
          {(tabs, fields) => (
            <Part title="Address" actions={tabs}>
              {fields}
            </Part>
          )}
        </AddressFields>
      )}
      <Part title="Password">
        <div>
          <FormControlLabel
            control={
              <Checkbox
                size="small"
                checked={keeps}
                disabled={!list.canStorePasswords}
                onChange={(_, on) => setKeepPassword(on)}
              />
            }
            label="Keep the password in the keychain of this computer"
          />
          {!list.canStorePasswords && (
            <Hint>
              There is no keychain here, so passwords are not kept: they are asked for, or come from
              ~/.pgpass.
            </Hint>
          )}
        </div>
        {address && keeps && (
          <SecretField
            label="New password"
            value={address.password}
            onChange={(password) => setAddress({ ...address, password })}
            hint={start?.hasStoredPassword ? 'Empty keeps the stored one' : 'Or type it at the next login'}
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
        {isCopy && start?.passwordCommand && !list.canSetCommands && (
          <Hint>The command for the password is not copied: it can be set in the desktop app only.</Hint>
        )}
      </Part>
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
}

function Hint({ children }: { readonly children: ReactNode }): ReactElement {
  return (
    <Typography variant="caption" component="p" sx={{ color: 'text.secondary' }}>
      {children}
    </Typography>
  );
}

const Pair = styled('div')({
  display: 'grid',
  gap: 16,
  gridTemplateColumns: 'repeat(auto-fit, minmax(220px, 1fr))',
});

function Part({
  title,
  actions,
  children,
}: {
  readonly title: string;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}): ReactElement {
  return (
    <Section aria-label={title}>
      <header>
        <h3>{title}</h3>
        {actions}
      </header>
      {children}
    </Section>
  );
}

const Section = styled('section')(({ theme }) => ({
  '&, & .fields': { display: 'grid', gap: 16, gridTemplateColumns: 'minmax(0, 1fr)' },
  borderTop: `1px solid ${theme.vars.palette.divider}`,
  paddingTop: 12,
  '& > header': { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 8 },
  '& h3': { ...theme.typography.h3, margin: 0, marginInlineEnd: 'auto' },
}));
