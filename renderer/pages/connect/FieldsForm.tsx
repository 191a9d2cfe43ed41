import Box from '@mui/material/Box';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import type { ReactElement } from 'react';
import type { ConnectionInput } from '#shared/contract/connections.ts';
import { SSL_MODES, type SslMode } from './ssl-modes.ts';

export interface Fields {
  readonly host: string;
  readonly port: string;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  readonly sslMode: SslMode;
}

export const START_FIELDS: Fields = {
  host: 'localhost',
  port: '5432',
  database: 'postgres',
  user: 'postgres',
  password: '',
  sslMode: 'prefer',
};

/** Null while something is missing or cannot be. */
export function inputOfFields(fields: Fields): ConnectionInput | null {
  const host = fields.host.trim();
  const port = portOf(fields.port);
  if (host === '' || port === null || fields.database === '' || fields.user === '') return null;
  return { ...fields, host, port };
}

function portOf(text: string): number | null {
  const port = /^\d{1,5}$/.test(text.trim()) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : null;
}

interface Props {
  readonly fields: Fields;
  readonly onChange: (fields: Fields) => void;
}

export function FieldsForm({ fields, onChange }: Props): ReactElement {
  const isPortBad = portOf(fields.port) === null;
  return (
    <>
      <Box sx={{ display: 'grid', gap: 2, gridTemplateColumns: 'minmax(0, 1fr) 120px' }}>
        <TextField
          label="Host"
          autoFocus
          value={fields.host}
          onChange={(event) => onChange({ ...fields, host: event.target.value })}
          helperText="A name, an address or a socket directory"
          slotProps={{ htmlInput: { spellCheck: false, dir: 'ltr' } }}
        />
        <TextField
          label="Port"
          value={fields.port}
          error={isPortBad}
          helperText={isPortBad ? '1 to 65535' : ' '}
          onChange={(event) => onChange({ ...fields, port: event.target.value })}
          slotProps={{ htmlInput: { inputMode: 'numeric' } }}
        />
      </Box>
      <TextField
        label="Database"
        value={fields.database}
        onChange={(event) => onChange({ ...fields, database: event.target.value })}
        slotProps={{ htmlInput: { spellCheck: false, maxLength: 63 } }}
      />
      <Box sx={{ display: 'grid', gap: 2, gridTemplateColumns: 'repeat(2, minmax(0, 1fr))' }}>
        <TextField
          label="User"
          value={fields.user}
          onChange={(event) => onChange({ ...fields, user: event.target.value })}
          autoComplete="off"
          slotProps={{ htmlInput: { spellCheck: false, maxLength: 63 } }}
        />
        <TextField
          label="Password"
          type="password"
          value={fields.password}
          onChange={(event) => onChange({ ...fields, password: event.target.value })}
          autoComplete="off"
        />
      </Box>
      <TextField
        select
        label="TLS"
        value={fields.sslMode}
        onChange={(event) =>
          onChange({
            ...fields,
            sslMode: SSL_MODES.find(({ mode }) => mode === event.target.value)?.mode ?? 'prefer',
          })
        }
      >
        {SSL_MODES.map(({ mode, title }) => (
          <MenuItem key={mode} value={mode}>
            {title}
          </MenuItem>
        ))}
      </TextField>
    </>
  );
}
