import type { ReactElement } from 'react';
import type { FilePlace, FileProblems } from '#shared/model/settings.ts';
import { nameColumn, textColumn } from '#renderer/components/columns.tsx';
import { type Column, DataTable } from '#renderer/components/DataTable.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';

interface Line extends FilePlace {
  readonly name: string | null;
  readonly value: string | null;
  readonly problem: string;
  readonly isError: boolean;
}

/** Lines of the configuration files that do not do what somebody hoped for. */
export function FilesTab({ files }: { readonly files: FileProblems | null }): ReactElement {
  const rowHeight = useRowHeight();
  if (files === null) {
    return (
      <EmptyState title="Not readable for this role.">
        The notice at the top of the page says what would unlock it.
      </EmptyState>
    );
  }
  const lines: readonly Line[] = [
    ...files.errors.map((e) => ({ ...e, value: null, problem: e.error, isError: true })),
    ...files.overridden.map((o) => ({
      ...o,
      problem: `overridden by ${shortPlace(o.by)}`,
      isError: false,
    })),
  ];
  return (
    <DataTable
      label="Lines without effect"
      rows={lines}
      columns={COLUMNS}
      keyOf={(line) => `${line.file}:${line.line}:${line.name}`}
      rowHeight={rowHeight}
      defaultSort={{ columnId: 'kind', direction: 'descending' }}
      empty={
        <EmptyState title="Every line has an effect." isGood>
          No errors, and no setting is set twice.
        </EmptyState>
      }
    />
  );
}

function shortPlace({ file, line }: FilePlace): string {
  return `${file.split(/[\\/]/).at(-1)}:${line}`;
}

const COLUMNS: readonly Column<Line>[] = [
  {
    id: 'kind',
    header: 'What',
    minWidth: 120,
    value: (line) => (line.isError ? 'error' : 'overridden'),
    sortValue: (line) => (line.isError ? 1 : 0),
    cell: (line) =>
      line.isError ? (
        <SeverityMark mark="medium" word="error" />
      ) : (
        <SeverityMark mark="info" word="overridden" />
      ),
  },
  nameColumn(
    'name',
    'Setting',
    (line) => line.name ?? 'not understood',
    () => null,
    { minWidth: 200 },
  ),
  textColumn('value', 'Value', (line) => line.value, { minWidth: 120 }),
  textColumn('place', 'Line', shortPlace, { minWidth: 190 }),
  textColumn('problem', 'Why', (line) => line.problem, { minWidth: 260, grow: 3 }),
];
