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
import { SqlBlock } from '#renderer/components/SqlBlock.tsx';

/** The SQL that drops every removable index, and the SQL that brings all of them back. */
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
              Drops {formatCountOf(data.drop.length, 'index', 'indexes')} that nothing has scanned and that
              carry no rule. Reads and writes go on; each statement waits for older transactions. Keep the
              second script: it builds all of them again.
            </p>
            <DrawerSection title="Drop">
              <SqlBlock statements={data.drop} label="SQL that drops them" />
            </DrawerSection>
            <DrawerSection title="Bring back">
              <SqlBlock statements={data.create} label="SQL that builds them again" />
            </DrawerSection>
          </>
        )}
      </DetailDrawer>
    </>
  );
}
