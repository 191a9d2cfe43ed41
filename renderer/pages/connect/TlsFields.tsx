import Box from '@mui/material/Box';
import FormControlLabel from '@mui/material/FormControlLabel';
import MenuItem from '@mui/material/MenuItem';
import Switch from '@mui/material/Switch';
import TextField from '@mui/material/TextField';
import { type ReactElement, useState } from 'react';
import { SecretField } from './SecretField.tsx';
import { type Settings, withSetting } from './settings.ts';
import { SSL_MODES } from './ssl-modes.ts';

interface Props {
  readonly settings: Settings;
  readonly onChange: (settings: Settings) => void;
  /** Of the client key; null where none can be given now. */
  readonly passphrase: {
    readonly text: string;
    readonly hint: string;
    readonly onChange: (text: string) => void;
  } | null;
}

/** How the link is encrypted and who proves what, in libpq's terms; files only where they have a say. */
export function TlsFields({ settings, onChange, passphrase }: Props): ReactElement {
  const [isOpened, setOpened] = useState(false);
  const { sslmode = '', sslrootcert = '' } = settings;
  const isClient = isOpened || 'sslcert' in settings || 'sslkey' in settings;
  const change = (keyword: string, value: string): void => onChange(withSetting(settings, keyword, value));
  return (
    <Box sx={{ display: 'grid', gap: 2, gridTemplateColumns: 'minmax(0, 1fr)' }}>
      <TextField
        select
        label="TLS"
        value={SSL_MODES.some(({ mode }) => mode === sslmode) ? sslmode : ''}
        onChange={(event) => change('sslmode', event.target.value)}
        slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
      >
        {sslmode === '' && <MenuItem value="">not set: prefer, or what the service says</MenuItem>}
        {SSL_MODES.map(({ mode, title }) => (
          <MenuItem key={mode} value={mode}>
            {title}
          </MenuItem>
        ))}
      </TextField>
      {(sslmode.startsWith('verify-') || sslrootcert !== '') && (
        <PathField
          label="Root certificate"
          value={sslrootcert}
          onChange={(value) => change('sslrootcert', value)}
          hint={
            sslmode === 'require'
              ? 'sslrootcert: with one, require verifies like verify-ca'
              : 'sslrootcert: a PEM file, or “system”. Empty: ~/.postgresql/root.crt, or else what this computer trusts'
          }
        />
      )}
      {sslmode !== 'disable' && (
        <FormControlLabel
          control={
            <Switch
              size="small"
              checked={isClient}
              onChange={(_, isOn) => {
                setOpened(isOn);
                if (isOn) return;
                onChange(withSetting(withSetting(settings, 'sslcert', ''), 'sslkey', ''));
                passphrase?.onChange('');
              }}
            />
          }
          label="With a client certificate"
        />
      )}
      {sslmode !== 'disable' && isClient && (
        <Box sx={{ display: 'grid', gap: 2, gridTemplateColumns: 'repeat(auto-fit, minmax(220px, 1fr))' }}>
          <PathField
            label="Client certificate"
            value={settings['sslcert'] ?? ''}
            onChange={(value) => change('sslcert', value)}
            hint="sslcert: a PEM file. Empty: ~/.postgresql/postgresql.crt"
          />
          <PathField
            label="Client key"
            value={settings['sslkey'] ?? ''}
            onChange={(value) => change('sslkey', value)}
            hint="sslkey: readable by you alone (0600). Empty: ~/.postgresql/postgresql.key"
          />
          {passphrase && (
            <SecretField
              label="Passphrase of the client key"
              value={passphrase.text}
              hint={passphrase.hint}
              onChange={passphrase.onChange}
            />
          )}
        </Box>
      )}
    </Box>
  );
}

interface PathProps {
  readonly label: string;
  readonly value: string;
  readonly hint: string;
  readonly onChange: (value: string) => void;
}

function PathField({ label, value, hint, onChange }: PathProps): ReactElement {
  return (
    <TextField
      label={label}
      value={value}
      helperText={hint}
      onChange={(event) => onChange(event.target.value)}
      slotProps={{ htmlInput: { spellCheck: false, autoCapitalize: 'none', dir: 'ltr', maxLength: 4096 } }}
    />
  );
}
