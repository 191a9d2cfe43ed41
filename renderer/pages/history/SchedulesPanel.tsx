import Link from '@mui/material/Link';
import type { ReactElement } from 'react';
import { Link as RouterLink } from 'react-router';
import { formatDuration, formatInstant } from '#shared/model/format.ts';
import type { HistoryOverview } from '#shared/model/history.ts';
import { useSchedules } from '#renderer/api/schedules.ts';
import { pageAddress } from '#renderer/app/addresses.ts';
import { visible } from '#renderer/components/ObjectName.tsx';
import { Panel } from '#renderer/components/Panel.tsx';
import { PlainTable } from '#renderer/components/PlainTable.tsx';
import { ScheduleEnd } from '#renderer/components/ScheduleEnd.tsx';

interface Props {
  readonly connectionId: string;
  readonly data: HistoryOverview;
}

/** Everything that happens by itself, and only while PgVitals runs and is connected. */
export function SchedulesPanel({ connectionId, data }: Props): ReactElement {
  const { data: schedules } = useSchedules(connectionId);
  const { seconds, nextInMs } = data.sampling;
  return (
    <Panel title="What happens by itself">
      <p style={{ marginBlock: '0 8px' }}>
        Only while PgVitals runs and is connected to this database. Nothing that destroys can be scheduled; a
        refresh is scheduled from its view on{' '}
        <Link component={RouterLink} to={pageAddress(connectionId, 'matviews')}>
          Materialized views
        </Link>
        .
      </p>
      <PlainTable>
        <thead>
          <tr>
            <th scope="col">Task</th>
            <th scope="col">How often</th>
            <th scope="col">Next</th>
            <th scope="col">Last</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <td>Sample of this database</td>
            <td>{seconds === 0 ? 'never' : `every ${formatDuration(seconds * 1000)}`}</td>
            <td>{nextInMs === null ? '–' : `in ${formatDuration(Math.ceil(nextInMs / 1000) * 1000)}`}</td>
            <td>{data.extent.newestAt === null ? '–' : formatInstant(data.extent.newestAt)}</td>
          </tr>
          <tr>
            <td>Removal of old samples</td>
            <td>every hour, with a sample</td>
            <td>–</td>
            <td>–</td>
          </tr>
          {schedules?.refreshes.map(({ schedule, words, nextAt, isRunning, last }) => (
            <tr key={`${schedule.schema}.${schedule.name}`}>
              <td>
                Refresh of <bdi>{visible(schedule.name)}</bdi>
              </td>
              <td>{words}</td>
              <td>{isRunning ? 'runs now' : nextAt === null ? '–' : formatInstant(nextAt)}</td>
              <td>{last ? <ScheduleEnd result={last} /> : 'not yet in this session'}</td>
            </tr>
          ))}
        </tbody>
      </PlainTable>
    </Panel>
  );
}
