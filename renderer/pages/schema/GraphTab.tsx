import Autocomplete from '@mui/material/Autocomplete';
import Box from '@mui/material/Box';
import Skeleton from '@mui/material/Skeleton';
import TextField from '@mui/material/TextField';
import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { lazy, type ReactElement, Suspense, useDeferredValue, useState } from 'react';
import { formatCount, formatCountOf } from '#shared/model/format.ts';
import type { ParentRow } from '#shared/model/schema.ts';
import { useBackend } from '#renderer/api/client.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { keys } from '#renderer/api/queries.ts';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';

// The drawing library is needed here only.
const SchemaPicture = lazy(async () => ({ default: (await import('./SchemaPicture.tsx')).SchemaPicture }));

/** With more tables than this the picture begins around the most connected one. */
const READABLE = 60;
const STEPS = [1, 2, 3] as const;

interface Props {
  readonly connectionId: string;
  /** How many tables others refer to. */
  readonly parents: number;
  readonly mostReferred: ParentRow | null;
  readonly onOpen: (oid: number) => void;
}

/** Foreign keys as a picture; "Foreign keys" has the same as a table. */
export function GraphTab({ connectionId, parents, mostReferred, onOpen }: Props): ReactElement {
  const { client } = useBackend();
  const isCut = parents > READABLE;
  const [around, setAround] = useState<ParentRow | null>(isCut ? mostReferred : null);
  const [steps, setSteps] = useState<(typeof STEPS)[number]>(1);
  const { data, error, refetch } = useQuery({
    queryKey: [...keys.insight(connectionId), 'graph', around?.oid ?? null, steps],
    queryFn: ({ signal }) =>
      client.schema.graph({ connectionId, around: around?.oid ?? null, steps }, { signal }),
  });
  if (parents === 0) return <EmptyState title="No foreign keys.">There is nothing to draw.</EmptyState>;
  return (
    <Box sx={{ display: 'flex', flexDirection: 'column', gap: 1, flex: 1, minHeight: 420 }}>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1.5, alignItems: 'center', pt: 1 }}>
        <ParentChoice connectionId={connectionId} value={around} onChange={setAround} />
        {around !== null && (
          <ToggleButtonGroup
            exclusive
            size="small"
            value={steps}
            onChange={(_, value: (typeof STEPS)[number] | null) => value && setSteps(value)}
            aria-label="Steps away"
          >
            {STEPS.map((count) => (
              <ToggleButton key={count} value={count} sx={{ textTransform: 'none', color: 'text.primary' }}>
                {count === 1 ? '1 step' : `${count} steps`}
              </ToggleButton>
            ))}
          </ToggleButtonGroup>
        )}
        {data && (
          <span role="status">
            {formatCountOf(data.nodes.length, 'table')}, {formatCountOf(data.edges.length, 'foreign key')}
            {isCut &&
              around?.oid === mostReferred?.oid &&
              `, around the most referred to of ${formatCount(parents)} parents: all are too many to read`}
            {data.left > 0 && `; ${formatCount(data.left)} more tables: choose one to look around`}
            {around === null &&
              data.unconnected > 0 &&
              `; ${formatCount(data.unconnected)} without foreign keys left out`}
          </span>
        )}
      </Box>
      {error ? (
        <ErrorNotice error={toUserError(error)} onRetry={() => void refetch()} />
      ) : !data ? (
        <Skeleton variant="rounded" sx={{ flex: 1 }} />
      ) : (
        <Suspense fallback={<Skeleton variant="rounded" sx={{ flex: 1 }} />}>
          <SchemaPicture
            key={`${around?.oid} ${steps}`}
            graph={data}
            around={around?.oid ?? null}
            onOpen={onOpen}
          />
        </Suspense>
      )}
    </Box>
  );
}

interface ChoiceProps {
  readonly connectionId: string;
  readonly value: ParentRow | null;
  readonly onChange: (value: ParentRow | null) => void;
}

/** One of the tables that others refer to, searched for in the engine: there may be thousands. */
function ParentChoice({ connectionId, value, onChange }: ChoiceProps): ReactElement {
  const { client } = useBackend();
  const [typed, setTyped] = useState(value === null ? '' : labelOf(value));
  // A name that was chosen is no search: the list then has the others too.
  const filter = useDeferredValue(value !== null && typed === labelOf(value) ? '' : typed);
  const { data, isFetching } = useQuery({
    queryKey: [...keys.insight(connectionId), 'parents', 'choice', filter],
    queryFn: ({ signal }) => client.schema.parents({ connectionId, ...MOST_REFERRED, filter }, { signal }),
    placeholderData: keepPreviousData,
  });
  return (
    <Autocomplete
      options={data?.rows ?? []}
      value={value}
      inputValue={typed}
      size="small"
      loading={isFetching}
      filterOptions={(options) => options}
      getOptionLabel={labelOf}
      getOptionKey={({ oid }) => oid}
      isOptionEqualToValue={(a, b) => a.oid === b.oid}
      noOptionsText="No table with foreign keys to it matches"
      onInputChange={(_, text) => setTyped(text)}
      onChange={(_, chosen) => onChange(chosen)}
      sx={{ width: 280, maxWidth: '100%' }}
      renderInput={(params) => <TextField {...params} label="Around the table" />}
    />
  );
}

const MOST_REFERRED = { sortBy: 'children', direction: 'descending', offset: 0, limit: 100 } as const;

function labelOf(row: ParentRow): string {
  return row.schema === 'public' ? row.name : `${row.schema}.${row.name}`;
}
