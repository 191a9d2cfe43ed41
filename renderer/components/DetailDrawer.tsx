import CloseIcon from '@mui/icons-material/Close';
import Drawer from '@mui/material/Drawer';
import IconButton from '@mui/material/IconButton';
import { styled } from '@mui/material/styles';
import Tooltip from '@mui/material/Tooltip';
import type { ReactElement, ReactNode } from 'react';

interface Props {
  readonly isOpen: boolean;
  readonly label: string;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  readonly onClose: () => void;
}

/** Details of one row, over the list, from the end of the line; Esc closes and the focus goes back. */
export function DetailDrawer({ isOpen, label, actions, children, onClose }: Props): ReactElement {
  return (
    <Drawer
      anchor="right"
      open={isOpen}
      onClose={onClose}
      slotProps={{
        paper: { role: 'dialog', 'aria-modal': true, 'aria-label': label, sx: { width: 'min(600px, 94vw)' } },
      }}
    >
      <Head>
        <span className="label">{label}</span>
        {actions}
        <DrawerButton label="Close" onClick={onClose} icon={<CloseIcon />} />
      </Head>
      <Body>{children}</Body>
    </Drawer>
  );
}

interface ButtonProps {
  readonly label: string;
  readonly icon: ReactElement;
  /** Without it the button is off. */
  readonly onClick: (() => void) | undefined;
}

export function DrawerButton({ label, icon, onClick }: ButtonProps): ReactElement {
  return (
    <Tooltip title={label}>
      {/* A disabled button swallows the pointer events that the tooltip needs. */}
      <span>
        <IconButton aria-label={label} disabled={!onClick} onClick={() => onClick?.()}>
          {icon}
        </IconButton>
      </span>
    </Tooltip>
  );
}

const Head = styled('div')(({ theme }) => ({
  display: 'flex',
  alignItems: 'center',
  gap: 4,
  flex: 'none',
  height: 48,
  padding: '0 12px 0 20px',
  borderBottom: `1px solid ${theme.vars.palette.divider}`,
  '& .label': { flex: 1, ...theme.typography.caption, color: theme.vars.palette.text.secondary },
  '& svg': { fontSize: 20 },
}));

const Body = styled('div')({ flex: 1, overflow: 'auto', padding: 20 });
