import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import type { ReactElement } from 'react';
import type { QuerySetup } from '#shared/model/queries.ts';
import { RunPlanButton } from '#renderer/app/plan/RunPlanButton.tsx';
import { FixView } from '#renderer/components/FixView.tsx';
import { Panel } from '#renderer/components/Panel.tsx';

/** What is missing, and the steps for this very server. */
export function QuerySetupSteps({
  connectionId,
  setup,
}: {
  readonly connectionId: string;
  readonly setup: QuerySetup;
}): ReactElement {
  return (
    <Panel title="This server does not count statements yet">
      <Typography sx={{ mb: 2 }}>
        pg_stat_statements counts calls, times and blocks of every statement. It comes with PostgreSQL and
        costs about one percent. {setup.reason}
      </Typography>
      <Box component="ol" sx={{ m: 0, pl: 2.5, display: 'grid', gap: 2.5 }}>
        {setup.steps.map(({ fix, request }) => (
          <li key={fix.title}>
            <Box sx={{ display: 'grid', gap: 1.5 }}>
              <FixView
                fix={fix}
                run={
                  request && (
                    <RunPlanButton connectionId={connectionId} request={request}>
                      Create…
                    </RunPlanButton>
                  )
                }
              />
            </Box>
          </li>
        ))}
      </Box>
    </Panel>
  );
}
