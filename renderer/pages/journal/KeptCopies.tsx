import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';
import { type ReactElement, useMemo } from 'react';
import { formatCountOf, formatInstant } from '#shared/model/format.ts';
import type { KeptCopy } from '#shared/model/plan.ts';
import { useBackend } from '#renderer/api/client.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { keys } from '#renderer/api/queries.ts';
import { CopyButton } from '#renderer/components/CopyButton.tsx';
import { DataTable } from '#renderer/components/DataTable.tsx';
import { DrawerSection } from '#renderer/components/DrawerSection.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';
import { visible } from '#renderer/components/ObjectName.tsx';
import { toCsv } from '#renderer/components/table-text.ts';
import { useRowHeight } from '#renderer/state/preferences.ts';
import { type KeptRow, keptColumns } from './kept-columns.ts';

interface Props {
  readonly connectionId: string;
  readonly jobId: string;
}

/** What a job destroyed, as it was before: to be read, and to be taken along. Nothing where it kept nothing. */
export function KeptCopies({ connectionId, jobId }: Props): ReactElement | null {
  const { client } = useBackend();
  const { data, error, refetch } = useQuery({
    queryKey: [...keys.journal(connectionId), jobId, 'copies'],
    queryFn: ({ signal }) => client.plans.copies({ connectionId, jobId }, { signal }),
    // It never changes, and may be megabytes.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  if (error) {
    return (
      <ErrorNotice
        error={toUserError(error)}
        title="What this job kept could not be read"
        onRetry={() => void refetch()}
      />
    );
  }
  return (
    <>
      {data?.map((copy) => (
        <Copy key={copy.title} copy={copy} />
      ))}
    </>
  );
}

function Copy({ copy }: { readonly copy: KeptCopy }): ReactElement {
  const { title, takenAt, rows } = copy;
  const rowHeight = useRowHeight();
  const columns = useMemo(() => keptColumns(rows), [rows]);
  const numbered = useMemo(() => rows.map((row, at) => ({ ...row, [AT]: at })), [rows]);
  // Of statements what took most.
  const sorted = columns.find(({ id }) => id === 'total_exec_time') ?? columns[0];
  return (
    <DrawerSection title={visible(title)}>
      <Typography sx={{ color: 'text.secondary' }}>
        {formatCountOf(rows.length, 'row')}, kept {formatInstant(takenAt)} on this machine.
      </Typography>
      {rows.length > 0 && (
        <>
          <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1, mt: 1 }}>
            <CopyButton
              text={() => asCsv(columns, rows)}
              what={`${title} with every column as CSV`}
              label="Every column as CSV"
            />
            <CopyButton
              text={() => `${JSON.stringify(rows, null, 2)}\n`}
              what={`${title} as JSON`}
              label="JSON"
            />
          </Box>
          <Box sx={{ display: 'flex', height: 360 }}>
            <DataTable
              label={visible(title)}
              rows={numbered}
              columns={columns}
              keyOf={(row) => row[AT] ?? 0}
              rowHeight={rowHeight}
              defaultSort={{ columnId: sorted?.id ?? '', direction: 'descending' }}
              empty={<EmptyState title="None." />}
            />
          </Box>
        </>
      )}
    </DrawerSection>
  );
}

/** A row of such a copy has no key that is always there. */
const AT = Symbol('place in the copy');

function asCsv(columns: ReturnType<typeof keptColumns>, rows: readonly KeptRow[]): string {
  return toCsv(
    columns.map(({ header }) => header),
    rows.map((row) => columns.map(({ value }) => value(row))),
  );
}
