import Typography from '@mui/material/Typography';
import type { ReactElement } from 'react';
import { formatBytes, formatCount } from '#shared/model/format.ts';
import type { JobAction, JobError, Measure } from '#shared/model/plan.ts';
import { prose, visible } from '#renderer/components/ObjectName.tsx';
import { PlainTable } from '#renderer/components/PlainTable.tsx';
import { OUTCOME } from '#renderer/state/words.ts';
import { MarkedLine } from './MarkedLine.tsx';

/** What came of one action: what went wrong and what to do, what was noticed, and its figures before and after. */
export function ActionEnd({ action }: { readonly action: JobAction }): ReactElement {
  const { error, outcome } = action;
  return (
    <>
      {error && (
        <MarkedLine {...OUTCOME[outcome]}>
          <ErrorWords error={error} />
        </MarkedLine>
      )}
      <Noticed action={action} />
    </>
  );
}

/** What went wrong, and what to do. */
export function ErrorWords({ error }: { readonly error: JobError }): ReactElement {
  return (
    <>
      <div dir="auto">{prose(error.message)}</div>
      {error.nextStep !== null && <div dir="auto">{prose(error.nextStep)}</div>}
      {error.sqlState !== null && (
        <Typography variant="caption" sx={{ color: 'text.secondary' }}>
          SQLSTATE {error.sqlState}
        </Typography>
      )}
    </>
  );
}

/** What was noticed on the way, and its figures before and after. */
export function Noticed({ action: { notes, measures } }: { readonly action: JobAction }): ReactElement {
  return (
    <>
      {notes.map((note) => (
        <span key={note} dir="auto">
          {prose(note)}
        </span>
      ))}
      {measures.length > 0 && <Measures measures={measures} />}
    </>
  );
}

function Measures({ measures }: { readonly measures: readonly Measure[] }): ReactElement {
  return (
    <PlainTable>
      <thead>
        <tr>
          <th scope="col">Measured</th>
          <th scope="col" className="number">
            Before
          </th>
          <th scope="col" className="number">
            After
          </th>
        </tr>
      </thead>
      <tbody>
        {measures.map((measure) => (
          <tr key={measure.label}>
            <td dir="auto">{prose(measure.label)}</td>
            <td className="number">{figure(measure, measure.before)}</td>
            <td className="number">{figure(measure, measure.after)}</td>
          </tr>
        ))}
      </tbody>
    </PlainTable>
  );
}

function figure({ unit }: Measure, value: string | null): string {
  if (value === null) return '–';
  if (unit === 'bytes') return formatBytes(Number(value));
  return unit === 'rows' ? formatCount(Number(value)) : visible(value);
}
