import Skeleton from '@mui/material/Skeleton';
import { styled } from '@mui/material/styles';
import TextField from '@mui/material/TextField';
import { type ReactElement, type ReactNode, useEffect, useRef } from 'react';
import type { ConnectionUnderstood } from '#shared/model/connection.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { SSL_MODES } from './ssl-modes.ts';
import { useUnderstood } from './use-understood.ts';

interface Props {
  readonly label: string;
  readonly text: string;
  readonly hint: string;
  /** Beside it: what the line has none of. */
  readonly password: ((hasPassword: boolean) => ReactNode) | null;
  /** It may be long: it wraps. */
  readonly isLong: boolean;
  /** Where there is nothing above it that is looked for first. */
  readonly isFirst: boolean;
  readonly onText: (text: string) => void;
}

/** One box for any URL; below it, while typing, what it means. */
export function UrlForm({ label, text, hint, password, isLong, isFirst, onText }: Props): ReactElement {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (isFirst) field.current?.focus({ preventScroll: true });
  }, [isFirst]);
  const settled = text.trim();
  const understood = useUnderstood(text);
  const problem = settled !== '' && understood.error ? toUserError(understood.error) : null;
  return (
    <>
      <TextField
        label={label}
        multiline={isLong}
        value={text}
        onChange={(event) => onText(event.target.value.replace(/[\r\n]+/g, ' '))}
        onKeyDown={(event) => {
          // One line that wraps: Enter sends it, as from any other field.
          if (!isLong || event.key !== 'Enter' || event.nativeEvent.isComposing) return;
          event.preventDefault();
          field.current?.form?.requestSubmit();
        }}
        placeholder="postgresql://user:password@host:5432/database"
        inputRef={field}
        fullWidth
        autoComplete="off"
        error={problem !== null}
        helperText={problem ? `${problem.message} ${problem.nextStep ?? ''}` : hint}
        slotProps={{
          htmlInput: { spellCheck: false, autoCapitalize: 'none', maxLength: 4096, dir: 'ltr' },
          inputLabel: { shrink: true },
        }}
      />
      {password?.(understood.data?.hasPassword === true && settled !== '' && !problem)}
      <Understood
        data={settled === '' || problem ? undefined : understood.data}
        isLoading={understood.isLoading}
      />
    </>
  );
}

function Understood({
  data,
  isLoading,
}: {
  readonly data: ConnectionUnderstood | undefined;
  readonly isLoading: boolean;
}) {
  const rows: readonly (readonly [string, string])[] = data
    ? [
        ['Host', data.host],
        ['Port', String(data.port)],
        ['Database', data.database],
        ['User', data.user],
        ['Password', data.hasPassword ? 'given' : 'none in the URL'],
        ['TLS', SSL_MODES.find(({ mode }) => mode === data.sslMode)?.title ?? data.sslMode],
      ]
    : ['Host', 'Port', 'Database', 'User', 'Password', 'TLS'].map((label) => [label, ''] as const);
  return (
    <Root aria-live="polite" aria-labelledby="understood">
      <h3 id="understood">What PgVitals understood</h3>
      <dl>
        {rows.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd dir="auto" title={value}>
              {value !== '' ? value : isLoading ? <Skeleton width={80} /> : '–'}
            </dd>
          </div>
        ))}
      </dl>
      {data && data.notes.length > 0 && (
        <ul>
          {data.notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
    </Root>
  );
}

const Root = styled('section')(({ theme }) => ({
  padding: 12,
  borderRadius: 6,
  background: theme.vars.palette.background.default,
  '& h3': { ...theme.typography.h3, margin: '0 0 6px' },
  '& dl': { display: 'grid', gridTemplateColumns: 'repeat(3, minmax(0, 1fr))', gap: '6px 16px', margin: 0 },
  '& dt': { ...theme.typography.caption, color: theme.vars.palette.text.secondary },
  '& dd': { margin: 0, minHeight: 20, overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  '& ul': { margin: '8px 0 0', paddingInlineStart: 18, color: theme.vars.palette.text.secondary },
}));
