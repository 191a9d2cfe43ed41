import TextField from '@mui/material/TextField';
import { type ReactElement, useState } from 'react';
import { type BackupDetails, BACKUP_PARTS_SHOWN, type TableName } from '#shared/model/backup.ts';
import type { BackupPlanRequest } from '#shared/contract/backups.ts';
import { formatCountOf, formatInstant } from '#shared/model/format.ts';
import { tableTitle } from './backup-words.ts';
import { Choice } from './Choice.tsx';
import { FormDialog } from '#renderer/components/FormDialog.tsx';
import { NamePicker } from './NamePicker.tsx';

type Way = 'restore' | 'restore-tables' | 'replace';

interface Props {
  readonly backup: BackupDetails;
  /** The database of the connection. */
  readonly database: string;
  readonly onPlan: (request: BackupPlanRequest) => void;
  readonly onClose: () => void;
}

/** Where the backup goes; nothing runs before it was previewed. */
export function RestoreDialog({ backup, database, onPlan, onClose }: Props): ReactElement {
  const [way, setWay] = useState<Way>('restore');
  const [name, setName] = useState(() => nameFor(backup));
  const [tables, setTables] = useState<readonly TableName[]>([]);
  const [typed, setTyped] = useState('');
  const whyNotReplace =
    backup.scope.kind !== 'database'
      ? 'Not possible: only a part of the database is in this backup.'
      : backup.database !== database
        ? `Not possible: it is of ${backup.database}, and this connection is to ${database}.`
        : null;
  const trimmed = name.trim();
  const reason =
    way === 'restore-tables' && tables.length === 0
      ? 'Choose at least one table.'
      : way !== 'replace' && trimmed === ''
        ? 'Name the database.'
        : way !== 'replace' && trimmed === database
          ? `${database} is there already. To put the backup in its place, replace it.`
          : null;
  const letters = typed.toLowerCase().trim();
  const found = backup.tableRows.filter(({ schema, name: table }) =>
    `${schema}.${table}`.toLowerCase().includes(letters),
  );
  return (
    <FormDialog
      title={`Restore the backup of ${backup.database} of ${formatInstant(backup.startedAt)}`}
      verb="Preview…"
      reason={reason}
      isBusy={false}
      error={null}
      failure=""
      onClose={onClose}
      onSubmit={() => onPlan(requestOf(way, backup.id, trimmed, tables))}
    >
      <Choice<Way>
        label="Where to"
        options={[
          {
            value: 'restore',
            title: 'Into a new database',
            means: 'Nothing that is there is touched. To look at old data, or to move.',
          },
          {
            value: 'restore-tables',
            title: 'Some tables, into a new database',
            means: 'To copy back what somebody deleted.',
          },
          {
            value: 'replace',
            title: `In place of ${database}`,
            means:
              whyNotReplace ??
              'Restored beside it and compared; then the names are swapped. A backup of what is there is made first, and the old database is put aside, not dropped.',
            isOff: whyNotReplace !== null,
          },
        ]}
        value={way}
        onChange={setWay}
      />
      {way === 'restore-tables' && (
        <NamePicker
          label="Find a table"
          chosen={tables}
          onChange={setTables}
          titleOf={tableTitle}
          offers={found.slice(0, BACKUP_PARTS_SHOWN).map(({ schema, name: table, rows }) => ({
            item: { schema, name: table },
            figures: formatCountOf(rows, 'row'),
          }))}
          total={found.length}
          typed={typed}
          onType={setTyped}
          none="No table of this backup has these letters in its name."
        />
      )}
      {way !== 'replace' && (
        <TextField
          size="small"
          label="Name of the new database"
          value={name}
          onChange={(event) => setName(event.target.value)}
          slotProps={{ htmlInput: { spellCheck: false, autoComplete: 'off', maxLength: 63, dir: 'ltr' } }}
        />
      )}
    </FormDialog>
  );
}

function requestOf(
  way: Way,
  backupId: string,
  database: string,
  tables: readonly TableName[],
): BackupPlanRequest {
  switch (way) {
    case 'restore':
      return { kind: 'restore', backupId, database };
    case 'restore-tables':
      return { kind: 'restore-tables', backupId, database, tables: [...tables] };
    case 'replace':
      return { kind: 'replace', backupId };
  }
}

/** A name has at most 63 bytes; the day is enough to tell two restores apart. */
function nameFor({ database, startedAt }: BackupDetails): string {
  return `${database.slice(0, 40)}_${startedAt.slice(0, 10).replaceAll('-', '')}`;
}
