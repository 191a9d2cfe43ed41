import Button from '@mui/material/Button';
import ListItemText from '@mui/material/ListItemText';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import { type ReactElement, useState } from 'react';
import { useBackend } from '#renderer/api/client.ts';
import { useAppInfo } from '#renderer/api/queries.ts';
import { useSaveFile } from '#renderer/app/save-file.ts';

type Format = 'md' | 'html' | 'pdf';

interface Props {
  readonly connectionId: string;
  readonly onError: (error: unknown) => void;
}

/** What to do when it has burned, to be printed before it does. */
export function RecoveryPlanMenu({ connectionId, onError }: Props): ReactElement {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const { client } = useBackend();
  const { data: info } = useAppInfo();
  const save = useSaveFile({
    save: (format: Format) => client.backups.saveRecoveryPlan({ connectionId, format }),
    render: (format) =>
      client.backups.recoveryPlan({ connectionId, format: format === 'pdf' ? 'html' : format }),
  });
  const formats = FORMATS.filter(({ format }) => format !== 'pdf' || info?.host === 'desktop');
  return (
    <>
      <Button
        color="inherit"
        variant="outlined"
        aria-haspopup="menu"
        disabled={save.isPending}
        onClick={(event) => setAnchor(event.currentTarget)}
      >
        Recovery plan…
      </Button>
      <Menu
        anchorEl={anchor}
        open={anchor !== null}
        onClose={() => setAnchor(null)}
        slotProps={{ list: { 'aria-label': 'Formats of the recovery plan' } }}
      >
        {formats.map(({ format, title, for: purpose }) => (
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

const FORMATS: readonly { readonly format: Format; readonly title: string; readonly for: string }[] = [
  { format: 'md', title: 'Markdown', for: 'for the wiki beside your other runbooks' },
  { format: 'html', title: 'HTML', for: 'one page to read and print' },
  { format: 'pdf', title: 'PDF', for: 'to print and keep where the fire does not get' },
];
