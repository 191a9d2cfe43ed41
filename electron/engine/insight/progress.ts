import type { ActivityFact, Facts, ProgressFact } from '#shared/model/facts.ts';
import { formatBytes, formatCount, formatCountOf, formatDuration } from '#shared/model/format.ts';
import type { ProgressRow, ProgressUnit } from '#shared/model/progress.ts';

/** Maintenance that runs now, with how far its phase is; pure over one snapshot's facts. */
export function progressRows(facts: Partial<Facts>): ProgressRow[] {
  const sessions = new Map((facts.activity ?? []).map((a) => [a.pid, a]));
  const blockBytes = facts.server?.blockSizeBytes ?? 8192;
  return (facts.progress ?? []).map((fact) => progressRow(fact, sessions.get(fact.pid), blockBytes));
}

function progressRow(fact: ProgressFact, session: ActivityFact | undefined, blockBytes: number): ProgressRow {
  const done = doneOf(fact);
  return {
    pid: fact.pid,
    command: fact.form ?? COMMANDS[fact.command],
    relation: relationOf(fact),
    index: fact.index,
    phase: phaseOf(fact),
    doing: DOING[fact.phase] ?? null,
    done,
    percent: done?.total ? Math.min(100, (done.count / done.total) * 100) : null,
    details: detailsOf(fact, blockBytes),
    startedBy:
      session?.backendType === 'autovacuum worker' ? 'autovacuum' : session?.role ? 'a user' : 'unknown',
    runningMs: session?.queryAgeMs ?? session?.xactAgeMs ?? null,
  };
}

const COMMANDS: Readonly<Record<ProgressFact['command'], string>> = {
  vacuum: 'VACUUM',
  analyze: 'ANALYZE',
  'create-index': 'CREATE INDEX',
  cluster: 'CLUSTER',
  copy: 'COPY',
  basebackup: 'Base backup',
};

function relationOf({ relation, relationOid, isToast }: ProgressFact): string | null {
  // COPY of a query has no relation.
  if (relationOid === null) return null;
  const name = relation?.replace(/^public\./, '') ?? `oid ${relationOid}`;
  return isToast ? `TOAST of ${name}` : name;
}

/** COPY has one phase only, and no column for it. */
function phaseOf({ command, phase }: ProgressFact): string {
  return command === 'copy' ? 'copying' : phase;
}

/** Phases whose name needs a word more: https://www.postgresql.org/docs/current/progress-reporting.html */
const DOING: Readonly<Record<string, string>> = {
  'scanning heap': 'looks for dead rows',
  'vacuuming indexes': 'removes dead rows from the indexes',
  'vacuuming heap': 'makes the space of dead rows usable again',
  'cleaning up indexes': 'updates the counts of the indexes',
  'truncating heap': 'gives empty pages at the end back to the system',
  'performing final cleanup': 'updates the free space map and the statistics',
  'acquiring sample rows': 'reads a sample of the table',
  'acquiring inherited sample rows': 'reads a sample of the partitions',
  'waiting for writers before build': 'waits for transactions that write to the table',
  'waiting for writers before validation': 'waits for transactions that write to the table',
  'waiting for old snapshots': 'waits for transactions that could need the old rows',
  'waiting for readers before marking dead': 'waits for transactions that read the old index',
  'waiting for readers before dropping': 'waits for transactions that read the old index',
  'waiting for checkpoint to finish': 'waits for a checkpoint',
};

type Pair = readonly [done: string, total: string, unit: ProgressUnit];

