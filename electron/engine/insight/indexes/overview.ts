import {
  INDEX_FLAG,
  type IndexDetail,
  type IndexedTable,
  type IndexFamily,
  type IndexOverview,
  type IndexRow,
} from '#shared/model/indexes.ts';
import type { IndexFact, TableFact } from '#shared/model/facts.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { isKeyIndex, isNeverScanned } from '#engine/audit/audit-facts.ts';
import { Catalog } from '#engine/audit/catalog.ts';
import type { Check } from '#engine/audit/check.ts';
import { coveredIndex } from '#engine/audit/checks/covered-index.ts';
import { duplicateIndex } from '#engine/audit/checks/duplicate-index.ts';
import { fkMissingIndex } from '#engine/audit/checks/fk-missing-index.ts';
import { seqScanLargeTable } from '#engine/audit/checks/seq-scan-large-table.ts';
import { describeIndexColumns, indexDefinition } from '#engine/audit/definitions.ts';
import { judgeNow } from '#engine/audit/run.ts';
import { standbyName } from '#engine/audit/xmin-holders.ts';
import { EngineError } from '#engine/errors.ts';
import { oncePer } from '../grid.ts';
import { removalsOf } from './removal.ts';

const WORST_TABLES = 50;
const FAMILIES = 500;
const MISSING = 200;
export const RARE_SCANS = 10;

/** Everything of the page but the list of indexes; pure over one snapshot. */
export function indexOverview(snapshot: Snapshot, standbysCheckedAt: string | null): IndexOverview {
  const { facts } = snapshot;
  const catalog = catalogOf(snapshot);
  const indexes = facts.indexes ?? [];
  const flags = flagsIn(snapshot);
  const has = (flag: number): IndexFact[] => indexes.filter((_, at) => ((flags[at] ?? 0) & flag) !== 0);
  return {
    statisticsResetAt: facts.server.statisticsResetAt,
    totals: {
      indexes: indexes.length,
      sizeBytes: bytes(indexes),
      neverScanned: has(INDEX_FLAG.neverScanned).length,
      neverScannedBytes: bytes(has(INDEX_FLAG.neverScanned)),
      removable: has(INDEX_FLAG.removable).length,
      removableBytes: bytes(has(INDEX_FLAG.removable)),
      duplicates: has(INDEX_FLAG.duplicate | INDEX_FLAG.covered).length,
      duplicateBytes: bytes(has(INDEX_FLAG.duplicate | INDEX_FLAG.covered)),
      invalid: has(INDEX_FLAG.invalid).length,
      rarelyUsed: indexes.filter((i) => i.scans > 0 && i.scans < RARE_SCANS).length,
    },
    worstTables: worstTables(facts.tables ?? [], catalog),
    families: familiesOf(indexes, catalog, verdictsIn(snapshot)),
    missing: judgeNow(snapshot, [fkMissingIndex, seqScanLargeTable])
      .slice(0, MISSING)
      .map((finding) => ({
        source:
          finding.check === fkMissingIndex.id ? ('foreign key' as const) : ('sequential scans' as const),
        table: finding.object.table ?? finding.object.name,
        reason: finding.message,
        severity: finding.severity,
        confidence: finding.confidence,
        fix: finding.fix,
      })),
    standbys: (facts.replicationClients ?? []).map(standbyName),
    standbysCheckedAt,
  };
}

/** One row per index, without what only stored samples know. */
export const indexRows = oncePer((snapshot: Snapshot): readonly Omit<IndexRow, 'recentScans'>[] => {
  const { facts } = snapshot;
  const catalog = catalogOf(snapshot);
  const flags = flagsIn(snapshot);
  const verdicts = verdictsIn(snapshot);
  const indexes = facts.indexes ?? [];
  const removalOf = removalsOf(snapshot, catalog);
  return indexes.map((index, at) => {
    const table = catalog.table(index.tableOid);
    return {
      oid: index.oid,
      schema: index.schema,
      table: table?.name ?? '',
      name: index.name,
      accessMethod: index.accessMethod,
      columns: describeIndexColumns(index, catalog),
      sizeBytes: index.sizeBytes,
      scans: index.scans,
      lastScanAt: index.lastScanAt,
      tableWrites: table ? table.inserted + table.updated + table.deleted : 0,
      coveredBy: (verdicts.duplicate.get(index.oid) ?? verdicts.covered.get(index.oid))?.keep ?? null,
      keepReason: removalOf(index).keepReason,
      flags: flags[at] ?? 0,
    };
  });
});

/** Throws NOT_FOUND where the index was not there when the facts were read. */
export function indexDetail(snapshot: Snapshot, oid: number): IndexDetail {
  const catalog = catalogOf(snapshot);
  const index = catalog.index(oid);
  const row = indexRows(snapshot).find((candidate) => candidate.oid === oid);
  if (!index || !row) throw new EngineError('NOT_FOUND', 'This index is gone.', 'Read the page again.');
  const constraint = catalog.constraintsOf(index.tableOid).find((c) => c.oid === index.constraintOid);
  return {
    row,
    definition: indexDefinition(index, catalog) ?? 'The definition could not be read: its table was locked.',
    rowsRead: index.rowsRead,
    rowsFetched: index.rowsFetched,
    tableRows: catalog.table(index.tableOid)?.estimatedRows ?? null,
    constraint: constraint?.name ?? null,
    fix: removalsOf(snapshot, catalog)(index).fix(),
  };
}

