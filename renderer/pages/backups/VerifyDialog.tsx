import { type ReactElement, useState } from 'react';
import type { BackupRow, TestPlace } from '#shared/model/backup.ts';
import type { VerifyRequest } from '#shared/contract/backups.ts';
import { formatBytes, formatInstant } from '#shared/model/format.ts';
import { useTestPlaces } from '#renderer/api/backups.ts';
import { useConnections } from '#renderer/api/queries.ts';
import { UnlockButton } from '#renderer/app/plan/UnlockButton.tsx';
import { useRemainingAccess } from '#renderer/app/plan/use-remaining.ts';
import { visible } from '#renderer/components/ObjectName.tsx';
import { Choice, type Option } from './Choice.tsx';
import { FormDialog } from '#renderer/components/FormDialog.tsx';
import { useBackupJob } from './use-backup-job.ts';

/** Another server by the id of its connection. */
type Way = 'intact' | 'own server' | 'this server' | `on ${string}`;

interface Props {
  readonly connectionId: string;
  readonly backup: BackupRow;
  readonly onStarted: () => void;
  readonly onClose: () => void;
}

/** How far to go, where, and what it costs. Only a restore proves a backup. */
export function VerifyDialog({ connectionId, backup, onStarted, onClose }: Props): ReactElement {
  const [way, setWay] = useState<Way>('own server');
  const { data: places = [] } = useTestPlaces(connectionId, backup.id);
  const { data: connections } = useConnections();
  const isStandby = connections?.find(({ id }) => id === connectionId)?.isStandby === true;
  const other = places.find((place) => wayOn(place) === way);
  // Where a database is made and dropped again.
  const writesTo = other?.connectionId ?? connectionId;
  const access = useRemainingAccess(writesTo);
  const verify = useBackupJob(
    connectionId,
    (client, request: VerifyRequest) => client.backups.verify({ connectionId, ...request }),
    onStarted,
  );
  const size =
    backup.databaseBytes === null ? 'as much as the database has' : formatBytes(backup.databaseBytes);
  const isLocked = (way === 'this server' || other !== undefined) && access !== null && !access.isUnlocked;
  const locked = other ? `${visible(other.name)} is read-only.` : 'This connection is read-only.';
  return (
    <FormDialog
      title={`Verify the backup of ${backup.database} of ${formatInstant(backup.startedAt)}`}
      verb={way === 'intact' ? 'Check' : 'Restore and compare'}
      reason={isLocked ? (access.reason ?? locked) : null}
      before={isLocked ? <UnlockButton connectionId={writesTo} isOff={access.reason !== null} /> : undefined}
      isBusy={verify.isPending}
      error={verify.error}
      failure="It did not start"
      onClose={onClose}
      onSubmit={() =>
        verify.mutate({
          backupId: backup.id,
          depth: way === 'intact' ? 'intact' : 'restore',
          on: other ? { connectionId: other.connectionId } : way === 'this server' ? way : 'own server',
        })
      }
    >
      <Choice<Way>
        label="How far"
        options={[
          {
            value: 'own server',
            title: 'Test restore on a PostgreSQL of PgVitals’ own',
            means: `All five steps. It is started on this computer for the test and ended again; your server notices nothing. Takes ${size} of disk here meanwhile.`,
          },
          {
            value: 'this server',
            title: 'Test restore on this server',
            means: isStandby
              ? 'Not possible: this server is a standby.'
              : `All five steps, with the server's own extensions. Makes a database beside the live one and drops it again; takes ${size} of its disk, and its I/O, meanwhile.`,
            isOff: isStandby,
          },
          ...places.map((place) => optionOn(place, size)),
          {
            value: 'intact',
            title: 'Check the files only',
            means: `Steps 1 to 4: size, checksum, contents, and every row decoded. Reads ${formatBytes(backup.sizeBytes)} here. It shows that the backup is undamaged, not that it can be restored.`,
          },
        ]}
        value={way}
        onChange={setWay}
      />
    </FormDialog>
  );
}

function optionOn(place: TestPlace, size: string): Option<Way> {
  const { name, address, unusable } = place;
  return {
    value: wayOn(place),
    title: `Test restore on the server of ${visible(name)}`,
    means:
      unusable === null
        ? `All five steps, on ${address}. Makes a database there and drops it again; takes ${size} of its disk, and its I/O, meanwhile.`
        : `Not possible. ${visible(unusable)}`,
    isOff: unusable !== null,
  };
}

function wayOn({ connectionId }: TestPlace): Way {
  return `on ${connectionId}`;
}
