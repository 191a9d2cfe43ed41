import { styled } from '@mui/material/styles';
import type { ReactElement } from 'react';
import type { BackupDetails, BackupLocation, TableRows } from '#shared/model/backup.ts';
import { formatBytes, formatCount } from '#shared/model/format.ts';
import { countColumn, nameColumn } from '#renderer/components/columns.tsx';
import { ColumnTable } from '#renderer/components/ColumnTable.tsx';
import { CopyButton } from '#renderer/components/CopyButton.tsx';
import { type Column, DataTable } from '#renderer/components/DataTable.tsx';
import { DrawerSection } from '#renderer/components/DrawerSection.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { Fold } from '#renderer/components/Fold.tsx';
import { prose } from '#renderer/components/ObjectName.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';

interface Props {
  readonly backup: BackupDetails;
  readonly locations: readonly BackupLocation[];
}

/** What is in it, what a restore needs besides it, and where it lies. */
export function BackupContents({ backup, locations }: Props): ReactElement {
  const { files, entries, tableRows, log, folder } = backup;
  const whyNot = locations.find(({ id }) => id === backup.locationId)?.unavailable ?? null;
  return (
    <>
      <DrawerSection title="A restore needs besides it">
        <Needs>
          <Need label="Extensions" names={backup.extensions} />
          <Need label="Roles" names={backup.roles} />
          <Need label="Tablespaces" names={backup.tablespaces} />
          <div>
            <dt>Definitions</dt>
            <dd>
              {backup.hasGlobals
                ? 'Roles and tablespaces are beside it in globals.sql, without passwords.'
                : 'Roles and tablespaces are not in it: pg_dump leaves them out, and this role could not read them.'}
            </dd>
          </div>
        </Needs>
      </DrawerSection>
      <DrawerSection title="Rows per table">
        <Tables tables={tableRows} />
      </DrawerSection>
      <DrawerSection title="Contents">
        <p style={{ margin: 0, overflowWrap: 'anywhere' }}>
          {entries.map(({ type, count }) => `${formatCount(count)} ${type}`).join(' · ') || 'Not read.'}
        </p>
      </DrawerSection>
      <DrawerSection title="Files">
        <Path>
          <code dir="ltr">{folder}</code>
          <CopyButton text={folder} what="path" />
        </Path>
        {whyNot !== null && <p>The place cannot be used now: {whyNot}.</p>}
        <ColumnTable columns={FILE_COLUMNS} rows={files} keyOf={({ name }) => name} />
      </DrawerSection>
      {log !== '' && (
        <Fold title="Log">
          <Log tabIndex={0} role="region" aria-label="Log">
            {log}
          </Log>
        </Fold>
      )}
    </>
  );
}

function Need({ label, names }: { readonly label: string; readonly names: readonly string[] }): ReactElement {
  return (
    <div>
      <dt>{label}</dt>
      <dd dir="auto">{names.length === 0 ? 'none' : prose(names.join(', '))}</dd>
    </div>
  );
}

function Tables({ tables }: { readonly tables: readonly TableRows[] }): ReactElement {
  const rowHeight = useRowHeight();
  return (
    <div style={{ display: 'flex', height: Math.min(320, 90 + rowHeight * Math.max(2, tables.length)) }}>
      <DataTable
        label="Rows per table"
        rows={tables}
        columns={TABLE_COLUMNS}
        keyOf={({ schema, name }) => `${schema}.${name}`}
        defaultSort={{ columnId: 'rows', direction: 'descending' }}
        rowHeight={rowHeight}
        minHeight={80}
        empty={<EmptyState title="No table has data in it." />}
      />
    </div>
  );
}

const TABLE_COLUMNS: readonly Column<TableRows>[] = [
  nameColumn(
    'name',
    'Table',
    (table) => table.name,
    (table) => table.schema,
  ),
  countColumn('rows', 'Rows', (table) => table.rows),
  {
    id: 'source',
    header: 'At the source',
    minWidth: 120,
    value: (table) => (table.sourceHash === null ? 'not compared' : 'hashed'),
  },
];

const FILE_COLUMNS: readonly Column<BackupDetails['files'][number]>[] = [
  { id: 'name', header: 'File', minWidth: 100, value: ({ name }) => name },
  {
    id: 'bytes',
    header: 'Size',
    minWidth: 80,
    isNumeric: true,
    value: ({ bytes }) => bytes,
    cell: ({ bytes }) => formatBytes(bytes),
  },
  {
    id: 'sha256',
    header: 'SHA-256',
    minWidth: 120,
    grow: 2,
    value: ({ sha256 }) => sha256,
    cell: ({ sha256 }) => <Sha dir="ltr">{sha256}</Sha>,
  },
];

const Sha = styled('code')(({ theme }) => ({ ...theme.typography.mono, overflowWrap: 'anywhere' }));

const Needs = styled('dl')(({ theme }) => ({
  margin: 0,
  display: 'grid',
  gap: 3,
  '& > div': { display: 'grid', gridTemplateColumns: '96px minmax(0, 1fr)', gap: 8 },
  '& dt': { color: theme.vars.palette.text.secondary },
  '& dd': { margin: 0, overflowWrap: 'anywhere' },
}));

const Path = styled('div')(({ theme }) => ({
  display: 'flex',
  alignItems: 'center',
  gap: 4,
  '& code': { ...theme.typography.mono, overflowWrap: 'anywhere', minWidth: 0 },
}));

const Log = styled('pre')(({ theme }) => ({
  ...theme.typography.mono,
  margin: 0,
  maxHeight: 280,
  overflow: 'auto',
  whiteSpace: 'pre-wrap',
  overflowWrap: 'anywhere',
}));
