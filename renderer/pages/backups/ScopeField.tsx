import { type ReactElement, useState } from 'react';
import type { CreateBackupRequest } from '#shared/contract/backups.ts';
import type { TableName } from '#shared/model/backup.ts';
import { useTableSearch } from '#renderer/api/queries.ts';
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
  const [typed, setTyped] = useState('');
  const { data: found = [] } = useTableSearch(connectionId, typed);
  const tables: readonly TableName[] = found.map(({ schema, name }) => ({ schema, name }));
  const text = typed.trim();
  const schemas = [
    ...new Set([...(text === '' ? ['public'] : [text]), ...tables.map(({ schema }) => schema)]),
  ];
  return (
    <>
      <Choice
        label="What"
        options={SCOPES}
        value={scope.kind}
        onChange={(kind) => {
          setTyped('');
          onChange(EMPTY[kind]);
        }}
      />
      {scope.kind === 'schemas' && (
        <NamePicker
          label="Add a schema"
          chosen={scope.schemas}
          onChange={(next) => onChange({ kind: 'schemas', schemas: [...next] })}
          titleOf={(schema) => schema}
          offered={schemas}
          typed={typed}
          onType={setTyped}
          none="Type the name of a schema."
        />
      )}
      {scope.kind === 'tables' && (
        <NamePicker
          label="Add a table"
          chosen={scope.tables}
          onChange={(next) => onChange({ kind: 'tables', tables: [...next] })}
          titleOf={tableTitle}
          offered={tables}
          typed={typed}
          onType={setTyped}
          none={
            text.length < 2
              ? 'Type at least two letters of its name.'
              : 'No table has these words in its name.'
          }
        />
      )}
    </>
  );
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
