import { styled } from '@mui/material/styles';
import type { ReactElement } from 'react';
import { Link } from 'react-router';
import { useConnections } from '#renderer/api/queries.ts';
import { pageAddress } from '#renderer/app/addresses.ts';
import { ObjectName } from '#renderer/components/ObjectName.tsx';
import { Panel } from '#renderer/components/Panel.tsx';
import { factsOf } from '#renderer/state/connection-words.ts';

/** Connections of this session; nothing where there is none yet. */
export function OpenConnections(): ReactElement | null {
  const { data: connections = [] } = useConnections();
  if (connections.length === 0) return null;
  return (
    <Panel title="Open connections">
      <List>
        {connections.map((connection) => (
          <li key={connection.id}>
            <Link to={pageAddress(connection.id, 'overview')}>
              <ObjectName name={connection.name} />
              <span className="facts">{factsOf(connection).join(' · ')}</span>
            </Link>
          </li>
        ))}
      </List>
    </Panel>
  );
}

const List = styled('ul')(({ theme }) => ({
  margin: 0,
  padding: 0,
  listStyle: 'none',
  display: 'grid',
  gap: 4,
  '& a': {
    display: 'block',
    padding: '6px 8px',
    borderRadius: 6,
    color: theme.vars.palette.text.primary,
    fontWeight: 600,
    textDecoration: 'none',
    border: `1px solid ${theme.vars.palette.divider}`,
  },
  '& a:hover': { background: theme.vars.palette.row.hover },
  '& .facts': {
    display: 'block',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    ...theme.typography.caption,
    fontWeight: 400,
    color: theme.vars.palette.text.secondary,
  },
}));