/** Which two columns of the view tell how far a phase is. */
function pairOf({ command, phase, counters }: ProgressFact): Pair | null {
  switch (command) {
    case 'vacuum':
      if (phase === 'scanning heap') return ['heap_blks_scanned', 'heap_blks_total', 'blocks'];
      if (phase === 'vacuuming heap') return ['heap_blks_vacuumed', 'heap_blks_total', 'blocks'];
      // Counted from 17 on.
      return /^(?:vacuuming|cleaning up) indexes$/.test(phase)
        ? ['indexes_processed', 'indexes_total', 'indexes']
        : null;
    case 'analyze':
      return phase.startsWith('acquiring') ? ['sample_blks_scanned', 'sample_blks_total', 'blocks'] : null;
    case 'create-index':
      if (phase.startsWith('waiting')) return ['lockers_done', 'lockers_total', 'sessions'];
      if ((counters['tuples_total'] ?? 0) > 0 && /tuples/.test(phase))
        return ['tuples_done', 'tuples_total', 'rows'];
      if ((counters['blocks_total'] ?? 0) > 0) return ['blocks_done', 'blocks_total', 'blocks'];
      return (counters['partitions_total'] ?? 0) > 0
        ? ['partitions_done', 'partitions_total', 'partitions']
        : null;
    case 'cluster':
      if (phase === 'seq scanning heap') return ['heap_blks_scanned', 'heap_blks_total', 'blocks'];
      if (phase === 'index scanning heap') return ['heap_tuples_scanned', '', 'rows'];
      return phase === 'writing new heap' ? ['heap_tuples_written', 'heap_tuples_scanned', 'rows'] : null;
    case 'copy':
      return (counters['bytes_total'] ?? 0) > 0
        ? ['bytes_processed', 'bytes_total', 'bytes']
        : ['tuples_processed', '', 'rows'];
    case 'basebackup':
      return ['backup_streamed', 'backup_total', 'bytes'];
  }
}

function doneOf(fact: ProgressFact): ProgressRow['done'] {
  const pair = pairOf(fact);
  const count = pair && fact.counters[pair[0]];
  if (!pair || count === undefined || count === null) return null;
  // 0 stands for "not known" in these views.
  return { count, total: fact.counters[pair[1]] || null, unit: pair[2] };
}

function detailsOf({ command, counters }: ProgressFact, blockBytes: number): string[] {
  const at = (name: string): number => counters[name] ?? 0;
  const details: string[] = [];
  const add = (isSaid: boolean, text: () => string): void => {
    if (isSaid) details.push(text());
  };
  if (command === 'vacuum') {
    add(at('heap_blks_total') > 0, () => `${formatBytes(at('heap_blks_total') * blockBytes)} in all`);
    // Up to 16 the ids of dead rows are counted, from 17 on also the memory that they take.
    add(
      at('max_dead_tuple_bytes') > 0,
      () =>
        `${formatCountOf(at('num_dead_item_ids'), 'dead row')} found, ${formatBytes(at('dead_tuple_bytes'))} of ${formatBytes(at('max_dead_tuple_bytes'))} memory for them`,
    );
    add(
      at('max_dead_tuples') > 0,
      () =>
        `${formatCount(at('num_dead_tuples'))} of at most ${formatCount(at('max_dead_tuples'))} dead rows found`,
    );
    add(
      at('index_vacuum_count') > 0,
      () => `the indexes were gone through ${formatCountOf(at('index_vacuum_count'), 'time')}`,
    );
    add(at('delay_time') > 0, () => `slept ${formatDuration(at('delay_time'))} by cost limits`);
  }
  if (command === 'analyze') {
    add(
      at('child_tables_total') > 0,
      () =>
        `${formatCount(at('child_tables_done'))} of ${formatCountOf(at('child_tables_total'), 'partition')}`,
    );
    add(at('delay_time') > 0, () => `slept ${formatDuration(at('delay_time'))} by cost limits`);
  }
  if (command === 'create-index') {
    add(at('current_locker_pid') > 0, () => `waits for pid ${at('current_locker_pid')}`);
    add(
      at('partitions_total') > 0,
      () => `${formatCount(at('partitions_done'))} of ${formatCountOf(at('partitions_total'), 'partition')}`,
    );
  }
  if (command === 'cluster')
    add(
      at('index_rebuild_count') > 0,
      () => `${formatCountOf(at('index_rebuild_count'), 'index', 'indexes')} rebuilt`,
    );
  if (command === 'copy') {
    add(at('bytes_processed') > 0, () => `${formatBytes(at('bytes_processed'))} copied`);
    add(at('tuples_excluded') > 0, () => `${formatCountOf(at('tuples_excluded'), 'row')} left out by WHERE`);
    add(at('tuples_skipped') > 0, () => `${formatCountOf(at('tuples_skipped'), 'row')} skipped as faulty`);
  }
  if (command === 'basebackup')
    add(
      at('tablespaces_total') > 0,
      () =>
        `${formatCount(at('tablespaces_streamed'))} of ${formatCountOf(at('tablespaces_total'), 'tablespace')}`,
    );
  return details;
}
