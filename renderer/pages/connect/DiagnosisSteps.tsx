import CircularProgress from '@mui/material/CircularProgress';
import { styled } from '@mui/material/styles';
import Typography from '@mui/material/Typography';
import type { ReactElement } from 'react';
import type { DiagnosisStep } from '#shared/model/connection.ts';
import { formatDuration } from '#shared/model/format.ts';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import type { Diagnosis } from './use-diagnosis.ts';

/** Every step of connecting with its outcome, and the cure where one fails. */
export function DiagnosisSteps({ diagnosis }: { readonly diagnosis: Diagnosis }): ReactElement | null {
  if (diagnosis.error) return <ErrorNotice error={diagnosis.error} title="The test could not be run" />;
  if (diagnosis.steps.length === 0 && !diagnosis.isRunning) return null;
  return (
    <section aria-label="Steps of the connection test" aria-busy={diagnosis.isRunning}>
      <Typography variant="h3" sx={{ mb: 0.5 }}>
        Step by step
      </Typography>
      <List>
        {diagnosis.steps.map((step) => (
          <Step key={step.id} step={step} />
        ))}
      </List>
    </section>
  );
}

function Step({ step }: { readonly step: DiagnosisStep }): ReactElement {
  return (
    <li>
      <span className="mark">{MARKS[step.outcome]}</span>
      <div className="words">
        <div className="line">
          <strong>{step.label}</strong>
          <span className="outcome">
            {WORDS[step.outcome]}
            {step.durationMs !== null && ` · ${formatDuration(step.durationMs)}`}
          </span>
        </div>
        {step.detail && <div dir="auto">{step.detail}</div>}
        {step.cure && (
          <div dir="auto">
            <strong>What to do:</strong> {step.cure}
          </div>
        )}
      </div>
    </li>
  );
}

const WORDS: Readonly<Record<DiagnosisStep['outcome'], string>> = {
  running: 'running',
  ok: 'ok',
  warning: 'warning',
  failed: 'failed',
  skipped: 'not reached',
};

const MARKS: Readonly<Record<DiagnosisStep['outcome'], ReactElement>> = {
  running: <CircularProgress size={14} aria-label="running" />,
  ok: <SeverityMark mark="pass" isShapeOnly word="ok" />,
  warning: <SeverityMark mark="high" isShapeOnly word="warning" />,
  failed: <SeverityMark mark="critical" isShapeOnly word="failed" />,
  skipped: <SeverityMark mark="info" isShapeOnly word="not reached" />,
};

const List = styled('ol')(({ theme }) => ({
  margin: 0,
  padding: 0,
  listStyle: 'none',
  border: `1px solid ${theme.vars.palette.divider}`,
  borderRadius: 6,
  '& li': { display: 'grid', gridTemplateColumns: '20px 1fr', gap: 8, padding: '7px 12px' },
  '& li + li': { borderTop: `1px solid ${theme.vars.palette.divider}` },
  '& .mark': { display: 'grid', placeContent: 'center start', height: 20 },
  '& .words': { minWidth: 0, overflowWrap: 'anywhere' },
  '& .line': { display: 'flex', justifyContent: 'space-between', gap: 12 },
  '& .line strong': { fontWeight: 600 },
  '& .outcome': { color: theme.vars.palette.text.secondary, whiteSpace: 'nowrap' },
}));
