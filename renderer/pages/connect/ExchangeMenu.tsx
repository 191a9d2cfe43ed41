import MoreIcon from '@mui/icons-material/MoreHorizOutlined';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import { type ReactElement, useId, useRef, useState } from 'react';
import { formatCountOf } from '#shared/model/format.ts';
import type { ProfileImport, ProfileList } from '#shared/model/profile.ts';
import { useBackend } from '#renderer/api/client.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { useProfileChange } from '#renderer/api/profiles.ts';
import { useSaveFile } from '#renderer/app/save-file.ts';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';

/** Saved connections to and from a file, without secrets. */
export function ExchangeMenu({ list }: { readonly list: ProfileList }): ReactElement {
  const { client } = useBackend();
  const titleId = useId();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const [result, setResult] = useState<ProfileImport | null>(null);
  const picker = useRef<HTMLInputElement>(null);
  const save = useSaveFile<void>({
    save: () => client.profiles.export(),
    render: () => client.profiles.render(),
  });
  const take = useProfileChange((api, text: string) => api.profiles.import({ text }), setResult);
  const error = save.error ?? take.error;
  const close = (): void => {
    setResult(null);
    save.reset();
    take.reset();
  };
  return (
    <>
      <IconButton
        aria-label="Import and export"
        aria-haspopup="menu"
        onClick={(event) => setAnchor(event.currentTarget)}
      >
        <MoreIcon fontSize="small" />
      </IconButton>
      <Menu anchorEl={anchor} open={anchor !== null} onClose={() => setAnchor(null)}>
        <MenuItem
          disabled={list.profiles.length === 0}
          onClick={() => {
            setAnchor(null);
            save.mutate();
          }}
        >
          Export without secrets
        </MenuItem>
        <MenuItem
          disabled={!list.canSave}
          onClick={() => {
            setAnchor(null);
            picker.current?.click();
          }}
        >
          Import…
        </MenuItem>
      </Menu>
      <input
        ref={picker}
        type="file"
        hidden
        accept=".json,application/json"
        aria-label="File of exported connections"
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          event.target.value = '';
          if (file) void file.text().then((text) => take.mutate(text));
        }}
      />
      <Dialog
        open={result !== null || error !== null}
        onClose={close}
        maxWidth="xs"
        fullWidth
        aria-labelledby={titleId}
      >
        <DialogTitle id={titleId}>
          {result === null ? 'Saved connections' : `${formatCountOf(result.added, 'connection')} added`}
        </DialogTitle>
        <DialogContent>
          {error && (
            <ErrorNotice
              error={toUserError(error)}
              title={take.error ? 'The file could not be imported' : 'The file could not be saved'}
            />
          )}
          {result?.notes.map((note) => (
            <p key={note}>{note}</p>
          ))}
          {result !== null && result.added > 0 && <p>Passwords are asked for at the first login.</p>}
        </DialogContent>
        <DialogActions>
          <Button variant="contained" onClick={close}>
            Close
          </Button>
        </DialogActions>
      </Dialog>
    </>
  );
}
