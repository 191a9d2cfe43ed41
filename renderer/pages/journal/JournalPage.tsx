import Box from '@mui/material/Box';
import MenuItem from '@mui/material/MenuItem';
import Skeleton from '@mui/material/Skeleton';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { type ReactElement, useDeferredValue, useMemo } from 'react';
import { formatBytes, formatCount, formatDuration } from '#shared/model/format.ts';
import { JOB_OUTCOMES, type JobSummary } from '#shared/model/plan.ts';
import { useJournal } from '#renderer/api/plans.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { useAddressState } from '#renderer/app/address-state.ts';
import type { PageProps } from '#renderer/app/addresses.ts';
import { instantColumn, nameColumn, textColumn } from '#renderer/components/columns.tsx';
import { type Column, DataTable } from '#renderer/components/DataTable.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';
import { FilterField } from '#renderer/components/FilterField.tsx';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { StatStrip, StatTile } from '#renderer/components/StatTile.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';
import { OUTCOME, RISK_MARK, RISK_WORD } from '#renderer/state/words.ts';
import { JobDrawer } from './JobDrawer.tsx';
import { undoState } from './undo-state.ts';

/** What did PgVitals ever change here, and can I go back? */
export function JournalPage({ connectionId }: PageProps): ReactElement {
  const { data: jobs, error, refetch } = useJournal(connectionId);
  const { get, set } = useAddressState();
  return (
    <Box sx={PAGE}>
      <Box component="header">
        <Typography variant="h1">Journal</Typography>
        <Typography sx={{ color: 'text.secondary' }}>
          What did PgVitals change in this database, and can I go back?
        </Typography>
      </Box>
      {error && (
        <ErrorNotice
          error={toUserError(error)}
          title="The journal could not be read"
          onRetry={() => void refetch()}
        />
      )}
      {jobs ? (
        jobs.length === 0 ? (
          <EmptyState title="PgVitals has changed nothing in this database." isGood>
            Every change that is confirmed in a preview is kept here for good, with its SQL, what came of it,
            and the way back. Nothing else ever writes to your database.
          </EmptyState>
        ) : (
          <Jobs jobs={jobs} onOpen={(job) => set({ job: job.id })} />
        )
      ) : (
        !error && <Skeleton variant="rounded" sx={{ flex: 1, minHeight: 240 }} />
      )}
      <JobDrawer connectionId={connectionId} jobId={get('job')} onClose={() => set({ job: null })} />
    </Box>
  );
}

interface JobsProps {
  readonly jobs: readonly JobSummary[];
  readonly onOpen: (job: JobSummary) => void;
}

function Jobs({ jobs, onOpen }: JobsProps): ReactElement {
  const { get, set } = useAddressState();
  const rowHeight = useRowHeight();
  const typed = get('q') ?? '';
  const text = useDeferredValue(typed).toLowerCase().trim();
  const outcome = JOB_OUTCOMES.find((known) => known === get('outcome')) ?? null;
  const shown = useMemo(
    () =>
      jobs.filter(
        (job) =>
          (outcome === null || job.outcome === outcome) &&
          `${job.title} ${job.by} ${job.role} ${OUTCOME[job.outcome].word}`.toLowerCase().includes(text),
      ),
    [jobs, outcome, text],
  );
  return (
    <>
      <Figures jobs={jobs} />
      <DataTable
        label="Journal"
        rows={shown}
        columns={COLUMNS}
        keyOf={(job) => job.id}
        defaultSort={{ columnId: 'startedAt', direction: 'descending' }}
        rowHeight={rowHeight}
        onOpen={onOpen}
        toolbar={
          <>
            <FilterField
              label="Filter the journal"
              value={typed}
              onChange={(q) => set({ q }, { replace: true })}
            />
            <TextField
              select
              size="small"
              label="Outcome"
              value={outcome ?? 'all'}
              onChange={(event) =>
                set({ outcome: event.target.value === 'all' ? null : event.target.value }, { replace: true })
              }
              sx={{ minWidth: 150 }}
            >
              <MenuItem value="all">All outcomes</MenuItem>
              {JOB_OUTCOMES.map((known) => (
                <MenuItem key={known} value={known}>
                  {OUTCOME[known].word}
                </MenuItem>
              ))}
            </TextField>
            <span role="status">
              {shown.length === jobs.length
                ? `${formatCount(jobs.length)} shown`
                : `${formatCount(shown.length)} of ${formatCount(jobs.length)} shown`}
            </span>
          </>
        }
        empty={<EmptyState title="No job matches." />}
      />
    </>
  );
}

