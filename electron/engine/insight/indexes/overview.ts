import {
  INDEX_FLAG,
  type IndexColumns,
  type IndexDetail,
  type IndexedTable,
  type IndexFamily,
  type IndexOverview,
} from '#shared/model/indexes.ts';
import type { Audit } from '#shared/model/audit.ts';
import type { IndexFact, TableFact } from '#shared/model/facts.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { isKeyIndex, isNeverScanned } from '#engine/audit/audit-facts.ts';
import { Catalog } from '#engine/audit/catalog.ts';
import { describeIndexColumns, indexDefinition } from '#engine/audit/definitions.ts';
import { EngineError } from '#engine/errors.ts';

const WORST_TABLES = 50;
const FAMILIES = 500;
const RARE_SCANS = 10;

/** Totals, worst tables, families and all indexes as columns; pure over one snapshot and the audit made of it. */
export function indexOverview(snapshot: Snapshot, audit: Audit | null): IndexOverview {
  const catalog = new Catalog(snapshot.facts);
  const indexes = snapshot.facts.indexes ?? [];
  const verdicts = verdictsOf(audit);
  const flags = indexes.map((index) => flagsOf(index, verdicts));
  const has = (flag: number): IndexFact[] => indexes.filter((_, at) => ((flags[at] ?? 0) & flag) !== 0);
  return {
    collectedAt: snapshot.collectedAt,
    statisticsResetAt: snapshot.facts.server.statisticsResetAt,
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
    worstTables: worstTables(snapshot.facts.tables ?? [], catalog),
    families: familiesOf(indexes, catalog, verdicts),
    indexes: columnsOf(indexes, flags, catalog),
  };
}

/** Throws NOT_FOUND where the index was not there when the facts were read. */
export function indexDetail(snapshot: Snapshot, audit: Audit | null, oid: number): IndexDetail {
  const catalog = new Catalog(snapshot.facts);
  const index = catalog.index(oid);
  if (!index)
    throw new EngineError(
      'NOT_FOUND',
      'This index was not there when the facts were read.',
      'Run the audit again.',
    );
  const table = catalog.table(index.tableOid);
  const constraint = catalog.constraintsOf(index.tableOid).find((c) => c.oid === index.constraintOid);
  return {
    oid,
    definition: indexDefinition(index, catalog) ?? 'The definition could not be read: its table was locked.',
    rowsRead: index.rowsRead,
    rowsFetched: index.rowsFetched,
    tableRows: table?.estimatedRows ?? null,
    tableWrites: table ? table.inserted + table.updated + table.deleted : 0,
    constraint: constraint?.name ?? null,
    findingFingerprints: (audit?.findings ?? [])
      .filter((f) => f.object.kind === 'index' && f.object.oid === oid)
      .map((f) => f.fingerprint),
  };
}

/** What the audit said: index oid → the index to keep instead, by check. */
interface Verdicts {
  readonly duplicate: ReadonlyMap<number, { keep: string; reason: string }>;
  readonly covered: ReadonlyMap<number, { keep: string; reason: string }>;
}

function verdictsOf(audit: Audit | null): Verdicts {
  const read = (check: string): Map<number, { keep: string; reason: string }> =>
    new Map(
      (audit?.findings ?? [])
        .filter((f) => f.check === check && f.status !== 'fixed')
        .map((f) => [
          f.object.oid,
          { keep: String(f.evidence['keep'] ?? ''), reason: String(f.evidence['keepReason'] ?? '') },
        ]),
    );
  return { duplicate: read('duplicate-index'), covered: read('covered-index') };
}

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

function columnsOf(indexes: readonly IndexFact[], flags: readonly number[], catalog: Catalog): IndexColumns {
  return {
    oid: indexes.map((i) => i.oid),
    schema: indexes.map((i) => i.schema),
    table: indexes.map((i) => catalog.table(i.tableOid)?.name ?? ''),
    name: indexes.map((i) => i.name),
    accessMethod: indexes.map((i) => i.accessMethod),
    columns: indexes.map((i) => describeIndexColumns(i, catalog)),
    sizeBytes: indexes.map((i) => i.sizeBytes),
    scans: indexes.map((i) => i.scans),
    lastScanAt: indexes.map((i) => i.lastScanAt),
    flags,
  };
}

function bytes(indexes: readonly IndexFact[]): number {
  return indexes.reduce((total, index) => total + index.sizeBytes, 0);
}
