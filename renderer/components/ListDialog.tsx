import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import TextField from '@mui/material/TextField';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, type ReactNode, useId, useState } from 'react';
import { toUserError } from '#renderer/api/errors.ts';
import { keys } from '#renderer/api/queries.ts';
import { ErrorNotice } from './ErrorNotice.tsx';

interface Props {
  readonly connectionId: string;
  readonly isOpen: boolean;
  readonly title: string;
  /** Name of the field. */
  readonly label: string;
  /** What a line is. */
  readonly children: ReactNode;
  readonly initialText: string;
  readonly onSave: (text: string) => Promise<unknown>;
  /** The way back to what holds without a list. */
  readonly reset?: {
    readonly label: string;
    readonly isPossible: boolean;
    readonly run: () => Promise<unknown>;
  };
  readonly onClose: () => void;
}

/** A list that the user keeps for a database, one entry per line; pages are read anew once it is saved. */
export function ListDialog(props: Props): ReactElement {
  const { connectionId, isOpen, title, label, children, initialText, onSave, reset, onClose } = props;
  const queries = useQueryClient();
  const titleId = useId();
  const [text, setText] = useState(initialText);
  const save = useMutation({
    mutationFn: (run: () => Promise<unknown>) => run(),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: keys.insight(connectionId) });
      onClose();
    },
  });
  return (
    <Dialog open={isOpen} onClose={onClose} fullWidth maxWidth="md" aria-labelledby={titleId}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(() => onSave(text));
        }}
      >
        <DialogTitle id={titleId}>{title}</DialogTitle>
        <DialogContent>
          <p>{children}</p>
          <TextField
            fullWidth
            multiline
            minRows={6}
            maxRows={18}
            label={label}
            value={text}
            onChange={(event) => setText(event.target.value)}
            slotProps={{ htmlInput: { spellCheck: false } }}
          />
          {save.error && <ErrorNotice error={toUserError(save.error)} title="Not saved" />}
        </DialogContent>
        <DialogActions>
          {reset && (
            <Button
              color="inherit"
              onClick={() => save.mutate(reset.run)}
              disabled={!reset.isPossible || save.isPending}
            >
              {reset.label}
            </Button>
          )}
          <Button color="inherit" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" variant="contained" disabled={save.isPending}>
            Save
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
