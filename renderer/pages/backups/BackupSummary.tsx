import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { type ReactElement, useState } from 'react';
import type { BackupDetails } from '#shared/model/backup.ts';
import { formatBytes, formatDuration, formatInstant } from '#shared/model/format.ts';
import { useBackupChange } from '#renderer/api/backups.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { MarkedLine } from '#renderer/app/plan/MarkedLine.tsx';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';
import { prose, visible } from '#renderer/components/ObjectName.tsx';
import { savedInWords, savedPercent, SHAPE, scopeInWords, TRUST } from './backup-words.ts';

interface Props {
  readonly connectionId: string;
  readonly backup: BackupDetails;
}

/** What it is, whether to rely on it, and what to know about it. */
export function BackupSummary({ connectionId, backup }: Props): ReactElement {
  const { trust, shape, scope, sizeBytes, databaseBytes, durationMs, notices } = backup;
  const saved = savedPercent(backup);
  const { mark, word, means } = TRUST[trust];
  return (
    <div style={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 8 }}>
      <div>
        <Typography variant="h1" component="h2" sx={{ overflowWrap: 'anywhere' }}>
          <bdi>{visible(backup.database)}</bdi>, {formatInstant(backup.startedAt)}
        </Typography>
        <Typography sx={{ color: 'text.secondary', overflowWrap: 'anywhere', mt: 0.5 }}>
          {scopeInWords(scope)} · {SHAPE[shape].word.toLowerCase()}: {SHAPE[shape].means} ·{' '}
          {databaseBytes === null ? '' : `${formatBytes(databaseBytes)} → `}
          {formatBytes(sizeBytes)}
          {saved === null ? '' : `, ${savedInWords(saved)}`} · took {formatDuration(durationMs)} · PostgreSQL{' '}
          {backup.serverVersion}, pg_dump {backup.toolVersion}
        </Typography>
      </div>
      <MarkedLine mark={mark} word={word}>
        {means}
      </MarkedLine>
      {backup.busy !== null && (
        <MarkedLine mark="info" word="In use">
          It is {backup.busy}.
        </MarkedLine>
      )}
      {notices.map((notice) => (
        <MarkedLine key={notice} mark="medium" word="Know this">
          <span dir="auto">{prose(notice)}</span>
        </MarkedLine>
      ))}
      {trust === 'foreign' ? (
        backup.note !== '' && (
          <MarkedLine mark="info" word="Note">
            <span dir="auto">{prose(backup.note)}</span>
          </MarkedLine>
        )
      ) : (
        <Note key={backup.note} connectionId={connectionId} backup={backup} />
      )}
    </div>
  );
}

function Note({ connectionId, backup }: Props): ReactElement {
  const [text, setText] = useState(backup.note);
  const save = useBackupChange(connectionId, (client, note: string) =>
    client.backups.setNote({ connectionId, backupId: backup.id, note }),
  );
  const isChanged = text.trim() !== backup.note;
  return (
    <form
      style={{ display: 'flex', gap: 8, alignItems: 'center' }}
      onSubmit={(event) => {
        event.preventDefault();
        if (isChanged) save.mutate(text.trim());
      }}
    >
      <TextField
        size="small"
        fullWidth
        label="Note"
        value={text}
        onChange={(event) => setText(event.target.value)}
        slotProps={{ htmlInput: { maxLength: 500 } }}
      />
      {isChanged && (
        <Button type="submit" variant="outlined" color="inherit" disabled={save.isPending}>
          Save
        </Button>
      )}
      {save.error && <ErrorNotice error={toUserError(save.error)} title="Not saved" />}
    </form>
  );
}
