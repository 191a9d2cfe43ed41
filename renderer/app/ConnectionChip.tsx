import ExpandIcon from '@mui/icons-material/UnfoldMoreOutlined';
import ButtonBase from '@mui/material/ButtonBase';
import Divider from '@mui/material/Divider';
import ListItemText from '@mui/material/ListItemText';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import { styled } from '@mui/material/styles';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { useNavigate } from 'react-router';
import type { ConnectionSummary } from '#shared/model/connection.ts';
import { useBackend } from '../api/client.ts';
import { keys, useConnections } from '../api/queries.ts';
import { EnvironmentMark } from '../components/EnvironmentMark.tsx';
import { visible } from '../components/ObjectName.tsx';
import { factsOf } from '../state/connection-words.ts';
import { cancelAudit, useAuditRuns } from '../state/audit-run.ts';
import { pageAddress } from './addresses.ts';
import { NeighbourItems } from './NeighbourItems.tsx';

/** Name, version and role of the server; opens the list of connections. */
export function ConnectionChip({ connection }: { readonly connection: ConnectionSummary }): ReactElement {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const navigate = useNavigate();
  const { data: connections = [] } = useConnections();
  const close = useCloseConnection();
  const go = (address: string): void => {
    setAnchor(null);
    void navigate(address);
  };
  return (
    <>
      <Chip
        onClick={(event) => setAnchor(event.currentTarget)}
        aria-haspopup="menu"
        title={`${connection.name}\n${factsOf(connection).join(' · ')}`}
      >
        {connection.environment !== null && <EnvironmentMark environment={connection.environment} />}
        <span className="words">
          <bdi className="name">{visible(connection.name)}</bdi>
          <span className="facts">{factsOf(connection).join(' · ')}</span>
        </span>
        <ExpandIcon fontSize="small" aria-hidden />
      </Chip>
      <Menu
        anchorEl={anchor}
        open={anchor !== null}
        onClose={() => setAnchor(null)}
        slotProps={{ list: { 'aria-label': 'Connections' } }}
      >
        {connections.map((other) => (
          <MenuItem
            key={other.id}
            selected={other.id === connection.id}
            onClick={() => go(pageAddress(other.id, 'overview'))}
          >
            <ListItemText primary={<bdi>{visible(other.name)}</bdi>} secondary={factsOf(other).join(' · ')} />
            {other.environment !== null && <EnvironmentMark environment={other.environment} />}
          </MenuItem>
        ))}
        <NeighbourItems
          connectionId={connection.id}
          isOpen={anchor !== null}
          onEntered={() => setAnchor(null)}
        />
        <Divider />
        <MenuItem onClick={() => go('/connect')}>Connect to another database…</MenuItem>
        <MenuItem
          onClick={() => {
            setAnchor(null);
            close.mutate(connection.id);
          }}
        >
          Close this connection
        </MenuItem>
      </Menu>
    </>
  );
}

function useCloseConnection() {
  const { client } = useBackend();
  const queries = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: async (connectionId: string) => {
      cancelAudit(connectionId);
      await client.connections.close({ connectionId });
      return connectionId;
    },
    onSuccess: async (connectionId) => {
      await navigate('/connect');
      useAuditRuns.getState().forget(connectionId);
      queries.removeQueries({ queryKey: keys.audit(connectionId) });
      queries.removeQueries({ queryKey: keys.facts(connectionId) });
    },
    onSettled: () => queries.invalidateQueries({ queryKey: keys.connections }),
  });
}

const Chip = styled(ButtonBase)(({ theme }) => ({
  gap: 8,
  minWidth: 0,
  fontFamily: 'inherit',
  flex: '0 1 auto',
  padding: '4px 6px 4px 10px',
  borderRadius: 6,
  border: `1px solid ${theme.vars.palette.divider}`,
  textAlign: 'start',
  '& .words': { display: 'grid', minWidth: 0 },
  '& .name, & .facts': { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  '& .name': { fontSize: '0.8125rem', fontWeight: 600, lineHeight: 1.35 },
  '& .facts': { ...theme.typography.caption, lineHeight: 1.3, color: theme.vars.palette.text.secondary },
  '&:hover': { background: theme.vars.palette.row.hover },
}));
