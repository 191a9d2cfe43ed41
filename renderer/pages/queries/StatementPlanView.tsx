import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Skeleton from '@mui/material/Skeleton';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { parametersIn } from '#shared/model/sql-lexer.ts';
import { useBackend } from '#renderer/api/client.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { keys } from '#renderer/api/queries.ts';
import { DrawerSection } from '#renderer/components/DrawerSection.tsx';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';
import { AnalyzeDialog } from './AnalyzeDialog.tsx';
import { PlanView } from './PlanView.tsx';

interface Props {
  readonly connectionId: string;
  readonly text: string;
  readonly startsOpen?: boolean;
}

/** Makes the plan of a statement when asked to, with values for its parameters where the user has some. */
export function StatementPlanView({ connectionId, text, startsOpen = false }: Props): ReactElement {
  const { client } = useBackend();
  const parameters = parametersIn(text);
  const [values, setValues] = useState<readonly string[]>(parameters.map(() => ''));
  const [asked, setAsked] = useState({ isOpen: startsOpen, values: [] as readonly string[], analyze: false });
  const [isAsking, setAsking] = useState(false);
  const areFilled = values.every((value) => value !== '');
  const { data, error, isFetching, refetch } = useQuery({
    enabled: asked.isOpen,
    queryKey: [...keys.facts(connectionId), 'plan', text, asked],
    queryFn: ({ signal }) =>
      client.queries.plan(
        { connectionId, text, values: [...asked.values], analyze: asked.analyze, confirmed: asked.analyze },
        { signal },
      ),
  });
  const ask = (analyze: boolean): void =>
    setAsked({ isOpen: true, values: areFilled ? values : [], analyze });
  return (
    <DrawerSection title="Plan">
      {parameters.length > 0 && (
        <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1, mb: 1.5 }}>
          {parameters.map((name, at) => (
            <TextField
              key={name}
              size="small"
              label={name}
              value={values[at] ?? ''}
              onChange={(event) =>
                setValues((before) => before.map((value, i) => (i === at ? event.target.value : value)))
              }
              sx={{ width: 150 }}
            />
          ))}
        </Box>
      )}
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1, mb: 1.5 }}>
        <Button variant="outlined" color="inherit" disabled={isFetching} onClick={() => ask(false)}>
          {areFilled && parameters.length > 0 ? 'Explain with these values' : 'Explain'}
        </Button>
        <Button
          variant="outlined"
          color="inherit"
          disabled={isFetching || (parameters.length > 0 && !areFilled)}
          onClick={() => setAsking(true)}
        >
          Run and measure…
        </Button>
      </Box>
      {isFetching ? (
        <Skeleton variant="rounded" height={200} />
      ) : error ? (
        <ErrorNotice error={toUserError(error)} title="There is no plan" onRetry={() => void refetch()} />
      ) : data ? (
        <PlanView connectionId={connectionId} text={text} plan={data} />
      ) : (
        <Typography sx={{ color: 'text.secondary' }}>
          Explaining asks the planner only: the statement does not run.
        </Typography>
      )}
      <AnalyzeDialog
        isOpen={isAsking}
        onCancel={() => setAsking(false)}
        onConfirm={() => {
          setAsking(false);
          ask(true);
        }}
      />
    </DrawerSection>
  );
}
