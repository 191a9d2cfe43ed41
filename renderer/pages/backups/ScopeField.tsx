import { type ReactElement, useDeferredValue, useState } from 'react';
import type { CreateBackupRequest } from '#shared/contract/backups.ts';
import type { BackupPart } from '#shared/model/backup.ts';
import { formatBytes, formatCountOf } from '#shared/model/format.ts';
import { useBackupParts } from '#renderer/api/backups.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';
import { tableTitle } from './backup-words.ts';
import { Choice, type Option } from './Choice.tsx';
import { NamePicker } from './NamePicker.tsx';

export type Scope = CreateBackupRequest['scope'];

interface Props {
  readonly connectionId: string;
  readonly scope: Scope;
  readonly onChange: (scope: Scope) => void;
}

/** What goes into the backup. Only the whole database counts for the recovery point. */
export function ScopeField({ connectionId, scope, onChange }: Props): ReactElement {
  return (
    <>
      <Choice label="What" options={SCOPES} value={scope.kind} onChange={(kind) => onChange(EMPTY[kind])} />
      {scope.kind !== 'database' && (
        <Parts key={scope.kind} connectionId={connectionId} scope={scope} onChange={onChange} />
      )}
    </>
  );
}

interface PartsProps extends Props {
  readonly scope: Exclude<Scope, { kind: 'database' }>;
}

/** Chosen from what is there, so that no name is ever guessed or mistyped. */
function Parts({ connectionId, scope, onChange }: PartsProps): ReactElement {
  const [typed, setTyped] = useState('');
  const text = useDeferredValue(typed.trim());
  const { data, error, refetch, isPlaceholderData } = useBackupParts(connectionId, scope.kind, text);
  if (error)
    return (
      <ErrorNotice
        error={toUserError(error)}
        title="What there is could not be read"
        onRetry={() => void refetch()}
      />
    );
  const parts = data?.parts ?? [];
  const isStale = isPlaceholderData || text !== typed.trim();
  const common = { typed, onType: setTyped, isStale, total: data?.total ?? 0 };
  if (scope.kind === 'schemas')
    return (
      <NamePicker
        {...common}
        label="Find a schema"
        chosen={scope.schemas}
        onChange={(next) => onChange({ kind: 'schemas', schemas: [...next] })}
        titleOf={(schema) => schema}
        offers={parts.map((part) => ({ item: part.schema, figures: figuresOf(part) }))}
        none={data ? 'No schema has these letters in its name.' : 'Reading the schemas…'}
      />
    );
  return (
    <NamePicker
      {...common}
      label="Find a table"
      chosen={scope.tables}
      onChange={(next) => onChange({ kind: 'tables', tables: [...next] })}
      titleOf={tableTitle}
      offers={parts.map((part) => ({
        item: { schema: part.schema, name: part.name ?? '' },
        figures: figuresOf(part),
      }))}
      none={
        data
          ? text === ''
            ? 'There is no table in this database.'
            : 'No table has these letters in its name.'
          : 'Reading the tables…'
      }
    />
  );
}

/** "12 tables, 1.2 GB"; a size that nobody has counted yet is left out. */
function figuresOf({ name, tables, sizeBytes }: BackupPart): string {
  return [name === null && formatCountOf(tables, 'table'), sizeBytes > 0 && formatBytes(sizeBytes)]
    .filter(Boolean)
    .join(', ');
}

/** Whether something is chosen. */
export function isScopeWhole(scope: Scope): boolean {
  switch (scope.kind) {
    case 'database':
      return true;
    case 'schemas':
      return scope.schemas.length > 0;
    case 'tables':
      return scope.tables.length > 0;
  }
}

const EMPTY: Readonly<Record<Scope['kind'], Scope>> = {
  database: { kind: 'database' },
  schemas: { kind: 'schemas', schemas: [] },
  tables: { kind: 'tables', tables: [] },
};

const SCOPES: readonly Option<Scope['kind']>[] = [
  {
    value: 'database',
    title: 'The whole database',
    means: 'with roles and tablespaces where the role may read them',
  },
  { value: 'schemas', title: 'Some schemas', means: 'no recovery point: the rest is not in it' },
  { value: 'tables', title: 'Some tables', means: 'no recovery point: the rest is not in it' },
];
