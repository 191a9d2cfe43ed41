import Box from '@mui/material/Box';
import type { ReactElement } from 'react';
import type { QueriesOverview } from '#shared/model/queries.ts';
import { FixView } from '#renderer/components/FixView.tsx';
import { Fold } from '#renderer/components/Fold.tsx';
import { Panel } from '#renderer/components/Panel.tsx';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';

/** Whether slow statements reach the log with their parameters and plans in sight, setting by setting. */
export function LoggingTab({ settings }: { readonly settings: QueriesOverview['logging'] }): ReactElement {
  return (
    <Panel title="Slow statements in the server's log">
      <p>
        Statistics know means; the log knows the one slow call with its values. These settings write it there
        without filling the disk.
      </p>
      <Box sx={{ display: 'grid', gap: 1 }}>
        {settings.map(({ name, value, fix }) => (
          <Fold
            key={name}
            title={
              <>
                <SeverityMark
                  mark={fix === null ? 'pass' : 'low'}
                  isShapeOnly
                  word={fix === null ? 'Fine' : 'Advice'}
                />{' '}
                {name} = {value === '' ? "''" : value}
              </>
            }
          >
            {fix === null ? 'Fine as it is.' : <FixView fix={fix} />}
          </Fold>
        ))}
      </Box>
    </Panel>
  );
}
