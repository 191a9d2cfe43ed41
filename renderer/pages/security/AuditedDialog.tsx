import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import TextField from '@mui/material/TextField';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { useBackend } from '#renderer/api/client.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { keys } from '#renderer/api/queries.ts';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';

interface Props {
  readonly connectionId: string;
  readonly patterns: readonly string[] | null;
  readonly onClose: () => void;
}

/** Which tables should leave a trace of their changes. */
export function AuditedDialog({ connectionId, patterns, onClose }: Props): ReactElement {
  const { client } = useBackend();
  const queries = useQueryClient();
  const [text, setText] = useState((patterns ?? []).join('\n'));
  const save = useMutation({
    mutationFn: (next: readonly string[] | null) =>
      client.security.setAudited({ connectionId, patterns: next === null ? null : [...next] }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: keys.insight(connectionId) });
      onClose();
    },
  });
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="sm" aria-labelledby="audited-title">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(lines.length === 0 ? null : lines);
        }}
      >
        <DialogTitle id="audited-title">Tables that should be audited</DialogTitle>
        <DialogContent>
          <p>
            One table per line, as schema.table or as its name alone; * stands for any text, as in billing.*.
            PgVitals remembers the list for this database. Without a list, tables with columns whose names
            suggest secrets are meant.
          </p>
          <TextField
            fullWidth
            multiline
            minRows={5}
            maxRows={14}
            label="Audited tables"
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
