import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import TextField from '@mui/material/TextField';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import type { MatviewsOverview } from '#shared/model/matviews.ts';
import { useBackend } from '#renderer/api/client.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { keys } from '#renderer/api/queries.ts';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';

interface Props {
  readonly connectionId: string;
  readonly isOpen: boolean;
  readonly data: MatviewsOverview;
  readonly onClose: () => void;
}

/** The views that this database should have, one per line. */
export function ExpectedDialog({ connectionId, isOpen, data, onClose }: Props): ReactElement {
  const { client } = useBackend();
  const queries = useQueryClient();
  const there = data.views.map((row) => (row.schema === 'public' ? row.name : `${row.schema}.${row.name}`));
  const [text, setText] = useState((data.expected.length > 0 ? data.expected : there).join('\n'));
  const save = useMutation({
    mutationFn: () =>
      client.matviews.setExpected({
        connectionId,
        names: text
          .split('\n')
          .map((line) => line.trim())
          .filter(Boolean),
      }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: keys.insight(connectionId) });
      onClose();
    },
  });
  return (
    <Dialog open={isOpen} onClose={onClose} fullWidth maxWidth="sm" aria-labelledby="expected-title">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <DialogTitle id="expected-title">Views that should be here</DialogTitle>
        <DialogContent>
          <p>
            One name per line, with its schema where that is not public. PgVitals remembers the list for this
            database and says which of them are missing.
          </p>
          <TextField
            fullWidth
            multiline
            minRows={6}
            maxRows={16}
            label="Expected views"
            value={text}
            onChange={(event) => setText(event.target.value)}
            slotProps={{ htmlInput: { spellCheck: false } }}
          />
          {save.error && <ErrorNotice error={toUserError(save.error)} title="Not saved" />}
        </DialogContent>
        <DialogActions>
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