function Figures({ jobs }: { readonly jobs: readonly JobSummary[] }): ReactElement {
  const sum = (of: (job: JobSummary) => number): number => jobs.reduce((total, job) => total + of(job), 0);
  const count = (of: (job: JobSummary) => boolean): string => formatCount(jobs.filter(of).length);
  return (
    <section aria-label="Figures">
      <StatStrip>
        <StatTile label="Jobs" value={formatCount(jobs.length)} note="each was previewed" />
        <StatTile
          label="Changes made"
          value={formatCount(sum(({ doneCount }) => doneCount))}
          note={`of ${formatCount(sum(({ actionCount }) => actionCount))} planned`}
        />
        <StatTile
          label="Freed"
          value={formatBytes(sum(({ freedBytes }) => Math.max(0, freedBytes ?? 0)))}
          note="measured"
        />
        <StatTile
          label="Failed"
          value={count(({ outcome }) => outcome === 'failed' || outcome === 'interrupted')}
          note="failed or interrupted"
        />
        <StatTile
          label="Cancelled"
          value={count(({ outcome }) => outcome === 'cancelled')}
          note="by a person"
        />
        <StatTile label="Taken back" value={count(({ undoneBy }) => undoneBy !== null)} note="by an undo" />
      </StatStrip>
    </section>
  );
}

const COLUMNS: readonly Column<JobSummary>[] = [
  instantColumn('startedAt', 'Began', (job) => job.startedAt, { minWidth: 184 }),
  nameColumn(
    'title',
    'What',
    (job) => job.title,
    () => null,
    { minWidth: 190, grow: 4 },
  ),
  {
    id: 'risk',
    header: 'Risk',
    minWidth: 64,
    value: (job) => job.risk,
    cell: (job) => (
      <span title={RISK_WORD[job.risk]}>
        <SeverityMark mark={RISK_MARK[job.risk]} word={job.risk} size={14} />
      </span>
    ),
  },
  {
    id: 'outcome',
    header: 'Outcome',
    minWidth: 104,
    value: (job) => OUTCOME[job.outcome].word,
    cell: (job) => <SeverityMark {...OUTCOME[job.outcome]} size={14} />,
  },
  {
    id: 'changes',
    header: 'Changes',
    minWidth: 84,
    isNumeric: true,
    value: (job) => job.doneCount,
    cell: (job) =>
      job.doneCount === job.actionCount
        ? formatCount(job.doneCount)
        : `${formatCount(job.doneCount)} of ${formatCount(job.actionCount)}`,
  },
  {
    id: 'freedBytes',
    header: 'Freed',
    minWidth: 80,
    isNumeric: true,
    value: (job) => job.freedBytes,
    cell: (job) => (job.freedBytes === null ? '–' : formatBytes(job.freedBytes)),
  },
  {
    id: 'durationMs',
    header: 'Took',
    minWidth: 86,
    isNumeric: true,
    value: durationMs,
    cell: (job) => {
      const ms = durationMs(job);
      return ms === null ? '–' : formatDuration(ms);
    },
  },
  textColumn('by', 'Who', (job) => job.by, { minWidth: 116, grow: 1 }),
  textColumn('undo', 'Undo', (job) => undoState(job), { minWidth: 104, grow: 0 }),
  { ...textColumn<JobSummary>('role', 'Role', (job) => job.role, { minWidth: 96 }), isExtra: true },
  {
    ...textColumn<JobSummary>('database', 'Database', (job) => job.database, { minWidth: 180 }),
    isExtra: true,
  },
];

function durationMs({ startedAt, endedAt }: JobSummary): number | null {
  return endedAt === null ? null : Date.parse(endedAt) - Date.parse(startedAt);
}

const PAGE = {
  display: 'flex',
  flexDirection: 'column',
  gap: 1.5,
  p: '16px 24px 24px',
  flex: 1,
  minHeight: 0,
  boxSizing: 'border-box',
} as const;
