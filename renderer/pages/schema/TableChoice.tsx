import Autocomplete from '@mui/material/Autocomplete';
import TextField from '@mui/material/TextField';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type ReactElement, useDeferredValue, useState } from 'react';
import type { TableName } from '#shared/model/tables.ts';
import { useBackend } from '#renderer/api/client.ts';
import { keys } from '#renderer/api/queries.ts';
import { visible } from '#renderer/components/ObjectName.tsx';

interface Props {
  readonly connectionId: string;
  readonly label: string;
  readonly value: TableName | null;
  readonly onChange: (value: TableName | null) => void;
}

/** One of all tables, searched for in the engine: there may be thousands. */
export function TableChoice({ connectionId, label, value, onChange }: Props): ReactElement {
  const { client } = useBackend();
  const [typed, setTyped] = useState('');
  const text = useDeferredValue(typed.trim());
  const { data, isFetching } = useQuery({
    queryKey: [...keys.insight(connectionId), 'tables', 'choice', text],
    queryFn: ({ signal }) => client.tables.search({ connectionId, text }, { signal }),
    enabled: text !== '',
    placeholderData: keepPreviousData,
  });
  return (
    <Autocomplete
      options={text === '' ? [] : (data ?? [])}
      value={value}
      size="small"
      loading={isFetching}
      filterOptions={(options) => [...options]}
      getOptionLabel={labelOf}
      getOptionKey={({ oid }) => oid}
      isOptionEqualToValue={(a, b) => a.oid === b.oid}
      noOptionsText={text === '' ? 'Type a part of its name' : 'No table matches'}
      onInputChange={(_, next) => setTyped(next)}
      onChange={(_, chosen) => onChange(chosen)}
      renderInput={(params) => <TextField {...params} label={label} />}
    />
  );
}

function labelOf({ schema, name }: TableName): string {
  return visible(schema === 'public' ? name : `${schema}.${name}`);
}
