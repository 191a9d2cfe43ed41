import SaveIcon from '@mui/icons-material/SaveAltOutlined';
import Button from '@mui/material/Button';
import ListItemText from '@mui/material/ListItemText';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import { type ReactElement, useState } from 'react';
import type { ScriptFormat } from '#shared/model/plan-request.ts';
import { useBackend } from '#renderer/api/client.ts';
import { useSaveFile } from '../save-file.ts';

const FORMATS: readonly { readonly format: ScriptFormat; readonly title: string; readonly for: string }[] = [
  { format: 'psql', title: 'psql script', for: 'with the timeouts that PgVitals would set' },
  { format: 'alembic', title: 'Alembic migration', for: 'upgrade and downgrade' },
  { format: 'up', title: 'SQL, up', for: 'for other migration tools' },
  { format: 'down', title: 'SQL, down', for: 'the undo, in reverse order' },
];

interface Props {
  readonly connectionId: string;
  readonly planId: string;
  readonly onError: (error: unknown) => void;
}

/** The plan as a file, for those who run changes another way; saving does not spend it. */
export function SaveAsMenu({ connectionId, planId, onError }: Props): ReactElement {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const { client } = useBackend();
  const save = useSaveFile({
    save: (format: ScriptFormat) => client.plans.saveScript({ connectionId, planId, format }),
    render: (format) => client.plans.script({ connectionId, planId, format }),
  });
  return (
    <>
      <Button
        color="inherit"
        variant="outlined"
        startIcon={<SaveIcon />}
        aria-haspopup="menu"
        disabled={save.isPending}
        onClick={(event) => setAnchor(event.currentTarget)}
      >
        Save as…
      </Button>
      <Menu
        anchorEl={anchor}
        open={anchor !== null}
        onClose={() => setAnchor(null)}
        slotProps={{ list: { 'aria-label': 'Formats' } }}
      >
        {FORMATS.map(({ format, title, for: purpose }) => (
          <MenuItem
            key={format}
            onClick={() => {
              setAnchor(null);
              save.mutate(format, { onError });
            }}
          >
            <ListItemText primary={title} secondary={purpose} />
          </MenuItem>
        ))}
      </Menu>
    </>
  );
}
