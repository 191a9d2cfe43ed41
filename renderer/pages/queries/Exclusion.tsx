import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import type { StatementDetail } from '#shared/model/queries.ts';
import { useBackend } from '#renderer/api/client.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { keys } from '#renderer/api/queries.ts';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';
import { announce } from '#renderer/components/LiveRegion.tsx';

interface Props {
  readonly connectionId: string;
  readonly database: string | null;
  readonly detail: StatementDetail;
}

/** Takes a statement out of the lists, or brings it back. Without an id (hidden texts) there is nothing to go by. */
export function Exclusion({ connectionId, database, detail }: Props): ReactElement | null {
  const { client } = useBackend();
  const { queryId } = detail.row;
  const { mutate, isPending, error } = useExclusionChange(connectionId, () =>
    detail.isExcluded
      ? client.queries.include({ connectionId, queryId })
      : client.queries.exclude({ connectionId, queryId, database }),
  );
  if (queryId === '') return null;
  return (
    <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 1.5 }}>
      {/* Never disabled: that would take the focus out of the drawer, and Esc would no longer close it. */}
      <Button variant="outlined" color="inherit" onClick={() => !isPending && mutate()}>
        {detail.isExcluded ? 'Bring back into the lists' : 'Exclude from the lists'}
      </Button>
      {detail.isExcluded && (
        <Typography sx={{ color: 'text.secondary' }}>
          Excluded: in no list and no total. Its share is of all statements.
        </Typography>
      )}
      {error && <ErrorNotice error={toUserError(error)} title="Not saved" />}
    </Box>
  );
}

/** Lists and figures are read anew once it is saved. */
export function useExclusionChange(connectionId: string, change: () => Promise<unknown>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: async () => {
      announce('Saved');
      await queries.invalidateQueries({ queryKey: keys.insight(connectionId) });
    },
  });
}
