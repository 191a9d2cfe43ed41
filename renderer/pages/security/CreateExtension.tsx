import Autocomplete from '@mui/material/Autocomplete';
import TextField from '@mui/material/TextField';
import { type ReactElement, useState } from 'react';
import type { SecurityOverview } from '#shared/model/security.ts';
import { RunPlanButton } from '#renderer/app/plan/RunPlanButton.tsx';

interface Props {
  readonly connectionId: string;
  readonly available: NonNullable<SecurityOverview['availableExtensions']>;
}

/** Creates one of the extensions that the server has at hand. */
export function CreateExtension({ connectionId, available }: Props): ReactElement {
  const [chosen, setChosen] = useState<Props['available'][number] | null>(null);
  // What was created meanwhile is no longer there.
  const extension = available.find(({ name }) => name === chosen?.name) ?? null;
  return (
    <>
      <Autocomplete
        size="small"
        options={available}
        value={extension}
        onChange={(_, next) => setChosen(next)}
        getOptionLabel={({ name, version }) => `${name} ${version}`}
        isOptionEqualToValue={(a, b) => a.name === b.name}
        noOptionsText="The server has no such extension at hand."
        renderInput={(params) => <TextField {...params} label="Not in this database" />}
        sx={{ width: 250 }}
      />
      <RunPlanButton
        connectionId={connectionId}
        isOff={extension === null}
        request={{ verb: 'create-extension', name: extension?.name ?? '', schema: null }}
      >
        Create…
      </RunPlanButton>
    </>
  );
}
