import { describe, expect, it } from 'vitest';
import { parseVacuumLog } from './log-lines.ts';

const VACUUM = [
  'automatic vacuum of table "shop.public.orders": index scans: 1',
  'pages: 0 removed, 345 remain, 345 scanned (100.00% of total)',
  'tuples: 10000 removed, 10000 remain, 3 are dead but not yet removable',
  'system usage: CPU: user: 0.01 s, system: 0.00 s, elapsed: 1.25 s',
];
const RUN = {
  what: 'vacuum',
  kind: null,
  table: 'orders',
  elapsedMs: 1250,
  removedRows: 10_000,
  remainingRows: 10_000,
  notRemovableRows: 3,
};

describe('parseVacuumLog', () => {
  it('reads plain logs: the prefix, its time, and the lines that go on', () => {
    const log = [
      'ast of the piece, tuples: 9 removed, 9 remain',
      `2026-11-26 13:40:01.123 UTC [42] LOG:  ${VACUUM.join('\n\t')}`,
      '2026-11-26 13:40:02.000 UTC [43] ERROR:  relation "x" does not exist at character 15',
      '2026-11-26 13:40:02.000 UTC [43] STATEMENT:  SELECT * FROM x -- LOG:  automatic vacuum of table "shop.public.fake"',
      '2026-11-26 13:40:03.500 UTC [44] LOG:  automatic analyze of table "shop.stock.items" system usage: CPU: user: 0.00 s, system: 0.00 s, elapsed: 0.07 s',
      '2026-11-26 13:40:04.000 UTC [45] LOG:  automatic vacuum of table "other.public.orders": index scans: 0',
    ].join('\n');
    expect(parseVacuumLog(log, 'stderr', 'shop')).toMatchObject([
      {
        at: '2026-11-26 13:40:03.500 UTC',
        what: 'analyze',
        table: 'stock.items',
        elapsedMs: 70,
        removedRows: null,
      },
      { at: '2026-11-26 13:40:01.123 UTC', ...RUN },
    ]);
  });

  it('does without a time in the prefix', () => {
    expect(parseVacuumLog(`LOG:  ${VACUUM.join('\n\t')}`, 'stderr', 'shop')).toMatchObject([
      { at: null, ...RUN },
    ]);
  });

  it('reads CSV logs, also from the middle of a field', () => {
    const row = (message: string): string =>
      `2026-11-26 13:40:01.123 UTC,,,42,,6a1.2a,1,,2026-11-26 13:40:00 UTC,3/12,0,LOG,00000,"${message.replaceAll('"', '""')}",,,,,,,,,"","autovacuum worker",,0\n`;
    const log = `cut, "off", "field\n${row(VACUUM.join('\n'))}${row('checkpoint starting: time')}`;
    expect(parseVacuumLog(log, 'csvlog', 'shop')).toMatchObject([
      { at: '2026-11-26 13:40:01.123 UTC', ...RUN },
    ]);
  });

  it('reads JSON logs and leaves out what is cut off', () => {
    const line = JSON.stringify({ timestamp: '2026-11-26 13:40:01.123 UTC', message: VACUUM.join('\n') });
    expect(parseVacuumLog(`mestamp":1}\n${line}\n${line.slice(0, 40)}`, 'jsonlog', 'shop')).toMatchObject([
      { at: '2026-11-26 13:40:01.123 UTC', ...RUN },
    ]);
  });

  it('tells forced runs from others', () => {
    const log =
      'LOG:  automatic aggressive vacuum to prevent wraparound of table "shop.public.old": index scans: 0';
    expect(parseVacuumLog(log, 'stderr', 'shop')).toMatchObject([
      { kind: 'aggressive to prevent wraparound', table: 'old', elapsedMs: null },
    ]);
  });
});
