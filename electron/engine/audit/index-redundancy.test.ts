import { describe, expect, it } from 'vitest';
import type { IndexFact } from '#shared/model/facts.ts';
import { Catalog } from './catalog.ts';
import { redundancyPlan } from './index-redundancy.ts';

let lastOid = 0;

function index(name: string, columns: readonly number[], facts: Partial<IndexFact> = {}): IndexFact {
  lastOid += 1;
  const keyColumnCount = facts.keyColumnCount ?? columns.length;
  const perKey = <T>(value: T): T[] => columns.slice(0, keyColumnCount).map(() => value);
  return {
    oid: lastOid,
    tableOid: 1,
    schema: 'public',
    name,
    accessMethod: 'btree',
    pages: 2,
    estimatedRows: null,
    sizeBytes: 16_384,
    sizeIsExact: true,
    isUnique: false,
    isPrimary: false,
    isExclusion: false,
    isImmediate: true,
    isValid: true,
    isReady: true,
    isClustered: false,
    isReplicaIdentity: false,
    nullsNotDistinct: false,
    columns,
    opclasses: perKey(1978),
    opclassNames: perKey(''),
    collations: perKey(0),
    collationNames: perKey(''),
    options: perKey(0),
    expressions: null,
    predicate: null,
    isOpaque: false,
    definition: null,
    storageOptions: {},
    tablespace: null,
    constraintOid: null,
    constraintType: null,
    isReferencedByForeignKey: false,
    isPartitioned: false,
    parentIndexOid: null,
    isExtensionOwned: false,
    scans: 0,
    rowsRead: 0,
    rowsFetched: 0,
    lastScanAt: null,
    ...facts,
    keyColumnCount,
  };
}

function verdicts(...indexes: IndexFact[]): Record<string, string> {
  const plan = redundancyPlan({ indexes }, new Catalog({ indexes }));
  return Object.fromEntries([...plan.dropped.values()].map((r) => [r.drop.name, r.keep.name]));
}

describe('redundancyPlan', () => {
  it('keeps, in this order: constraint, replica identity, referenced, clustered, most scanned, older', () => {
    const marks: Partial<IndexFact>[] = [
      { isPrimary: true, constraintOid: 8 },
      { constraintOid: 9 },
      { isReplicaIdentity: true },
      { isReferencedByForeignKey: true },
      { isClustered: true },
      { scans: 5 },
      {},
      {},
    ];
    const names = marks.map((_, at) => `rank ${at}`);
    for (let from = 0; from < marks.length - 1; from += 1) {
      // Given last, so that age speaks against the better ones; the last two differ in age alone.
      const members = marks
        .slice(from)
        .map((mark, at) => index(names[from + at] ?? '', [1], { isUnique: true, ...mark }));
      const ordered = from < marks.length - 2 ? members.toReversed() : members;
      const kept = new Set(Object.values(verdicts(...ordered)));
      expect([...kept]).toEqual([names[from]]);
    }
  });

  it('never lets two indexes replace each other', () => {
    expect(verdicts(index('a', [1]), index('b', [1, 1], { keyColumnCount: 1 }))).toEqual({ b: 'a' });
  });

  it('keeps a plain index that only an exclusion constraint resembles', () => {
    expect(
      verdicts(
        index('excl', [1], { accessMethod: 'gist', isExclusion: true, constraintOid: 7 }),
        index('plain', [1], { accessMethod: 'gist' }),
      ),
    ).toEqual({});
  });

  it('does not compare what could not be read', () => {
    const opaque = index('b', [0], { isOpaque: true });
    const plan = redundancyPlan({ indexes: [index('a', [1]), opaque] }, new Catalog({}));
    expect(plan.dropped.size).toBe(0);
    expect(plan.opaque).toEqual([opaque]);
  });

  it('does not name indexes of extensions or partitions as those to drop', () => {
    expect(
      verdicts(
        index('own', [1], { scans: 9 }),
        index('extension', [1], { isExtensionOwned: true }),
        index('attached', [1], { parentIndexOid: 5 }),
      ),
    ).toEqual({ own: 'extension' });
  });

  it.each([
    ['ten thousand tables of five', 10_000, 5],
    ['one table of two thousand', 1, 2000],
  ])('looks at each index a fixed number of times: %s', (_, tables, perTable) => {
    let reads = 0;
    const indexes = Array.from({ length: tables * perTable }, (_empty, at): IndexFact => {
      const columns = at % 5 < 2 ? [1] : [1, 2 + (at % perTable)];
      const fact = index(`i${at}`, columns, { tableOid: Math.floor(at / perTable) });
      return Object.defineProperty(fact, 'columns', {
        get() {
          reads += 1;
          return columns;
        },
      });
    });
    redundancyPlan({ indexes }, new Catalog({ indexes }));
    // Time would depend on the machine; comparing every pair would read them 2,000 times each.
    expect(reads / indexes.length).toBeLessThan(8);
  });
});
