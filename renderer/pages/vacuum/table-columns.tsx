import { formatAgo, formatCount, formatPercent } from '#shared/model/format.ts';
import type { VacuumTableRow } from '#shared/model/vacuum.ts';
import {
  bytesColumn,
  countColumn,
  nameColumn,
  percentColumn,
  textColumn,
} from '#renderer/components/columns.tsx';
import type { Column } from '#renderer/components/RowGrid.tsx';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { ShareBar } from '#renderer/components/ShareBar.tsx';
import { LEVEL_MARK, LEVEL_WORD } from './levels.ts';
import { nextInWords } from './next-words.ts';

/** Of single tables, and of partitioned ones as one row. */
export const tableColumns: readonly Column<VacuumTableRow>[] = [
  nameColumn(
    'name',
    'Table',
    (row) => row.name,
    (row) => row.parent ?? row.schema,
    { minWidth: 136 },
  ),
  {
    id: 'levelOrder',
    header: 'Level',
    minWidth: 102,
    value: levelWord,
    cell: (row) => <SeverityMark mark={LEVEL_MARK[row.level]} word={levelWord(row)} />,
  },
  {
    ...percentColumn<VacuumTableRow>('deadPercent', 'Dead', (row) => row.deadPercent, { minWidth: 76 }),
    cell: (row) => <ShareBar share={row.deadPercent / 100}>{formatPercent(row.deadPercent)}</ShareBar>,
  },
  countColumn('deadRows', 'Dead rows', (row) => row.deadRows, { minWidth: 84 }),
  countColumn('liveRows', 'Live rows', (row) => row.liveRows, { minWidth: 84 }),
  countColumn('triggerRows', 'Trigger', (row) => row.triggerRows, { minWidth: 78 }),
  textColumn('nextOrder', 'Next autovacuum', nextWord, { minWidth: 190, grow: 2 }),
  ageColumn('lastVacuumAt', 'Vacuumed', (row) => [row.lastVacuumAt, row.partitions?.neverVacuumed ?? 0]),
  ageColumn('lastAnalyzeAt', 'Analyzed', (row) => [row.lastAnalyzeAt, row.partitions?.neverAnalyzed ?? 0]),
  bytesColumn('sizeBytes', 'Heap', (row) => row.sizeBytes, { minWidth: 76 }),
  {
    ...percentColumn<VacuumTableRow>('ofTriggerPercent', 'Of trigger', (row) => row.ofTriggerPercent, {
      minWidth: 96,
    }),
    isExtra: true,
  },
  {
    ...percentColumn<VacuumTableRow>('hotPercent', 'HOT updates', (row) => row.hotPercent, { minWidth: 108 }),
    isExtra: true,
  },
];

const MORE: ReadonlySet<string> = new Set(['lastAnalyzeAt', 'sizeBytes']);

/** In the drawer of a partitioned table, which has less room. */
export const partitionColumns: readonly Column<VacuumTableRow>[] = tableColumns
  .filter(({ id }) => id !== 'triggerRows')
  .map((column) => ({ ...column, isExtra: column.isExtra === true || MORE.has(column.id) }));

/** "Critical", "Critical, 1 of 12": of a partitioned table how many of its partitions are as bad. */
function levelWord({ level, partitions }: VacuumTableRow): string {
  return partitions === null || level === 'none'
    ? LEVEL_WORD[level]
    : `${LEVEL_WORD[level]}, ${formatCount(partitions.atLevel)} of ${formatCount(partitions.count)}`;
}

/** "2 of 12 due now", "first in 42 dead rows". */
function nextWord({ next, partitions }: VacuumTableRow): string {
  if (partitions === null) return nextInWords(next);
  const { count, due, switchedOff } = partitions;
  const of = (some: number): string =>
    some === count ? `all ${formatCount(count)}` : `${formatCount(some)} of ${formatCount(count)}`;
  if (due > 0) return `${of(due)} due now`;
  if (switchedOff === count) return `off for ${of(count)}`;
  return next.state === 'waiting' ? `first ${nextInWords(next)}` : nextInWords(next);
}

/** When, and of a partitioned table how many of its partitions never were. */
function ageColumn(
  id: string,
  header: string,
  of: (row: VacuumTableRow) => readonly [at: string | null, never: number],
): Column<VacuumTableRow> {
  return {
    id,
    header,
    minWidth: 92,
    grow: 1,
    value: (row) => of(row)[0],
    cell: (row) => {
      const [at, never] = of(row);
      if (at === null) return 'never';
      const ago = formatAgo(Math.max(0, Date.now() - Date.parse(at)));
      return never === 0 ? ago : `${ago}, ${formatCount(never)} never`;
    },
  };
}
