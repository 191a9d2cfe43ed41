import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import { styled } from '@mui/material/styles';
import type { ReactElement } from 'react';
import { SHORTCUTS } from './shortcuts.ts';

interface Props {
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

export function ShortcutSheet({ isOpen, onClose }: Props): ReactElement {
  return (
    <Dialog open={isOpen} onClose={onClose} maxWidth="xs" fullWidth aria-labelledby="shortcuts-title">
      <DialogTitle id="shortcuts-title">Keyboard shortcuts</DialogTitle>
      <DialogContent>
        <Table>
          <tbody>
            {SHORTCUTS.map(({ keys, does }) => (
              <tr key={does}>
                <th scope="row">{does}</th>
                <td>
                  {keys.map((key) => (
                    <kbd key={key}>{key}</kbd>
                  ))}
                </td>
              </tr>
            ))}
          </tbody>
        </Table>
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose} autoFocus>
          Close
        </Button>
      </DialogActions>
    </Dialog>
  );
}

const Table = styled('table')(({ theme }) => ({
  width: '100%',
  borderCollapse: 'collapse',
  '& th': { fontWeight: 400, textAlign: 'start', padding: '5px 0' },
  '& td': { textAlign: 'end', whiteSpace: 'nowrap' },
  '& tr + tr > *': { borderTop: `1px solid ${theme.vars.palette.divider}` },
  '& kbd': {
    display: 'inline-block',
    minWidth: 20,
    marginInlineStart: 4,
    padding: '1px 6px',
    textAlign: 'center',
    borderRadius: 4,
    border: `1px solid ${theme.vars.palette.divider}`,
    background: theme.vars.palette.background.default,
    font: 'inherit',
    fontSize: '0.75rem',
  },
}));
