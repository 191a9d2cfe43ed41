import Button from '@mui/material/Button';
import { styled } from '@mui/material/styles';
import type { ReactElement } from 'react';
import { useNavigate } from 'react-router';
import type { DatabaseRow } from '#shared/model/statistics.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { useServerDatabases } from '#renderer/api/queries.ts';
import { pageAddress } from '#renderer/app/addresses.ts';
import { useOpenDatabase } from '#renderer/app/use-open-database.ts';

interface Props {
  readonly connectionId: string;
  readonly row: DatabaseRow;
}

/** What the last audit of a database said, and the way to it: each database is audited by itself. */
export function DatabaseHealth({ connectionId, row }: Props): ReactElement {
  const { data } = useServerDatabases(connectionId, true);
  const open = useOpenDatabase(connectionId);
  const navigate = useNavigate();
  const known = data?.find(({ oid }) => oid === row.oid);
  if (!known) return <Root>{data ? 'a template' : ''}</Root>;
  const { connectionId: openId, lastAudit, allowsConnections, name } = known;
  const grade = lastAudit ? `Grade ${lastAudit.grade}` : 'Not audited yet';
  if (!allowsConnections) return <Root>Lets nobody in</Root>;
  return (
    <Root>
      <span title={open.error ? toUserError(open.error).message : undefined}>
        {open.error ? 'Could not be opened' : grade}
      </span>
      {!row.isOwn && (
        <Button
          loading={open.isPending}
          aria-label={`Open ${name}`}
          onClick={() =>
            openId === null ? open.mutate(name) : void navigate(pageAddress(openId, 'overview'))
          }
        >
          Open
        </Button>
      )}
    </Root>
  );
}

const Root = styled('span')({
  display: 'flex',
  alignItems: 'center',
  justifyContent: 'space-between',
  gap: 8,
  minHeight: 30,
  whiteSpace: 'nowrap',
});
