import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import { styled } from '@mui/material/styles';
import TextField from '@mui/material/TextField';
import type { ReactElement } from 'react';
import { prose } from '#renderer/components/ObjectName.tsx';
import type { Confirmable, Confirmed } from './confirmed.ts';
import { Section } from './Section.tsx';

interface Props {
  readonly preview: Confirmable;
  readonly confirmed: Confirmed;
  readonly onChange: (confirmed: Confirmed) => void;
}

/** The part that only a person can do: tick what nobody else can know, and type what would be lost. */
export function Confirmation({ preview, confirmed, onChange }: Props): ReactElement | null {
  const { mustAccept, phrase } = preview;
  const { accepted, typed } = confirmed;
  if (mustAccept.length === 0 && phrase === null) return null;
  const tick = (ids: readonly string[], on: boolean): void => {
    const next = new Set(accepted);
    for (const id of ids) {
      if (on) next.add(id);
      else next.delete(id);
    }
    onChange({ ...confirmed, accepted: next });
  };
  const all = mustAccept.map(({ id }) => id);
  return (
    <Section title="Confirm">
      {mustAccept.length > 1 && (
        <FormControlLabel
          control={
            <Checkbox
              size="small"
              checked={all.every((id) => accepted.has(id))}
              indeterminate={all.some((id) => accepted.has(id)) && !all.every((id) => accepted.has(id))}
              onChange={(_, on) => tick(all, on)}
            />
          }
          label={`I have read these ${mustAccept.length} points and accept all of them`}
        />
      )}
      {mustAccept.length > 0 && (
        <Points
          role={mustAccept.length > FEW ? 'region' : undefined}
          aria-label={mustAccept.length > FEW ? 'Points to accept' : undefined}
          tabIndex={mustAccept.length > FEW ? 0 : undefined}
        >
          {mustAccept.map(({ id, text }) => (
            <FormControlLabel
              key={id}
              control={
                <Checkbox size="small" checked={accepted.has(id)} onChange={(_, on) => tick([id], on)} />
              }
              label={<span dir="auto">{prose(text)}</span>}
            />
          ))}
        </Points>
      )}
      {phrase !== null && (
        <TextField
          label={`Type ${phrase} to confirm`}
          value={typed}
          onChange={(event) => onChange({ ...confirmed, typed: event.target.value })}
          slotProps={{
            htmlInput: { spellCheck: false, autoCapitalize: 'off', autoComplete: 'off', dir: 'ltr' },
            inputLabel: { shrink: true, sx: { maxWidth: '100%' } },
          }}
          sx={{ maxWidth: 420, mt: 0.75 }}
        />
      )}
    </Section>
  );
}

const FEW = 4;

const Points = styled('div')({
  display: 'grid',
  gap: 2,
  maxHeight: 200,
  overflow: 'auto',
  '& .MuiFormControlLabel-root': { alignItems: 'flex-start' },
  '& .MuiFormControlLabel-label': { paddingTop: 7, overflowWrap: 'anywhere' },
});
