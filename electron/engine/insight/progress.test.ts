import { describe, expect, it } from 'vitest';
import type { ActivityFact, ProgressFact } from '#shared/model/facts.ts';
import { progressRows } from './progress.ts';

const running = (fact: Partial<ProgressFact>): ProgressFact => ({
  pid: 7,
  command: 'vacuum',
  form: null,
  relationOid: 1,
  relation: 'public.t',
  isToast: false,
  indexOid: null,
  index: null,
  phase: 'initializing',
  counters: {},
  ...fact,
});
const rowOf = (fact: Partial<ProgressFact>) => {
  const [row] = progressRows({ progress: [running(fact)] });
  if (!row) throw new Error('no row');
  return row;
};

/** Phases that last too short to be met on a real server; those that do not are in test/postgres/insight-progress.test.ts. */
describe('progressRows', () => {
  it('takes for each phase of VACUUM what counts in it', () => {
    const counters = {
      heap_blks_total: 200,
      heap_blks_scanned: 200,
      heap_blks_vacuumed: 50,
      index_vacuum_count: 1,
    };
    expect(rowOf({ phase: 'vacuuming heap', counters })).toMatchObject({
      done: { count: 50, total: 200, unit: 'blocks' },
      percent: 25,
    });
    expect(rowOf({ phase: 'truncating heap', counters })).toMatchObject({ done: null, percent: null });
    // Indexes are counted from 17 on.
    expect(rowOf({ phase: 'vacuuming indexes', counters }).done).toBeNull();
    expect(
      rowOf({
        phase: 'vacuuming indexes',
        counters: { ...counters, indexes_total: 4, indexes_processed: 3 },
      }),
    ).toMatchObject({ done: { count: 3, total: 4, unit: 'indexes' }, percent: 75 });
  });

  it('tells the memory for dead rows as each version counts it', () => {
    expect(rowOf({ counters: { num_dead_tuples: 10, max_dead_tuples: 291 } }).details).toEqual([
      '10 of at most 291 dead rows found',
    ]);
    expect(
      rowOf({
        counters: {
          num_dead_item_ids: 10,
          dead_tuple_bytes: 2048,
          max_dead_tuple_bytes: 67_108_864,
          delay_time: 1500,
        },
      }).details,
    ).toEqual(['10 dead rows found, 2 kB of 64 MB memory for them', 'slept 1.5 s by cost limits']);
  });

  it('knows no share before the server knows the total', () => {
    const counters = { heap_blks_total: 0, heap_blks_scanned: 0 };
    expect(rowOf({ phase: 'scanning heap', counters })).toMatchObject({
      done: { count: 0, total: null, unit: 'blocks' },
      percent: null,
    });
  });

  it('builds of indexes: blocks while it reads, rows while it loads', () => {
    const counters = { blocks_total: 40, blocks_done: 10, tuples_total: 0, tuples_done: 0, lockers_total: 0 };
    expect(
      rowOf({ command: 'create-index', phase: 'building index: scanning table', counters }).percent,
    ).toBe(25);
    expect(
      rowOf({
        command: 'create-index',
        phase: 'building index: loading tuples in tree',
        counters: { ...counters, blocks_done: 40, tuples_total: 1000, tuples_done: 900 },
      }),
    ).toMatchObject({ done: { count: 900, total: 1000, unit: 'rows' }, percent: 90 });
  });

  it('rewrites, copies and base backups', () => {
    const counters = {
      heap_tuples_scanned: 100,
      heap_tuples_written: 40,
      heap_blks_total: 9,
      heap_blks_scanned: 9,
    };
    expect(
      rowOf({ command: 'cluster', form: 'VACUUM FULL', phase: 'writing new heap', counters }),
    ).toMatchObject({
      command: 'VACUUM FULL',
      percent: 40,
    });
    expect(rowOf({ command: 'cluster', phase: 'index scanning heap', counters })).toMatchObject({
      done: { count: 100, total: null, unit: 'rows' },
    });
    expect(
      rowOf({
        command: 'copy',
        form: 'COPY FROM',
        phase: 'COPY FROM',
        counters: { bytes_processed: 512, bytes_total: 2048, tuples_processed: 9, tuples_skipped: 1 },
      }),
    ).toMatchObject({ phase: 'copying', percent: 25, details: ['512 B copied', '1 row skipped as faulty'] });
    expect(
      rowOf({
        command: 'basebackup',
        relationOid: null,
        relation: null,
        phase: 'streaming database files',
        counters: {
          backup_total: 4096,
          backup_streamed: 1024,
          tablespaces_total: 1,
          tablespaces_streamed: 0,
        },
      }),
    ).toMatchObject({ relation: null, percent: 25, details: ['0 of 1 tablespace'] });
  });

  it('names a TOAST table by its table, and who started the work', () => {
    const worker = { pid: 7, backendType: 'autovacuum worker', role: null, queryAgeMs: 900 } as ActivityFact;
    expect(
      progressRows({ progress: [running({ isToast: true, relation: 'shop.orders' })], activity: [worker] }),
    ).toMatchObject([{ relation: 'TOAST of shop.orders', startedBy: 'autovacuum', runningMs: 900 }]);
    expect(rowOf({ relation: null })).toMatchObject({
      relation: 'oid 1',
      startedBy: 'unknown',
      runningMs: null,
    });
  });
});
