import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { type ReactElement, useState } from 'react';
import type { TableParameter } from '#shared/model/vacuum.ts';
import { PlanButtons } from '#renderer/app/plan/PlanButtons.tsx';
import { RunPlanButton } from '#renderer/app/plan/RunPlanButton.tsx';

interface Props {
  readonly connectionId: string;
  readonly oid: number;
  /** What is advised or set comes first. */
  readonly parameters: readonly TableParameter[];
}

/** Storage and autovacuum parameters of one table: another value, or the server's again. */
export function TableParameters({ connectionId, oid, parameters }: Props): ReactElement | null {
  const [chosen, setChosen] = useState(parameters[0]?.name ?? '');
  const parameter = parameters.find(({ name }) => name === chosen) ?? parameters[0];
  // Null = untouched: the field follows what is advised and what is set.
  const [typed, setTyped] = useState<string | null>(null);
  if (!parameter) return null;
  const { name, own, advised } = parameter;
  const value = (typed ?? advised ?? own ?? '').trim();
  return (
    <PlanButtons title="Parameters of this table">
      <TextField
        select
        label="Parameter"
        value={name}
        onChange={(event) => {
          setChosen(event.target.value);
          setTyped(null);
        }}
        sx={{ flex: '1 1 220px', minWidth: 0 }}
      >
        {parameters.map((known) => (
          <MenuItem key={known.name} value={known.name}>
            {known.name}
            {known.advised !== null
              ? ` (advised: ${known.advised})`
              : known.own !== null && ` = ${known.own}`}
          </MenuItem>
        ))}
      </TextField>
      <TextField
        label={own === null ? 'Value' : `Value, now ${own}`}
        value={typed ?? advised ?? own ?? ''}
        onChange={(event) => setTyped(event.target.value)}
        slotProps={{ htmlInput: { spellCheck: false, autoCapitalize: 'off', autoComplete: 'off' } }}
        sx={{ width: 124 }}
      />
      <RunPlanButton
        connectionId={connectionId}
        isOff={value === '' || value === own}
        request={{ verb: 'table-options', table: oid, options: { [name]: value } }}
      >
        Set…
      </RunPlanButton>
      <RunPlanButton
        connectionId={connectionId}
        isOff={own === null}
        request={{ verb: 'table-options', table: oid, options: { [name]: null } }}
      >
        Reset…
      </RunPlanButton>
    </PlanButtons>
  );
}
