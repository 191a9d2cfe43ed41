import Box from '@mui/material/Box';
import type { ReactElement } from 'react';
import type { AuditSummary } from '#shared/model/history.ts';
import { useAddressState } from '#renderer/app/address-state.ts';
import { countColumn, instantColumn, textColumn } from '#renderer/components/columns.tsx';
import { type Column, DataTable } from '#renderer/components/DataTable.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';
import { DiffDrawer } from './DiffDrawer.tsx';

interface Props {
  readonly connectionId: string;
  readonly audits: readonly AuditSummary[];
}

/** Every audit kept, newest first; opening one compares it with the one before. */
export function AuditTimeline({ connectionId, audits }: Props): ReactElement {
  const rowHeight = useRowHeight();
  const { get, set } = useAddressState();
  const newer = audits.find((audit) => String(audit.id) === get('audit')) ?? null;
  const earlier = newer === null ? [] : audits.slice(audits.indexOf(newer) + 1);
  const older = earlier.find((audit) => String(audit.id) === get('with')) ?? earlier[0] ?? null;
  return (
    <>
      <DataTable
        label="Audits"
        rows={audits}
        columns={COLUMNS}
        keyOf={(row) => row.id}
        rowHeight={rowHeight}
        defaultSort={{ columnId: 'at', direction: 'descending' }}
        onOpen={(row) => set({ audit: String(row.id), with: null })}
        toolbar={
          audits.length > 1 && (
            <Box component="span" sx={{ color: 'text.secondary' }}>
              Open one to see what changed since the one before
            </Box>
          )
        }
        empty={<EmptyState title="No audit yet.">Run the audit; each one is kept here.</EmptyState>}
      />
      <DiffDrawer
        connectionId={connectionId}
        newer={newer}
        older={older}
        earlier={earlier}
        onCompare={(id) => set({ with: String(id) })}
        onClose={() => set({ audit: null, with: null })}
      />
    </>
  );
}

const COLUMNS: readonly Column<AuditSummary>[] = [
  instantColumn('at', 'At', (row) => row.at),
  textColumn('grade', 'Grade', (row) => row.grade, { minWidth: 70 }),
  countColumn('score', 'Score', (row) => Math.round(row.score * 10) / 10),
  countColumn('findings', 'Findings', (row) => row.findings),
  countColumn('critical', 'Critical', (row) => row.critical),
  countColumn('high', 'High', (row) => row.high),
  textColumn('coverage', 'Checks', (row) => `${row.checksRun} of ${row.checksApplicable}`, { minWidth: 100 }),
];
