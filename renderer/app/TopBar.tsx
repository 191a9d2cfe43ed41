import DownloadIcon from '@mui/icons-material/FileDownloadOutlined';
import SearchIcon from '@mui/icons-material/SearchOutlined';
import Button from '@mui/material/Button';
import { styled } from '@mui/material/styles';
import type { ReactElement } from 'react';
import { useLatestAudit } from '../api/queries.ts';
import { AuditControl } from './AuditControl.tsx';
import { ConnectionChip } from './ConnectionChip.tsx';
import { useCurrentConnection } from './current.ts';
import { DataAge } from './DataAge.tsx';
import type { Overlay } from './overlay.ts';
import { AccessChip } from './plan/AccessChip.tsx';
import { BackupJobChip } from './plan/BackupJobChip.tsx';
import { JobChip } from './plan/JobChip.tsx';
import { MOD } from './keys.ts';
import { ViewMenu } from './ViewMenu.tsx';

/** Where we are connected, how old the facts are, and what can be done from everywhere. */
export function TopBar({ onOverlay }: { readonly onOverlay: (overlay: Overlay) => void }): ReactElement {
  const connection = useCurrentConnection();
  return (
    <Root>
      {connection ? (
        <>
          <ConnectionChip connection={connection} />
          <DataAge connectionId={connection.id} />
        </>
      ) : (
        <span className="space" />
      )}
      <div className="actions">
        {connection && (
          <>
            <JobChip connectionId={connection.id} />
            <BackupJobChip connectionId={connection.id} />
            <AccessChip connectionId={connection.id} />
            <AuditControl connectionId={connection.id} />
            <ExportButton connectionId={connection.id} onClick={() => onOverlay('export')} />
          </>
        )}
        <Button
          color="inherit"
          variant="outlined"
          startIcon={<SearchIcon />}
          onClick={() => onOverlay('palette')}
          aria-label="Command palette"
          aria-keyshortcuts="Control+K Meta+K"
        >
          <kbd>{MOD} K</kbd>
        </Button>
        <ViewMenu />
      </div>
    </Root>
  );
}

function ExportButton({
  connectionId,
  onClick,
}: {
  readonly connectionId: string;
  readonly onClick: () => void;
}) {
  const { data: audit } = useLatestAudit(connectionId);
  return (
    <Button
      color="inherit"
      variant="outlined"
      startIcon={<DownloadIcon />}
      disabled={!audit}
      onClick={onClick}
    >
      Export
    </Button>
  );
}

const Root = styled('header')(({ theme }) => ({
  display: 'flex',
  alignItems: 'center',
  gap: 16,
  flex: 'none',
  minHeight: 52,
  padding: '0 16px',
  background: theme.vars.palette.background.paper,
  borderBottom: `1px solid ${theme.vars.palette.divider}`,
  '& .space': { flex: 1 },
  '& .actions': { display: 'flex', alignItems: 'center', gap: 8, marginInlineStart: 'auto', flex: 'none' },
  '& kbd': { fontFamily: 'inherit', fontSize: '0.75rem', color: theme.vars.palette.text.secondary },
  [theme.breakpoints.down(760)]: {
    flexWrap: 'wrap',
    paddingBlock: 8,
    gap: 8,
    '& .actions': { flexWrap: 'wrap', flex: '1 1 auto' },
  },
}));
