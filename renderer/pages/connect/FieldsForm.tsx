import Box from '@mui/material/Box';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import type { ReactElement, ReactNode } from 'react';
import { isPort, type Settings, settingsText, settingsWithoutField, withSetting } from './settings.ts';

interface Props {
  readonly settings: Settings;
  /** Beside the user. */
  readonly password?: ReactNode;
  readonly isFirst: boolean;
  readonly onChange: (settings: Settings) => void;
}

/** Host, port, database and user; what has no field is shown, and stays. */
export function FieldsForm({ settings, password, isFirst, onChange }: Props): ReactElement {
  const { port = '' } = settings;
  const isPortBad = !isPort(port);
  const others = settingsText(settingsWithoutField(settings));
  const field = (keyword: string, placeholder: string) => ({
    value: settings[keyword] ?? '',
    placeholder,
    onChange: (event: { readonly target: { readonly value: string } }) =>
      onChange(withSetting(settings, keyword, event.target.value)),
  });
  const label = { shrink: true };
  return (
    <>
      <Box sx={{ display: 'grid', gap: 2, gridTemplateColumns: 'minmax(0, 1fr) 120px' }}>
        <TextField
          label="Host"
          autoFocus={isFirst}
          {...field('host', settings['service'] ? 'what the service says' : 'localhost')}
          helperText="A name, an address or a socket directory"
          slotProps={{
            htmlInput: { spellCheck: false, autoCapitalize: 'none', dir: 'ltr', maxLength: 1024 },
            inputLabel: label,
          }}
        />
        <TextField
          label="Port"
          {...field('port', '5432')}
          error={isPortBad}
          helperText={isPortBad ? '1 to 65535' : ' '}
          slotProps={{ htmlInput: { inputMode: 'numeric', maxLength: 8 }, inputLabel: label }}
        />
      </Box>
      <Box sx={{ display: 'grid', gap: 2, gridTemplateColumns: 'repeat(auto-fit, minmax(140px, 1fr))' }}>
        <TextField
          label="Database"
          {...field('dbname', 'named like the user')}
          slotProps={{ htmlInput: { spellCheck: false, maxLength: 63 }, inputLabel: label }}
        />
        <TextField
          label="User"
          {...field('user', 'your own name here')}
          autoComplete="off"
          slotProps={{ htmlInput: { spellCheck: false, maxLength: 63 }, inputLabel: label }}
        />
        {password}
      </Box>
      {others !== '' && (
        <Typography
          variant="caption"
          component="p"
          sx={{ color: 'text.secondary', overflowWrap: 'anywhere' }}
        >
          Without a field of their own, and kept: <bdi dir="ltr">{others}</bdi>
        </Typography>
      )}
    </>
  );
}
