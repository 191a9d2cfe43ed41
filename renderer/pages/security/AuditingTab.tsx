import Button from '@mui/material/Button';
import { type ReactElement, useState } from 'react';
import type { SecurityOverview } from '#shared/model/security.ts';
import { PlanButtons } from '#renderer/app/plan/PlanButtons.tsx';
import { RunPlanButton } from '#renderer/app/plan/RunPlanButton.tsx';
import { AuditedDialog } from './AuditedDialog.tsx';
import { AUDITING_COLUMNS } from './security-columns.tsx';
import { SecurityTable } from './SecurityTable.tsx';

interface Props {
  readonly connectionId: string;
  readonly data: SecurityOverview;
}

/** Which tables leave a trace of their changes, and which should. */
export function AuditingTab({ connectionId, data }: Props): ReactElement {
  const [isAsking, setAsking] = useState(false);
  return (
    <>
      <SecurityTable
        connectionId={connectionId}
        label="Auditing of tables"
        rows={data.auditing}
        columns={AUDITING_COLUMNS}
        note={`${
          data.auditedPatterns === null
            ? 'Nobody has said which tables should be audited: those whose columns suggest secrets are taken.'
            : `Should be audited: ${data.auditedPatterns.join(', ')}.`
        } Whether one is follows from the text of its trigger functions; functions that call others are not followed.`}
        more={(row) =>
          row.coverage === 'likely' ? null : (
            <PlanButtons>
              <RunPlanButton
                connectionId={connectionId}
                request={{ verb: 'audit-trigger', table: Number(row.key) }}
              >
                Create an audit trigger…
              </RunPlanButton>
            </PlanButtons>
          )
        }
        toolbar={
          <Button size="small" variant="outlined" onClick={() => setAsking(true)}>
            Choose tables…
          </Button>
        }
      />
      {isAsking && (
        <AuditedDialog
          connectionId={connectionId}
          patterns={data.auditedPatterns}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}
