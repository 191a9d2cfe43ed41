import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import { useQuery } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { formatCountOf } from '#shared/model/format.ts';
import { useBackend } from '#renderer/api/client.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { keys } from '#renderer/api/queries.ts';
import { DetailDrawer } from '#renderer/components/DetailDrawer.tsx';
import { DrawerSection } from '#renderer/components/DrawerSection.tsx';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';
import { visible } from '#renderer/components/ObjectName.tsx';
import { SqlBlock } from '#renderer/components/SqlBlock.tsx';

/** The SQL that drops what may go, the SQL that brings it back, and what stays and why. */
export function RemovalPlan({ connectionId }: { readonly connectionId: string }): ReactElement {
  const [isOpen, setOpen] = useState(false);
  const { client } = useBackend();
  const { data, error } = useQuery({
    enabled: isOpen,
    queryKey: [...keys.insight(connectionId), 'removal-plan'],
    queryFn: ({ signal }) => client.indexes.removalPlan({ connectionId }, { signal }),
  });
  return (
    <>
      <Button variant="outlined" color="inherit" onClick={() => setOpen(true)}>
        Removal plan…
      </Button>
      <DetailDrawer isOpen={isOpen} label="Removal plan" onClose={() => setOpen(false)}>
        {error && <ErrorNotice error={toUserError(error)} />}
        {data && (
          <>
            <p>
              {data.indexes === 0
                ? 'No index may be dropped as things are.'
                : `Drops ${formatCountOf(data.indexes, 'index', 'indexes')} that nothing has scanned since the counters began and that nothing else needs. Reads and writes go on; each statement waits for older transactions. Keep the second script: it builds all of them again.`}
            </p>
            {data.held.length > 0 && (
              <DrawerSection title="What stays, though nothing scanned it">
                <Box component="ul" sx={{ m: 0, pl: 2.25, display: 'grid', gap: 0.5 }}>
                  {data.held.map(({ reason, count, names }) => (
                    <li key={reason} dir="auto">
                      {formatCountOf(count, 'index', 'indexes')}, because {reason}:{' '}
                      {visible(names.join(', '))}
                      {count > names.length && ' …'}
                    </li>
                  ))}
                </Box>
              </DrawerSection>
            )}
            {data.indexes > 0 && (
              <>
                <DrawerSection title="Drop">
                  <SqlBlock statements={data.drop} label="SQL that drops them" />
                </DrawerSection>
                <DrawerSection title="Bring back">
                  <SqlBlock statements={data.create} label="SQL that builds them again" />
                </DrawerSection>
              </>
            )}
          </>
        )}
      </DetailDrawer>
    </>
  );
}
