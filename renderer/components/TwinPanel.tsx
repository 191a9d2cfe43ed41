import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import Skeleton from '@mui/material/Skeleton';
import Typography from '@mui/material/Typography';
import { type ReactElement, type ReactNode, Suspense, useState } from 'react';
import { Panel } from './Panel.tsx';

interface Props {
  readonly title: ReactNode;
  /** CSS pixels; chart and skeleton have the same. */
  readonly chartHeight: number;
  readonly chart: ReactNode;
  /** The same numbers as a table. */
  readonly table: ReactNode;
  /** Before the switch, at the end of the title's line. */
  readonly actions?: ReactNode;
  /** What is counted, where the title alone could be taken for more or less. */
  readonly note?: string;
}

type View = 'chart' | 'table';

/** A chart with a table of the same numbers behind a switch. */
export function TwinPanel({ title, chartHeight, chart, table, actions, note }: Props): ReactElement {
  const [view, setView] = useState<View>('chart');
  return (
    <Panel
      title={title}
      actions={
        <>
          {actions}
          <ToggleButtonGroup
            exclusive
            size="small"
            value={view}
            onChange={(_, value: View | null) => value && setView(value)}
            aria-label="Show as"
          >
            <ToggleButton value="chart" sx={TOGGLE}>
              Chart
            </ToggleButton>
            <ToggleButton value="table" sx={TOGGLE}>
              Table
            </ToggleButton>
          </ToggleButtonGroup>
        </>
      }
    >
      {note !== undefined && (
        <Typography variant="caption" component="p" sx={{ color: 'text.secondary', mt: -0.5, mb: 0.5 }}>
          {note}
        </Typography>
      )}
      {view === 'chart' ? (
        // The chart library is the heaviest part of the page: the rest does not wait for it.
        <Suspense fallback={<Skeleton variant="rounded" height={chartHeight} />}>{chart}</Suspense>
      ) : (
        table
      )}
    </Panel>
  );
}

const TOGGLE = {
  py: 0.25,
  px: 1,
  textTransform: 'none',
  fontSize: '0.75rem',
  color: 'text.primary',
} as const;
