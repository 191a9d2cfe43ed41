import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { type ReactElement, useState } from 'react';
import {
  BACKUP_SHAPES,
  type BackupLocation,
  type BackupShape,
  type BackupsOverview,
} from '#shared/model/backup.ts';
import type { CreateBackupRequest } from '#shared/contract/backups.ts';
import { formatBytes, formatDuration } from '#shared/model/format.ts';
import { SHAPE } from './backup-words.ts';
import { Choice } from './Choice.tsx';
import { ClientSection } from './ClientSection.tsx';
import { FormDialog } from '#renderer/components/FormDialog.tsx';
import { isScopeWhole, type Scope, ScopeField } from './ScopeField.tsx';
import { useBackupJob } from './use-backup-job.ts';

/** Dumps are not all alike. */
const ROOM = 1.2;

interface Props {
  readonly connectionId: string;
  readonly overview: BackupsOverview;
  readonly onClose: () => void;
}

/** Everything there is to say before a backup is made; the defaults are what one wants. */
export function CreateDialog({ connectionId, overview, onClose }: Props): ReactElement {
  const { locations, tools, estimate, database } = overview;
  const usable = locations.filter(({ unavailable }) => unavailable === null);
  const [shape, setShape] = useState<BackupShape>('default');
  const [scope, setScope] = useState<Scope>({ kind: 'database' });
  const [locationId, setLocationId] = useState(
    (usable.find(({ isDefault }) => isDefault) ?? usable[0])?.id ?? '',
  );
  const [comparesSource, setComparesSource] = useState(false);
  const [note, setNote] = useState('');
  const create = useBackupJob(
    connectionId,
    (client, request: CreateBackupRequest) => client.backups.create({ connectionId, ...request }),
    onClose,
  );
  const location = locations.find(({ id }) => id === locationId);
  const expected = estimate.shapes.find((one) => one.shape === shape)?.sizeBytes ?? null;
  const freeBytes = location?.freeBytes ?? null;
  const isTight = expected !== null && freeBytes !== null && freeBytes < expected * ROOM;
  const reason =
    tools.refusal !== null
      ? 'No client fits this server.'
      : location === undefined
        ? 'No place can be used now.'
        : isScopeWhole(scope)
          ? null
          : `Choose at least one ${scope.kind === 'tables' ? 'table' : 'schema'}.`;
  return (
    <FormDialog
      title={`Back up ${database.name}`}
      verb="Back up"
      reason={reason}
      isBusy={create.isPending}
      error={create.error}
      failure="It did not start"
      onClose={onClose}
      onSubmit={() =>
        create.mutate({ shape, scope, locationId: location?.id ?? null, comparesSource, note: note.trim() })
      }
    >
      <ClientSection connectionId={connectionId} overview={overview} isFolded />
      <div>
        <Choice
          label="How"
          options={BACKUP_SHAPES.map((value) => ({
            value,
            title: SHAPE[value].word,
            means: SHAPE[value].means,
            end: <Expected estimate={estimate.shapes.find((one) => one.shape === value)} />,
          }))}
          value={shape}
          onChange={setShape}
        />
        {scope.kind !== 'database' && (
          <Typography variant="caption" component="p" sx={{ color: 'text.secondary' }}>
            Size and time are of the whole database.
          </Typography>
        )}
      </div>
      <ScopeField connectionId={connectionId} scope={scope} onChange={setScope} />
      <TextField
        select
        size="small"
        label="Place"
        value={location?.id ?? ''}
        onChange={(event) => setLocationId(event.target.value)}
        helperText={
          isTight
            ? 'It may not fit: there is little more free than it is expected to take.'
            : 'In a folder of its own that only your account can read. Its contents are not encrypted.'
        }
        error={isTight}
        slotProps={{ select: { SelectDisplayProps: { style: { whiteSpace: 'normal' } } } }}
      >
        {locations.map((one) => (
          <MenuItem
            key={one.id}
            value={one.id}
            disabled={one.unavailable !== null}
            sx={{ whiteSpace: 'normal' }}
          >
            <span>
              {one.path} <small>({placeInWords(one)})</small>
            </span>
          </MenuItem>
        ))}
      </TextField>
      <div>
        <FormControlLabel
          control={
            <Checkbox size="small" checked={comparesSource} onChange={(_, on) => setComparesSource(on)} />
          }
          label="Compare with the source"
        />
        <Typography variant="caption" component="p" sx={{ color: 'text.secondary', pl: 3.5 }}>
          Counts and hashes every row at the moment of the backup, so that a test restore can be compared row
          by row. Reads every table once more.
        </Typography>
      </div>
      <TextField
        size="small"
        label="Note"
        value={note}
        onChange={(event) => setNote(event.target.value)}
        placeholder="Why: before the release, weekly…"
        slotProps={{ htmlInput: { maxLength: 500 }, inputLabel: { shrink: true } }}
      />
    </FormDialog>
  );
}

function Expected({
  estimate,
}: {
  readonly estimate: BackupsOverview['estimate']['shapes'][number] | undefined;
}): ReactElement {
  if (!estimate || estimate.sizeBytes === null || estimate.durationMs === null)
    return <>size and time unknown</>;
  const size = formatBytes(estimate.sizeBytes);
  const time = formatDuration(Math.max(1000, Math.round(estimate.durationMs / 1000) * 1000));
  return estimate.isMeasured ? (
    <>
      {size}, {time} <small>(as last time)</small>
    </>
  ) : (
    <>
      about {size}, {time} <small>(estimate)</small>
    </>
  );
}

export function placeInWords({ isDefault, freeBytes, unavailable }: BackupLocation): string {
  return [
    isDefault && 'default',
    unavailable ?? (freeBytes === null ? 'free space unknown' : `${formatBytes(freeBytes)} free`),
  ]
    .filter(Boolean)
    .join(', ');
}
