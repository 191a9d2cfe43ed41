import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Skeleton from '@mui/material/Skeleton';
import { useQuery } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import type { RemovalPlan } from '#shared/model/indexes.ts';
import { formatBytes, formatCountOf } from '#shared/model/format.ts';
import { useBackend } from '#renderer/api/client.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { keys } from '#renderer/api/queries.ts';
import { CopyButton } from '#renderer/components/CopyButton.tsx';
import { DetailDrawer } from '#renderer/components/DetailDrawer.tsx';
import { DrawerSection } from '#renderer/components/DrawerSection.tsx';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';
import { SqlBlock } from '#renderer/components/SqlBlock.tsx';

type Which = 'drop' | 'create';

interface Props {
  readonly connectionId: string;
  readonly plan: RemovalPlan;
  readonly withUnproven: boolean;
}

/** The two scripts of a plan: read the beginning, copy all of it. Both come in pieces, however long they are. */
export function RemovalScripts({ connectionId, plan, withUnproven }: Props): ReactElement {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button variant="outlined" color="inherit" onClick={() => setOpen(true)}>
        Show the SQL…
      </Button>
      <DetailDrawer isOpen={isOpen} label="Removal scripts" onClose={() => setOpen(false)}>
        <Box sx={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 2.5 }}>
          <span>
            Keep the second script before you run the first: it builds{' '}
            {formatCountOf(plan.indexes, 'index', 'indexes')} again.
          </span>
          <Script {...{ connectionId, withUnproven }} which="drop" bytes={plan.dropScriptBytes} />
          <Script {...{ connectionId, withUnproven }} which="create" bytes={plan.createScriptBytes} />
        </Box>
      </DetailDrawer>
    </>
  );
}

const TITLE: Readonly<Record<Which, string>> = { drop: 'Drop', create: 'Bring back' };
const LABEL: Readonly<Record<Which, string>> = {
  drop: 'SQL that drops them',
  create: 'SQL that builds them again',
};
/** What people read; the rest is for the clipboard. */
const PREVIEW_LINES = 200;

interface ScriptProps {
  readonly connectionId: string;
  readonly withUnproven: boolean;
  readonly which: Which;
  readonly bytes: number;
}

function Script({ connectionId, withUnproven, which, bytes }: ScriptProps): ReactElement {
  const { client } = useBackend();
  const load = (from: number, signal: AbortSignal) =>
    client.indexes.removalScript({ connectionId, withUnproven, which, from }, { signal });
  const { data, error } = useQuery({
    queryKey: [...keys.insight(connectionId), 'removal-script', which, withUnproven, bytes],
    queryFn: ({ signal }) => load(0, signal),
  });
  const whole = async (): Promise<string> => {
    const pieces: string[] = [];
    for (let from: number | null = 0; from !== null; ) {
      const piece: Awaited<ReturnType<typeof load>> = await load(from, new AbortController().signal);
      pieces.push(piece.sql);
      from = piece.next;
    }
    return pieces.join('');
  };
  if (error) return <ErrorNotice error={toUserError(error)} title="The script could not be made" />;
  if (!data) return <Skeleton variant="rounded" height={160} />;
  const lines = data.sql.trimEnd().split('\n');
  const isCut = lines.length > PREVIEW_LINES || data.next !== null;
  return (
    <DrawerSection title={TITLE[which]}>
      {isCut && <p>The first {PREVIEW_LINES} lines; the copy holds all of it.</p>}
      <SqlBlock
        statements={[lines.slice(0, PREVIEW_LINES).join('\n')]}
        label={isCut ? `${LABEL[which]}, first ${PREVIEW_LINES} lines` : LABEL[which]}
      />
      <Box sx={{ mt: 1 }}>
        <CopyButton text={whole} what={LABEL[which]} label={`Copy all of it (${formatBytes(bytes)})`} />
      </Box>
    </DrawerSection>
  );
}