interface Verdict {
  readonly keep: string;
  readonly reason: string;
}

/** Index oid → the index to keep instead, by check. */
interface Verdicts {
  readonly duplicate: ReadonlyMap<number, Verdict>;
  readonly covered: ReadonlyMap<number, Verdict>;
}

export const catalogOf = oncePer((snapshot: Snapshot) => new Catalog(snapshot.facts));

/** By the checks themselves, on the facts of now: the page and an audit agree, and it needs none. */
const verdictsIn = oncePer((snapshot: Snapshot): Verdicts => {
  const read = (check: Check): Map<number, Verdict> =>
    new Map(
      judgeNow(snapshot, [check]).map((finding) => [
        finding.object.oid,
        {
          keep: String(finding.evidence['keep'] ?? ''),
          reason: String(finding.evidence['keepReason'] ?? ''),
        },
      ]),
    );
  return { duplicate: read(duplicateIndex), covered: read(coveredIndex) };
});

const flagsIn = oncePer((snapshot: Snapshot): readonly number[] => {
  const verdicts = verdictsIn(snapshot);
  return (snapshot.facts.indexes ?? []).map((index) => flagsOf(index, verdicts));
});

function flagsOf(index: IndexFact, verdicts: Verdicts): number {
  const never = isNeverScanned(index);
  const set = (on: boolean, flag: number): number => (on ? flag : 0);
  return (
    set(index.isPrimary, INDEX_FLAG.primary) |
    set(index.isUnique, INDEX_FLAG.unique) |
    set(index.isExclusion, INDEX_FLAG.exclusion) |
    set(!index.isValid, INDEX_FLAG.invalid) |
    set(index.predicate !== null, INDEX_FLAG.partial) |
    set(never, INDEX_FLAG.neverScanned) |
    set(never && !isKeyIndex(index), INDEX_FLAG.removable) |
    set(verdicts.duplicate.has(index.oid), INDEX_FLAG.duplicate) |
    set(verdicts.covered.has(index.oid), INDEX_FLAG.covered) |
    set(index.constraintOid !== null, INDEX_FLAG.constraint) |
    set(index.isPartitioned, INDEX_FLAG.partitioned) |
    set(index.isReferencedByForeignKey, INDEX_FLAG.supportsForeignKey)
  );
}

function worstTables(tables: readonly TableFact[], catalog: Catalog): IndexedTable[] {
  return tables
    .map((table): IndexedTable => {
      const own = catalog.indexesOf(table.oid);
      const never = own.filter(isNeverScanned);
      return {
        oid: table.oid,
        schema: table.schema,
        name: table.name,
        rows: table.estimatedRows,
        indexes: own.length,
        neverScanned: never.length,
        removable: never.filter((i) => !isKeyIndex(i)).length,
        indexBytes: bytes(own),
        tableBytes: table.sizeBytes,
      };
    })
    .filter((t) => t.indexes > 0)
    .sort((a, b) => b.indexes - a.indexes || b.neverScanned - a.neverScanned || a.name.localeCompare(b.name))
    .slice(0, WORST_TABLES);
}

/** One family per index to keep, from the findings of duplicate-index and covered-index: the page and the audit agree. */
function familiesOf(indexes: readonly IndexFact[], catalog: Catalog, verdicts: Verdicts): IndexFamily[] {
  const families = new Map<string, IndexFamily>();
  for (const index of indexes) {
    const duplicate = verdicts.duplicate.get(index.oid);
    const verdict = duplicate ?? verdicts.covered.get(index.oid);
    if (!verdict) continue;
    const table = catalog.table(index.tableOid);
    const key = `${index.tableOid}\u0000${verdict.keep}`;
    const kept = catalog.indexesOf(index.tableOid).find((i) => i.name === verdict.keep);
    const family = families.get(key) ?? {
      table: table?.name ?? '',
      schema: index.schema,
      kind: 'covered' as const,
      keep: verdict.keep,
      keepReason: verdict.reason,
      members: kept
        ? [
            {
              oid: kept.oid,
              name: kept.name,
              sizeBytes: kept.sizeBytes,
              scans: kept.scans,
              verdict: 'keep' as const,
            },
          ]
        : [],
      reclaimableBytes: 0,
    };
    families.set(key, {
      ...family,
      kind: duplicate ? 'duplicate' : family.kind,
      members: [
        ...family.members,
        { oid: index.oid, name: index.name, sizeBytes: index.sizeBytes, scans: index.scans, verdict: 'drop' },
      ],
      reclaimableBytes: family.reclaimableBytes + index.sizeBytes,
    });
  }
  return [...families.values()].sort((a, b) => b.reclaimableBytes - a.reclaimableBytes).slice(0, FAMILIES);
}

function bytes(indexes: readonly IndexFact[]): number {
  return indexes.reduce((total, index) => total + index.sizeBytes, 0);
}
