import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { formatInstant } from '#shared/model/format.ts';
import type { MatviewRow } from '#shared/model/matviews.ts';
import { DEFAULT_REFRESH_PATTERN, REFRESH_PATTERNS, type ScheduleState } from '#shared/model/schedule.ts';
import { useBackend } from '#renderer/api/client.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { scheduleKey, useSchedules } from '#renderer/api/schedules.ts';
import { UnlockButton } from '#renderer/app/plan/UnlockButton.tsx';
import { DrawerSection } from '#renderer/components/DrawerSection.tsx';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';
import { ScheduleEnd } from '#renderer/components/ScheduleEnd.tsx';

interface Props {
  readonly connectionId: string;
  readonly view: MatviewRow;
}

/** Refreshes that PgVitals makes by itself: when, how, and how the last one went. */
export function RefreshSchedule({ connectionId, view }: Props): ReactElement {
  const { client } = useBackend();
  const queries = useQueryClient();
  const { data } = useSchedules(connectionId);
  const name = { schema: view.schema, name: view.name };
  const show = { onSuccess: (next: unknown) => queries.setQueryData(scheduleKey(connectionId), next) };
  const start = useMutation({
    mutationFn: (choice: { pattern: string; isConcurrent: boolean }) =>
      client.schedules.set({ connectionId, ...name, ...choice }),
    ...show,
  });
  const stop = useMutation({ mutationFn: () => client.schedules.remove({ connectionId, ...name }), ...show });
  const state = data?.refreshes.find(
    ({ schedule }) => schedule.schema === view.schema && schedule.name === view.name,
  );
  const error = start.error ?? stop.error;
  return (
    <DrawerSection title="Refresh by itself">
      {state ? (
        <Scheduled state={state} isStopping={stop.isPending} onStop={() => stop.mutate()} />
      ) : (
        <Choice view={view} isStarting={start.isPending} onStart={(choice) => start.mutate(choice)} />
      )}
      {error && (
        <ErrorNotice error={toUserError(error)} title="Not changed">
          {toUserError(error).code === 'READ_ONLY' && (
            <UnlockButton
              connectionId={connectionId}
              onUnlocked={() => {
                start.reset();
                stop.reset();
              }}
            />
          )}
        </ErrorNotice>
      )}
      <Typography sx={{ mt: 1, color: 'text.secondary' }}>
        Only while PgVitals runs and is connected to this database. For refreshes at any time use pg_cron on
        the server.
      </Typography>
    </DrawerSection>
  );
}

function Choice({
  view,
  isStarting,
  onStart,
}: {
  readonly view: MatviewRow;
  readonly isStarting: boolean;
  readonly onStart: (choice: { pattern: string; isConcurrent: boolean }) => void;
}): ReactElement {
  const canBeConcurrent = view.concurrent === 'yes';
  const [pattern, setPattern] = useState(DEFAULT_REFRESH_PATTERN);
  const [isConcurrent, setConcurrent] = useState(canBeConcurrent);
  return (
    <div style={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 12 }}>
      <TextField
        select
        size="small"
        label="How often"
        value={pattern}
        onChange={(event) => setPattern(event.target.value)}
        sx={{ minWidth: 180 }}
      >
        {REFRESH_PATTERNS.map((choice) => (
          <MenuItem key={choice.pattern} value={choice.pattern}>
            {choice.words}
          </MenuItem>
        ))}
      </TextField>
      <FormControlLabel
        control={
          <Checkbox
            size="small"
            checked={isConcurrent}
            disabled={!canBeConcurrent}
            onChange={(event) => setConcurrent(event.target.checked)}
          />
        }
        label={canBeConcurrent ? 'Readers go on' : `Readers wait${view.concurrent.replace(/^no/, '')}`}
      />
      <Button
        variant="outlined"
        color="inherit"
        disabled={isStarting}
        onClick={() => onStart({ pattern, isConcurrent })}
      >
        Schedule
      </Button>
    </div>
  );
}

function Scheduled({
  state,
  isStopping,
  onStop,
}: {
  readonly state: ScheduleState;
  readonly isStopping: boolean;
  readonly onStop: () => void;
}): ReactElement {
  const how = state.schedule.isConcurrent ? 'readers go on meanwhile' : 'readers wait meanwhile';
  return (
    <>
      <p style={{ marginBlock: '0 4px' }}>
        {state.words[0]?.toUpperCase()}
        {state.words.slice(1)}; {how}.{' '}
        {state.isRunning ? 'It runs now.' : state.nextAt !== null && `Next ${formatInstant(state.nextAt)}.`}
      </p>
      {state.last && <ScheduleEnd result={state.last} />}
      <Button sx={{ mt: 1 }} variant="outlined" color="inherit" disabled={isStopping} onClick={onStop}>
        No longer
      </Button>
    </>
  );
}
