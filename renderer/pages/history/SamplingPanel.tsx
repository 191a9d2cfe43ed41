import FormControlLabel from '@mui/material/FormControlLabel';
import Radio from '@mui/material/Radio';
import RadioGroup from '@mui/material/RadioGroup';
import Typography from '@mui/material/Typography';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { formatDuration } from '#shared/model/format.ts';
import type { HistoryOverview } from '#shared/model/history.ts';
import { useBackend } from '#renderer/api/client.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { keys } from '#renderer/api/queries.ts';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';
import { Panel } from '#renderer/components/Panel.tsx';

const CHOICES = [15, 60, 300, 900, 0] as const;

interface Props {
  readonly connectionId: string;
  readonly data: HistoryOverview;
}

/** How often PgVitals remembers the figures of this database, and for how long. */
export function SamplingPanel({ connectionId, data }: Props): ReactElement {
  const { client } = useBackend();
  const queries = useQueryClient();
  const change = useMutation({
    mutationFn: (seconds: (typeof CHOICES)[number]) => client.history.setSampling({ connectionId, seconds }),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.insight(connectionId) }),
  });
  return (
    <Panel title="Take a sample of this database">
      <RadioGroup
        aria-label="Interval"
        value={data.sampling.seconds}
        onChange={(_, value) => {
          const chosen = CHOICES.find((seconds) => seconds === Number(value));
          if (chosen !== undefined) change.mutate(chosen);
        }}
      >
        {CHOICES.map((seconds) => (
          <FormControlLabel
            key={seconds}
            value={seconds}
            control={<Radio size="small" />}
            label={seconds === 0 ? 'Never' : `Every ${formatDuration(seconds * 1000)}`}
          />
        ))}
      </RadioGroup>
      {change.error && <ErrorNotice error={toUserError(change.error)} title="Not changed" />}
      <Typography sx={{ mt: 1, color: 'text.secondary' }}>
        While it is connected, and never so often that reading takes more than one percent of the time. Only
        what changed is stored, in one file that only you can read: every sample for 7 days, then one per hour
        for 90 days, at most 256 MB; audits for 90 days too.{' '}
        {!data.extent.isKept && 'Here nothing is kept after PgVitals ends.'}
      </Typography>
    </Panel>
  );
}
