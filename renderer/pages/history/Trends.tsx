import Box from '@mui/material/Box';
import { lazy, type ReactElement } from 'react';
import { formatBytes, formatCount, formatInstant } from '#shared/model/format.ts';
import { letterOf } from '#shared/model/grade.ts';
import type { HistoryOverview, HistoryPoint } from '#shared/model/history.ts';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { Panel } from '#renderer/components/Panel.tsx';
import { PlainTable } from '#renderer/components/PlainTable.tsx';
import { TwinPanel } from '#renderer/components/TwinPanel.tsx';

const TrendChart = lazy(async () => ({
  default: (await import('#renderer/components/TrendChart.tsx')).TrendChart,
}));
const HEIGHT = 180;
const MOST_TABLE_ROWS = 60;

/** The figures of the database over the range, each as lines with their table. */
export function Trends({ data }: { readonly data: HistoryOverview }): ReactElement {
  const { trends } = data;
  return (
    <Box
      sx={{
        display: 'grid',
        gap: 1.5,
        gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 400px), 1fr))',
      }}
    >
      <Trend title="Audit grade" lines={[{ name: 'Grade', points: trends.score }]} format={graded} />
      <Trend
        title="Database size"
        lines={[{ name: 'Size', points: trends.sizeBytes }]}
        format={formatBytes}
      />
      <Trend
        title="Dead rows"
        lines={[{ name: 'Dead rows', points: trends.deadRows }]}
        format={formatCount}
      />
      <Trend
        title="Scans per second"
        lines={[
          { name: 'By index', points: trends.indexScans },
          { name: 'Whole table', points: trends.seqScans },
        ]}
        format={rate}
      />
      <Trend
        title="Statement load (ms per second)"
        note="Of this database, without PgVitals’ own statements."
        lines={[{ name: 'ms per second', points: trends.statementLoad }]}
        format={rate}
      />
      <Trend
        title="Transactions per second"
        note="Of this database, PgVitals’ own among them: the server counts them together."
        lines={[{ name: 'Per second', points: trends.transactions }]}
        format={rate}
      />
      <Trend
        title="Connections"
        note="Clients of all databases, without PgVitals itself."
        lines={[{ name: 'Connections', points: trends.connections }]}
        format={formatCount}
      />
    </Box>
  );
}

interface Line {
  readonly name: string;
  readonly points: readonly HistoryPoint[];
}

interface TrendProps {
  readonly title: string;
  /** What is counted. */
  readonly note?: string;
  /** All over the same instants. */
  readonly lines: readonly Line[];
  readonly format: (value: number) => string;
}

function Trend({ title, note, lines, format }: TrendProps): ReactElement {
  const known = lines.map(({ points }) => points.filter((point) => point.value !== null).length);
  if (Math.max(...known) < 2) {
    return (
      <Panel title={title}>
        <EmptyState title="Not enough yet.">A line begins with two figures in this range.</EmptyState>
      </Panel>
    );
  }
  return (
    <TwinPanel
      title={title}
      {...(note !== undefined && { note })}
      chartHeight={HEIGHT}
      chart={
        <TrendChart
          label={`${title} over time; the table view has the same numbers`}
          series={lines.map(({ name, points }) => ({
            name,
            points: points.map(({ at, value }) => ({ atMs: Date.parse(at), value })),
          }))}
          format={format}
          height={HEIGHT}
        />
      }
      table={<Numbers title={title} lines={lines} format={format} />}
    />
  );
}

function Numbers({ title, lines, format }: Omit<TrendProps, 'note'>): ReactElement {
  const rows = (lines[0]?.points ?? [])
    .map(({ at }, index) => ({ at, values: lines.map(({ points }) => points[index]?.value ?? null) }))
    .filter(({ values }) => values.some((value) => value !== null));
  return (
    <Box
      sx={{ maxHeight: HEIGHT, overflow: 'auto' }}
      tabIndex={0}
      role="region"
      aria-label={`${title}, table`}
    >
      <PlainTable>
        <thead>
          <tr>
            <th scope="col">At</th>
            {lines.map(({ name }) => (
              <th key={name} scope="col" className="number">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows
            .slice(-MOST_TABLE_ROWS)
            .toReversed()
            .map(({ at, values }) => (
              <tr key={at}>
                <td>{formatInstant(at)}</td>
                {lines.map(({ name }, index) => (
                  <td key={name} className="number">
                    {valueText(values[index] ?? null, format)}
                  </td>
                ))}
              </tr>
            ))}
        </tbody>
      </PlainTable>
    </Box>
  );
}

function valueText(value: number | null, format: (value: number) => string): string {
  return value === null ? '–' : format(value);
}

function rate(value: number): string {
  return formatCount(Math.round(value * 100) / 100);
}

function graded(score: number): string {
  return `${letterOf(score)} (${formatCount(Math.round(score))})`;
}
