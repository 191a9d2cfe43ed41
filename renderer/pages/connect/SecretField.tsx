import TextField from '@mui/material/TextField';
import type { ReactElement } from 'react';

interface Props {
  readonly label: string;
  readonly value: string;
  readonly hint?: string;
  /** Where it is all that is asked for. */
  readonly isFirst?: boolean;
  readonly onChange: (value: string) => void;
}

/** A secret that is typed; nothing remembers it. */
export function SecretField({ label, value, hint, isFirst = false, onChange }: Props): ReactElement {
  return (
    <TextField
      label={label}
      type="password"
      autoFocus={isFirst}
      value={value}
      helperText={hint}
      onChange={(event) => onChange(event.target.value)}
      autoComplete="off"
      slotProps={{ htmlInput: { maxLength: 1024 } }}
    />
  );
}
