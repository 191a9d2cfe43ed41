import Box from '@mui/material/Box';
import { type ReactElement, useState } from 'react';
import type { AuditSummary } from '#shared/model/history.ts';
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
  const [openId, setOpenId] = useState<number | null>(null);
  const at = audits.findIndex((audit) => audit.id === openId);
  return (
    <>
      <DataTable
        label="Audits"
        rows={audits}
        columns={COLUMNS}
        keyOf={(row) => row.id}
        rowHeight={rowHeight}
        defaultSort={{ columnId: 'at', direction: 'descending' }}
        onOpen={(row) => setOpenId(row.id)}
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
        newer={at < 0 ? null : (audits[at] ?? null)}
        audits={audits}
        onClose={() => setOpenId(null)}
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
