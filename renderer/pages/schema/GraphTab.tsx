import Autocomplete from '@mui/material/Autocomplete';
import Box from '@mui/material/Box';
import Skeleton from '@mui/material/Skeleton';
import TextField from '@mui/material/TextField';
import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import { useQuery } from '@tanstack/react-query';
import { lazy, type ReactElement, Suspense, useState } from 'react';
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
  readonly parents: readonly ParentRow[];
  readonly onOpen: (oid: number) => void;
}

/** Foreign keys as a picture; "Foreign keys" has the same as a table. */
export function GraphTab({ connectionId, parents, onOpen }: Props): ReactElement {
  const { client } = useBackend();
  const isCut = parents.length > READABLE;
  const [around, setAround] = useState<ParentRow | null>(isCut ? (parents[0] ?? null) : null);
  const [steps, setSteps] = useState<(typeof STEPS)[number]>(1);
  const { data, error, refetch } = useQuery({
    queryKey: [...keys.insight(connectionId), 'graph', around?.oid ?? null, steps],
    queryFn: ({ signal }) =>
      client.schema.graph({ connectionId, around: around?.oid ?? null, steps }, { signal }),
  });
  if (parents.length === 0)
    return <EmptyState title="No foreign keys.">There is nothing to draw.</EmptyState>;
  return (
    <Box sx={{ display: 'flex', flexDirection: 'column', gap: 1, flex: 1, minHeight: 420 }}>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1.5, alignItems: 'center', pt: 1 }}>
        <Autocomplete
          options={parents}
          value={around}
          size="small"
          getOptionLabel={labelOf}
          isOptionEqualToValue={(a, b) => a.oid === b.oid}
          onChange={(_, value) => setAround(value)}
          sx={{ width: 280, maxWidth: '100%' }}
          renderInput={(params) => <TextField {...params} label="Around the table" />}
        />
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
              around === parents[0] &&
              `, around the most referred to of ${formatCount(parents.length)} parents: all are too many to read`}
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

function labelOf(row: ParentRow): string {
  return row.schema === 'public' ? row.name : `${row.schema}.${row.name}`;
}
