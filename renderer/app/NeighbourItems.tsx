import Divider from '@mui/material/Divider';
import ListItemText from '@mui/material/ListItemText';
import ListSubheader from '@mui/material/ListSubheader';
import MenuItem from '@mui/material/MenuItem';
import type { ReactElement } from 'react';
import { toUserError } from '../api/errors.ts';
import { useServerDatabases } from '../api/queries.ts';
import { visible } from '../components/ObjectName.tsx';
import { useOpenDatabase } from './use-open-database.ts';

interface Props {
  readonly connectionId: string;
  /** The menu shows. */
  readonly isOpen: boolean;
  readonly onEntered: () => void;
}

/** A server may have thousands; Statistics lists all of them. */
const MOST = 20;

/** The other databases of the same server, one choice away. */
export function NeighbourItems({ connectionId, isOpen, onEntered }: Props): ReactElement[] {
  const { data = [] } = useServerDatabases(connectionId, isOpen);
  const open = useOpenDatabase(connectionId);
  const others = data.filter((database) => !database.isOwn && database.connectionId === null);
  if (others.length === 0) return [];
  const failed = open.error ? toUserError(open.error) : null;
  return [
    <Divider key="line" />,
    <ListSubheader key="title" sx={{ lineHeight: '28px', background: 'transparent' }}>
      Other databases of this server
    </ListSubheader>,
    ...others.slice(0, MOST).map(({ oid, name, allowsConnections, lastAudit }) => (
      <MenuItem
        key={oid}
        disabled={!allowsConnections || open.isPending}
        onClick={() => open.mutate(name, { onSuccess: onEntered })}
      >
        <ListItemText
          primary={<bdi>{visible(name)}</bdi>}
          secondary={
            failed && open.variables === name
              ? `${failed.message} ${failed.nextStep ?? ''}`
              : open.isPending && open.variables === name
                ? 'connecting'
                : !allowsConnections
                  ? 'lets nobody in'
                  : lastAudit
                    ? `grade ${lastAudit.grade}`
                    : 'not audited yet'
          }
        />
      </MenuItem>
    )),
    ...(others.length > MOST
      ? [
          <MenuItem key="more" disabled>
            {others.length - MOST} more in Statistics › Databases
          </MenuItem>,
        ]
      : []),
  ];
}
