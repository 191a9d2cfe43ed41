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

const name = nameColumn<VacuumTableRow>(
  'name',
  'Table',
  (row) => row.name,
  (row) => row.parent ?? row.schema,
  { minWidth: 136 },
);
const level: Column<VacuumTableRow> = {
  id: 'levelOrder',
  header: 'Level',
  minWidth: 102,
  value: levelWord,
  cell: (row) => <SeverityMark mark={LEVEL_MARK[row.level]} word={levelWord(row)} />,
};
const dead: Column<VacuumTableRow> = {
  ...percentColumn<VacuumTableRow>('deadPercent', 'Dead', (row) => row.deadPercent, { minWidth: 76 }),
  cell: (row) => <ShareBar share={row.deadPercent / 100}>{formatPercent(row.deadPercent)}</ShareBar>,
};
const deadRows = countColumn<VacuumTableRow>('deadRows', 'Dead rows', (row) => row.deadRows, {
  minWidth: 84,
});
const liveRows = countColumn<VacuumTableRow>('liveRows', 'Live rows', (row) => row.liveRows, {
  minWidth: 84,
});
const trigger = countColumn<VacuumTableRow>('triggerRows', 'Trigger', (row) => row.triggerRows, {
  minWidth: 78,
});
const next = textColumn<VacuumTableRow>('nextOrder', 'Next autovacuum', nextWord, { minWidth: 190, grow: 2 });
const vacuumed = ageColumn('lastVacuumAt', 'Vacuumed', (row) => [
  row.lastVacuumAt,
  row.partitions?.neverVacuumed ?? 0,
]);
const analyzed = ageColumn('lastAnalyzeAt', 'Analyzed', (row) => [
  row.lastAnalyzeAt,
  row.partitions?.neverAnalyzed ?? 0,
]);
const heap = bytesColumn<VacuumTableRow>('sizeBytes', 'Heap', (row) => row.sizeBytes, { minWidth: 76 });
const extras: readonly Column<VacuumTableRow>[] = [
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

export const tableColumns: readonly Column<VacuumTableRow>[] = [
  name,
  level,
  dead,
  deadRows,
  liveRows,
  trigger,
  next,
  vacuumed,
  analyzed,
  heap,
  ...extras,
];

/** With a partitioned table as one row: what says how many of its partitions are meant takes more room. */
export const summedColumns: readonly Column<VacuumTableRow>[] = [
  name,
  countColumn<VacuumTableRow>('partitionCount', 'Partitions', (row) => row.partitions?.count ?? null, {
    minWidth: 86,
  }),
  { ...level, minWidth: 148 },
  dead,
  deadRows,
  liveRows,
  { ...next, minWidth: 168 },
  { ...vacuumed, header: 'Oldest vacuum', minWidth: 150 },
  heap,
  { ...analyzed, header: 'Oldest analyze', minWidth: 150, isExtra: true },
  { ...trigger, isExtra: true },
  ...extras,
];

/** In the drawer of a partitioned table; names differ at their end there. */
export const partitionColumns: readonly Column<VacuumTableRow>[] = [
  nameColumn(
    'name',
    'Partition',
    (row) => row.name,
    () => null,
    { minWidth: 196 },
  ),
  { ...level, minWidth: 96 },
  dead,
  deadRows,
  vacuumed,
  next,
  liveRows,
  trigger,
  heap,
  { ...analyzed, isExtra: true },
  ...extras,
];

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
