import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import TextField from '@mui/material/TextField';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import type { StatisticsOverview } from '#shared/model/statistics.ts';
import { useBackend } from '#renderer/api/client.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { keys } from '#renderer/api/queries.ts';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';
import { definitionsIn, definitionText } from './definition-text.ts';

interface Props {
  readonly connectionId: string;
  readonly isOpen: boolean;
  readonly data: StatisticsOverview;
  readonly onClose: () => void;
}

/** Which tables belong together, one category per line. */
export function CategoriesDialog({ connectionId, isOpen, data, onClose }: Props): ReactElement {
  const { client } = useBackend();
  const queries = useQueryClient();
  const [text, setText] = useState(() =>
    definitionText(
      data.definedCategories ??
        data.categories.map(({ name, names }) => ({ name, patterns: names.slice(0, 60) })),
    ),
  );
  const save = useMutation({
    mutationFn: (categories: ReturnType<typeof definitionsIn> | null) =>
      client.statistics.setCategories({ connectionId, categories }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: keys.insight(connectionId) });
      onClose();
    },
  });
  return (
    <Dialog open={isOpen} onClose={onClose} fullWidth maxWidth="md" aria-labelledby="categories-title">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(definitionsIn(text));
        }}
      >
        <DialogTitle id="categories-title">Categories of this database</DialogTitle>
        <DialogContent>
          <p>
            One category per line: its name, a colon, then tables or patterns with *, such as “Audit: *_log,
            audit.*”. The first that fits counts.
          </p>
          <TextField
            fullWidth
            multiline
            minRows={8}
            maxRows={18}
            label="Categories"
            value={text}
            onChange={(event) => setText(event.target.value)}
            slotProps={{ htmlInput: { spellCheck: false } }}
          />
          {save.error && <ErrorNotice error={toUserError(save.error)} title="Not saved" />}
        </DialogContent>
        <DialogActions>
          <Button
            color="inherit"
            onClick={() => save.mutate(null)}
            disabled={data.definedCategories === null}
          >
            By schemas and names again
          </Button>
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
