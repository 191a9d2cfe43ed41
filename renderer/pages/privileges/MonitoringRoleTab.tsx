import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import FormLabel from '@mui/material/FormLabel';
import FormGroup from '@mui/material/FormGroup';
import FormControl from '@mui/material/FormControl';
import TextField from '@mui/material/TextField';
import { styled } from '@mui/material/styles';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type ReactElement, useDeferredValue, useId, useState } from 'react';
import type { MonitoringChoice, MonitoringChoiceId } from '#shared/model/privileges.ts';
import { useBackend } from '#renderer/api/client.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { keys } from '#renderer/api/queries.ts';
import { Panel } from '#renderer/components/Panel.tsx';
import { Pending } from '#renderer/components/Pending.tsx';
import { MonitoringScriptView } from './MonitoringScriptView.tsx';

interface Props {
  readonly connectionId: string;
  readonly choices: readonly MonitoringChoice[];
  readonly suggestedName: string;
}

/** A script for a role that may look and nothing else, made for this server; PgVitals does not run it. */
export function MonitoringRoleTab({ connectionId, choices, suggestedName }: Props): ReactElement {
  const [typed, setTyped] = useState<string | null>(null);
  const [chosen, setChosen] = useState<readonly MonitoringChoiceId[]>([]);
  const { client } = useBackend();
  const name = useDeferredValue(typed ?? suggestedName);
  const query = useQuery({
    queryKey: [...keys.insight(connectionId), 'monitoring-role', name, chosen],
    queryFn: ({ signal }) =>
      client.privileges.script({ connectionId, name, choices: [...chosen] }, { signal }),
    placeholderData: keepPreviousData,
  });
  const { data, error } = query;
  const refusal = error === null ? null : toUserError(error);
  // A name that no role can have is said at its field; what stays below is the script for the one before.
  const isBadName = refusal?.code === 'BAD_INPUT';
  return (
    <Columns>
      <Panel title="What the role may do">
        <Form>
          <TextField
            label="Name of the role"
            size="small"
            value={typed ?? suggestedName}
            error={isBadName}
            helperText={
              isBadName ? refusal.message : 'It sees sessions, statements, settings and sizes; no rows.'
            }
            onChange={(event) => setTyped(event.target.value)}
            slotProps={{ htmlInput: { spellCheck: false, autoCapitalize: 'off' } }}
          />
          <Choices choices={choices} chosen={chosen} onChange={setChosen} />
        </Form>
      </Panel>
      {data && !isBadName ? (
        <MonitoringScriptView made={data} />
      ) : (
        !isBadName && <Pending query={query} failure="The script could not be written" height={320} />
      )}
    </Columns>
  );
}

interface ChoicesProps {
  readonly choices: readonly MonitoringChoice[];
  readonly chosen: readonly MonitoringChoiceId[];
  readonly onChange: (chosen: readonly MonitoringChoiceId[]) => void;
}

function Choices({ choices, chosen, onChange }: ChoicesProps): ReactElement {
  const id = useId();
  return (
    <FormControl component="fieldset">
      <FormLabel component="legend" id={id} sx={{ typography: 'h3', mb: 0.5 }}>
        And besides
      </FormLabel>
      <FormGroup aria-labelledby={id}>
        {choices.map(({ id: own, label, means, unavailable }) => (
          <Line
            key={own}
            disabled={unavailable !== null}
            control={
              <Checkbox
                size="small"
                checked={chosen.includes(own)}
                onChange={(_, isOn) =>
                  onChange(isOn ? [...chosen, own] : chosen.filter((other) => other !== own))
                }
              />
            }
            label={
              <>
                <strong>{label}</strong> <span className="quiet">{unavailable ?? means}</span>
              </>
            }
          />
        ))}
      </FormGroup>
    </FormControl>
  );
}

const Columns = styled('div')({
  display: 'grid',
  gridTemplateColumns: 'minmax(0, 1fr)',
  gap: 12,
  paddingTop: 12,
});

const Form = styled('div')({ display: 'grid', gap: 12, '& .MuiTextField-root': { maxWidth: 420 } });

const Line = styled(FormControlLabel)(({ theme }) => ({
  marginInlineEnd: 0,
  alignItems: 'flex-start',
  '& .MuiFormControlLabel-label': { flex: 1, minWidth: 0, paddingBlock: 7, overflowWrap: 'anywhere' },
  '& strong': { fontWeight: 600 },
  '& .quiet': { color: theme.vars.palette.text.secondary },
}));
