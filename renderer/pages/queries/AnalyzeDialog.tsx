import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import type { ReactElement } from 'react';

interface Props {
  readonly isOpen: boolean;
  readonly onCancel: () => void;
  readonly onConfirm: () => void;
}

/** Before EXPLAIN ANALYZE: it is not a preview, it runs. */
export function AnalyzeDialog({ isOpen, onCancel, onConfirm }: Props): ReactElement {
  return (
    <Dialog open={isOpen} onClose={onCancel} aria-labelledby="analyze-title">
      <DialogTitle id="analyze-title">Run this statement to measure it?</DialogTitle>
      <DialogContent>
        <p>
          EXPLAIN ANALYZE runs the statement on the server, with all the load that it makes, in a transaction
          that cannot write. It is stopped after 10 seconds.
        </p>
        <p>
          Functions that the statement calls run too: one that acts outside of the database is not held back.
        </p>
      </DialogContent>
      <DialogActions>
        <Button autoFocus color="inherit" onClick={onCancel}>
          Cancel
        </Button>
        <Button variant="contained" onClick={onConfirm}>
          Run and measure
        </Button>
      </DialogActions>
    </Dialog>
  );
}
