import { styled } from '@mui/material/styles';
import type { ReactElement } from 'react';
import type { ConnectionSummary } from '#shared/model/connection.ts';
import { EnvironmentMark } from '#renderer/components/EnvironmentMark.tsx';
import { visible } from '#renderer/components/ObjectName.tsx';

/** Which database is about to change: the same words on every change, so that a wrong one stands out. */
export function Where({ connection }: { readonly connection: ConnectionSummary }): ReactElement {
  const { name, host, port, database, role, isStandby, isDemo, environment } = connection;
  return (
    <Root aria-label="Connection">
      <bdi className="name">{visible(name)}</bdi>
      {environment !== null && <EnvironmentMark environment={environment} />}
      <span>
        database <bdi>{visible(database)}</bdi>
      </span>
      <span>
        <bdi>
          {visible(host)}:{port}
        </bdi>
      </span>
      <span>
        role <bdi>{visible(role)}</bdi>
      </span>
      <span>{isStandby ? 'standby' : 'primary'}</span>
      {isDemo && <span>demo</span>}
    </Root>
  );
}

const Root = styled('div')(({ theme }) => ({
  display: 'flex',
  flexWrap: 'wrap',
  alignItems: 'center',
  gap: '0 12px',
  padding: '6px 12px',
  borderRadius: 6,
  overflowWrap: 'anywhere',
  background: theme.vars.palette.row.active,
  '& .name': { fontWeight: 600 },
}));
