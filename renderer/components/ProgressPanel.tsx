import { styled } from '@mui/material/styles';
import type { ReactElement } from 'react';
import { formatBytes, formatCount, formatDuration, formatPercent } from '#shared/model/format.ts';
import type { ProgressRow } from '#shared/model/progress.ts';
import { CopyButton } from './CopyButton.tsx';
import { ObjectName } from './ObjectName.tsx';
import { Panel } from './Panel.tsx';
import { PlainTable } from './PlainTable.tsx';
import { Scroller } from './Scroller.tsx';
import { ShareBar } from './ShareBar.tsx';
import { toCsv } from './table-text.ts';

interface Props {
  readonly title: string;
  readonly rows: readonly ProgressRow[];
  /** Where none runs. */
  readonly nothing: string;
}

/** Maintenance that runs now: its phase in words, how far that is, and what else the server tells of it. */
export function ProgressPanel({ title, rows, nothing }: Props): ReactElement {
  if (rows.length === 0) return <Panel title={title}>{nothing}</Panel>;
  return (
    <Panel
      title={title}
      actions={<CopyButton text={() => csvOf(rows)} what={`${title} as CSV`} label="CSV" />}
    >
      <Root role="region" aria-label={`${title}, table`} tabIndex={0}>
        <PlainTable>
          <thead>
            <tr>
              <th scope="col" className="number">
                PID
              </th>
              <th scope="col">Command</th>
              <th scope="col">On</th>
              <th scope="col">Phase</th>
              <th scope="col" className="number">
                Of the phase
              </th>
              <th scope="col">Done</th>
              <th scope="col" className="number">
                Runs for
              </th>
              <th scope="col">Started by</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={`${row.command} ${row.pid}`}>
                <td className="number">{row.pid}</td>
                <td>{row.command}</td>
                <td>
                  <ObjectName name={row.relation ?? '–'} context={row.index} />
                </td>
                <td className="wrap">
                  {row.phase}
                  {row.doing && <small>{row.doing}</small>}
                </td>
                <td className="number share">
                  {row.percent === null ? (
                    '–'
                  ) : (
                    <ShareBar share={row.percent / 100}>{formatPercent(row.percent)}</ShareBar>
                  )}
                </td>
                <td className="wrap">
                  {doneInWords(row)}
                  {row.details.map((detail) => (
                    <small key={detail}>{detail}</small>
                  ))}
                </td>
                <td className="number">{row.runningMs === null ? '–' : formatDuration(row.runningMs)}</td>
                <td>{row.startedBy}</td>
              </tr>
            ))}
          </tbody>
        </PlainTable>
      </Root>
    </Panel>
  );
}

function doneInWords({ done }: ProgressRow): string {
  if (!done) return '–';
  const format = done.unit === 'bytes' ? formatBytes : formatCount;
  const unit = done.unit === 'bytes' ? '' : ` ${done.unit}`;
  return done.total === null
    ? `${format(done.count)}${unit}`
    : `${format(done.count)} of ${format(done.total)}${unit}`;
}

/** Raw numbers, as in all tables. */
function csvOf(rows: readonly ProgressRow[]): string {
  return toCsv(
    [
      'PID',
      'Command',
      'On',
      'Index',
      'Phase',
      'Percent',
      'Done',
      'Total',
      'Unit',
      'Details',
      'Runs for ms',
      'Started by',
    ],
    rows.map((row) => [
      row.pid,
      row.command,
      row.relation,
      row.index,
      row.phase,
      row.percent,
      row.done?.count ?? null,
      row.done?.total ?? null,
      row.done?.unit ?? null,
      row.details.join('; '),
      row.runningMs,
      row.startedBy,
    ]),
  );
}

const Root = styled(Scroller)(({ theme }) => ({
  '& td': { verticalAlign: 'top' },
  '& .wrap': { minWidth: 160 },
  '& .share': { minWidth: 96 },
  '& small': { ...theme.typography.caption, display: 'block', color: theme.vars.palette.text.secondary },
}));
