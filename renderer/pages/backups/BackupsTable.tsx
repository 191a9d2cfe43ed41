import PinIcon from '@mui/icons-material/PushPin';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { type ReactElement, type ReactNode, useDeferredValue, useMemo } from 'react';
import type { BackupLocation, BackupRow } from '#shared/model/backup.ts';
import { formatBytes, formatCount } from '#shared/model/format.ts';
import { useAddressState } from '#renderer/app/address-state.ts';
import {
  bytesColumn,
  countColumn,
  durationColumn,
  instantColumn,
  nameColumn,
  textColumn,
} from '#renderer/components/columns.tsx';
import { type Column, DataTable } from '#renderer/components/DataTable.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { FilterField } from '#renderer/components/FilterField.tsx';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';
import { savedPercent, SHAPE, scopeInWords, TRUST } from './backup-words.ts';

interface Props {
  readonly label: string;
  readonly backups: readonly BackupRow[];
  readonly locations: readonly BackupLocation[];
  readonly isTrash?: boolean;
  /** At the end of the toolbar. */
  readonly actions?: ReactNode;
  /** In place of the table where there is none at all. */
  readonly empty: ReactNode;
}

/** Backups of the server, this database's or all; a row opens its drawer. */
export function BackupsTable(props: Props): ReactElement {
  const { label, backups, locations, isTrash = false, actions, empty } = props;
  const { get, set } = useAddressState();
  const rowHeight = useRowHeight();
  const typed = get('q') ?? '';
  const text = useDeferredValue(typed).toLowerCase().trim();
  const databases = useMemo(() => [...new Set(backups.map(({ database }) => database))].sort(), [backups]);
  const database = databases.find((name) => name === get('db')) ?? null;
  const shown = useMemo(
    () =>
      backups.filter(
        (backup) => (database === null || backup.database === database) && wordsOf(backup).includes(text),
      ),
    [backups, database, text],
  );
  const columns = useMemo(() => columnsOf(locations, isTrash), [locations, isTrash]);
  if (backups.length === 0) return <>{empty}</>;
  return (
    <DataTable
      label={label}
      rows={shown}
      columns={columns}
      keyOf={(backup) => backup.id}
      defaultSort={{ columnId: 'startedAt', direction: 'descending' }}
      rowHeight={rowHeight}
      onOpen={(backup) => set({ backup: backup.id })}
      toolbar={
        <>
          <FilterField label="Filter backups" value={typed} onChange={(q) => set({ q }, { replace: true })} />
          {databases.length > 1 && (
            <TextField
              select
              size="small"
              label="Database"
              value={database ?? ''}
              onChange={(event) => set({ db: event.target.value }, { replace: true })}
              slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
              sx={{ minWidth: 150 }}
            >
              <MenuItem value="">All databases</MenuItem>
              {databases.map((name) => (
                <MenuItem key={name} value={name} dir="auto">
                  {name}
                </MenuItem>
              ))}
            </TextField>
          )}
          <span role="status">
            {shown.length === backups.length
              ? `${formatCount(backups.length)} shown`
              : `${formatCount(shown.length)} of ${formatCount(backups.length)} shown`}
          </span>
          {actions}
        </>
      }
      empty={<EmptyState title="No backup matches." />}
    />
  );
}

function wordsOf(backup: BackupRow): string {
  const { database, trust, shape, scope, note, startedAt, serverVersion } = backup;
  return [database, TRUST[trust].word, SHAPE[shape].word, scopeInWords(scope), note, startedAt, serverVersion]
    .join(' ')
    .toLowerCase();
}

function columnsOf(locations: readonly BackupLocation[], isTrash: boolean): readonly Column<BackupRow>[] {
  const placeOf = (row: BackupRow): string =>
    locations.find(({ id }) => id === row.locationId)?.path ?? row.locationId;
  return [
    {
      ...instantColumn<BackupRow>('startedAt', 'When', (row) => row.startedAt, INSTANT),
      sortValue: (row) => row.seq,
    },
    {
      id: 'trust',
      header: 'Trust',
      minWidth: 100,
      value: (row) => row.busy ?? TRUST[row.trust].word,
      cell: (row) =>
        row.busy === null ? (
          <SeverityMark mark={TRUST[row.trust].mark} word={TRUST[row.trust].word} size={14} />
        ) : (
          <span title={row.busy}>
            <SeverityMark mark="info" word="In use" size={14} />
          </span>
        ),
    },
    nameColumn<BackupRow>(
      'database',
      'Database',
      (row) => row.database,
      () => null,
      {
        minWidth: 84,
        grow: 2,
      },
    ),
    {
      id: 'what',
      header: 'What',
      minWidth: 126,
      grow: 1,
      value: whatInWords,
    },
    bytesColumn<BackupRow>('sizeBytes', 'Size', (row) => row.sizeBytes, { minWidth: 72 }),
    {
      id: 'saved',
      header: 'Smaller by',
      minWidth: 82,
      isNumeric: true,
      value: savedPercent,
      cell: (row) => {
        const saved = savedPercent(row);
        return saved === null ? '–' : `${Math.round(saved)} %`;
      },
    },
    durationColumn<BackupRow>('durationMs', 'Took', (row) => row.durationMs, { minWidth: 72 }),
    { ...countColumn<BackupRow>('rows', 'Rows', (row) => row.rows, { minWidth: 78 }), isExtra: isTrash },
    isTrash
      ? instantColumn<BackupRow>('trashedAt', 'Trashed', (row) => row.trashedAt, INSTANT)
      : instantColumn<BackupRow>(
          'lastRestoreTestAt',
          'Test restore',
          (row) => row.lastRestoreTestAt,
          INSTANT,
        ),
    {
      id: 'isPinned',
      header: 'Pin',
      minWidth: 40,
      value: (row) => (row.isPinned ? 'pinned' : ''),
      cell: (row) => (row.isPinned ? <PinIcon sx={{ fontSize: 16 }} titleAccess="Pinned" /> : null),
    },
    { ...textColumn<BackupRow>('note', 'Note', (row) => row.note || null, { minWidth: 140 }), isExtra: true },
    { ...textColumn<BackupRow>('place', 'Place', placeOf, { minWidth: 200, grow: 2 }), isExtra: true },
    {
      ...bytesColumn<BackupRow>('databaseBytes', 'Database size', (row) => row.databaseBytes),
      isExtra: true,
    },
    { ...textColumn<BackupRow>('serverVersion', 'Server', (row) => row.serverVersion), isExtra: true },
    { ...textColumn<BackupRow>('toolVersion', 'pg_dump', (row) => row.toolVersion), isExtra: true },
  ];
}

const INSTANT = { minWidth: 178 };

/** "Whole database"; "Whole, small"; "2 tables". */
function whatInWords({ scope, shape }: BackupRow): string {
  if (shape === 'default') return scopeInWords(scope);
  return `${scope.kind === 'database' ? 'Whole' : scopeInWords(scope)}, ${SHAPE[shape].word.toLowerCase()}`;
}

/** "2 backups, 104 MB". */
export function totalInWords(backups: readonly BackupRow[]): string {
  const bytes = backups.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
  return `${formatCount(backups.length)} ${backups.length === 1 ? 'backup' : 'backups'}, ${formatBytes(bytes)}`;
}
