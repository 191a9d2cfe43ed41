import type { IndexFact, TableFact } from '#shared/model/facts.ts';
import type { Row } from '#engine/postgres/read-session.ts';
import type { Capabilities } from '#engine/postgres/capabilities.ts';
import { SYSTEM_SCHEMAS } from './catalog-names.ts';
import { ageOrNull, estimatedRows, instant, number, options, text } from './decode.ts';
import type { CollectContext, SharedFamily, Writable } from './family.ts';
import { packed, packedFlags, PackedRow } from './packed.ts';
import { mapRows } from './yielding.ts';

export type TableDraft = Writable<TableFact>;

/** Tables, partitioned tables, matviews and foreign tables with estimated sizes. Needs `indexes`. */
export const tablesFamily: SharedFamily = {
  facts: ['tables'],
  label: 'tables',
  needs: ['indexes', 'columns'],
  isDraft: true,
  async read(transaction, context) {
    const rows = await transaction.rows(tablesSql(context.capabilities));
    const parents = await transaction.rows(PARENTS_SQL);
    const comments = await transaction.rows(COMMENTS_SQL);
    return async () => {
      const { indexes } = context.facts;
      if (!indexes) throw new Error('The indexes of the tables could not be read.');
      const withAcl: number[] = [];
      const tables = await mapRows(rows, createMapper(context, { indexes, parents, comments, withAcl }));
      context.tablesWithAcl = withAcl;
      return { facts: { tables } };
    };
  },
};

function createMapper(
  context: CollectContext,
  {
    indexes,
    parents,
    comments,
    withAcl,
  }: {
    readonly indexes: readonly IndexFact[];
    readonly parents: readonly Row[];
    readonly comments: readonly Row[];
    /** Filled with the tables that have an ACL. */
    readonly withAcl: number[];
  },
): (row: Row) => TableDraft {
  const { names, facts, capabilities, columnTraits } = context;
  const parentOf = new Map(parents.map(([child, parent]) => [number(child), number(parent)]));
  const commentOf = new Map(comments.map(([oid, comment]) => [number(oid), text(comment)]));
  const useOf = sumIndexUse(indexes);
  const blockSize = facts.server?.blockSizeBytes ?? 8192;
  const packedRow = new PackedRow();
  return (row) => {
    const [name, numbers, reloptions, toastOptions] = row;
    packedRow.open(numbers);
    const next = (): number => packedRow.int();
    const oid = next();
    const schemaOid = next();
    const kind = packedRow.word() as TableFact['kind'];
    const persistence = packedRow.word() as TableFact['persistence'];
    const replicaIdentity = packedRow.word() as TableFact['replicaIdentity'];
    const ownerOid = next();
    const flags = next();
    // A partitioned table that was analysed has -1: it holds nothing itself.
    const pages = Math.max(0, next());
    const rows = next();
    const attributes = next();
    const toastOid = next();
    const toastPages = next();
    const toastFrozenXidAge = next();
    const toastMinMxidAge = next();
    const frozenXidAge = next();
    const minMxidAge = next();
    if ((flags & 16) !== 0) withAcl.push(oid);
    const use = useOf.get(oid);
    const toast = options(toastOptions, 'toast.');
    return {
      oid,
      schema: names.schema(schemaOid),
      name: text(name),
      kind,
      persistence,
      owner: names.role(ownerOid),
      isPartition: (flags & 1) !== 0,
      parentOid: parentOf.get(oid) ?? null,
      isExtensionOwned: names.isExtensionOwned('pg_class', oid),
      pages,
      estimatedRows: estimatedRows(rows, pages, capabilities.versionNum),
      sizeBytes: pages * blockSize,
      sizeIsExact: false,
      toastOid: toastOid || null,
      toastPages,
      toastFrozenXidAge: toastOid === 0 ? null : ageOrNull(toastFrozenXidAge),
      toastMinMxidAge: toastOid === 0 ? null : ageOrNull(toastMinMxidAge),
      frozenXidAge: ageOrNull(frozenXidAge),
      minMxidAge: ageOrNull(minMxidAge),
      options: toastOptions === null ? options(reloptions) : { ...options(reloptions), ...toast },
      rowSecurity: (flags & 2) !== 0,
      forceRowSecurity: (flags & 4) !== 0,
      replicaIdentity,
      isPopulated: (flags & 8) !== 0,
      comment: commentOf.get(oid) ?? null,
      columnCount: columnTraits?.ranges.get(oid)?.count ?? attributes,
      liveRows: next(),
      deadRows: next(),
      modifiedSinceAnalyze: next(),
      insertedSinceVacuum: next(),
      seqScans: next(),
      seqRowsRead: next(),
      indexScans: use?.scans ?? 0,
      inserted: next(),
      updated: next(),
      deleted: next(),
      hotUpdated: next(),
      vacuumCount: next(),
      autovacuumCount: next(),
      analyzeCount: next(),
      autoanalyzeCount: next(),
      allFrozenPages: capabilities.has('pg_class', 'relallfrozen') ? next() : null,
      newPageUpdated: capabilities.has('pg_stat_all_tables', 'n_tup_newpage_upd') ? next() : null,
      lastIndexScanAt: use?.lastScanAt ?? null,
      lastVacuumAt: instant(row[4]),
      lastAutovacuumAt: instant(row[5]),
      lastAnalyzeAt: instant(row[6]),
      lastAutoanalyzeAt: instant(row[7]),
      lastSeqScanAt: instant(row[8]),
    };
  };
}

/** What pg_stat_all_tables sums up in SQL for each table; here the indexes are at hand. */
function sumIndexUse(
  indexes: readonly IndexFact[],
): Map<number, { scans: number; lastScanAt: string | null }> {
  const uses = new Map<number, { scans: number; lastScanAt: string | null }>();
  for (const { tableOid, scans, lastScanAt } of indexes) {
    const use = uses.get(tableOid);
    if (!use) uses.set(tableOid, { scans, lastScanAt });
    else {
      use.scans += scans;
      // ISO 8601 in UTC sorts as text.
      if (lastScanAt !== null && lastScanAt > (use.lastScanAt ?? '')) use.lastScanAt = lastScanAt;
    }
  }
  return uses;
}

/*
 * The functions behind pg_stat_all_tables: the view itself joins and groups all indexes.
 * TOAST tables, where wraparound and bloat hide as well, are looked up one by one (LIMIT keeps the planner from hashing
 * all of pg_class for them).
 */
function tablesSql({ has }: Capabilities): string {
  const count = (name: string): string => `pg_catalog.pg_stat_get_${name}(c.oid)`;
  const numbers = packed([
    'c.oid',
    'c.relnamespace',
    'c.relkind',
    'c.relpersistence',
    'c.relreplident',
    'c.relowner',
    packedFlags([
      'c.relispartition',
      'c.relrowsecurity',
      'c.relforcerowsecurity',
      'c.relispopulated',
      'c.relacl IS NOT NULL',
    ]),
    'c.relpages',
    'c.reltuples::int8',
    'c.relnatts',
    'c.reltoastrelid',
    'coalesce(t.relpages, 0)',
    'coalesce(pg_catalog.age(t.relfrozenxid), 0)',
    'coalesce(pg_catalog.mxid_age(t.relminmxid), 0)',
    'pg_catalog.age(c.relfrozenxid)',
    'pg_catalog.mxid_age(c.relminmxid)',
    ...COUNTERS.map(count),
    ...(has('pg_class', 'relallfrozen') ? ['c.relallfrozen'] : []),
    ...(has('pg_stat_all_tables', 'n_tup_newpage_upd') ? [count('tuples_newpage_updated')] : []),
  ]);
  const instants = [...INSTANTS, ...(has('pg_stat_all_tables', 'last_seq_scan') ? ['lastscan'] : [])].map(
    (name) => `${count(name)}::text`,
  );
  return `SELECT c.relname, ${numbers}, c.reloptions, t.reloptions, ${instants.join(', ')}
    FROM pg_catalog.pg_class c LEFT JOIN LATERAL (
      SELECT * FROM pg_catalog.pg_class t WHERE t.oid = c.reltoastrelid LIMIT 1) t ON true
    WHERE c.relkind IN ('r', 'p', 'm', 'f') AND c.relnamespace NOT IN ${SYSTEM_SCHEMAS}`;
}

const COUNTERS = [
  'live_tuples',
  'dead_tuples',
  'mod_since_analyze',
  'ins_since_vacuum',
  'numscans',
  'tuples_returned',
  'tuples_inserted',
  'tuples_updated',
  'tuples_deleted',
  'tuples_hot_updated',
  'vacuum_count',
  'autovacuum_count',
  'analyze_count',
  'autoanalyze_count',
];

const INSTANTS = ['last_vacuum_time', 'last_autovacuum_time', 'last_analyze_time', 'last_autoanalyze_time'];

const PARENTS_SQL = `SELECT h.inhrelid, h.inhparent FROM pg_catalog.pg_inherits h
  JOIN pg_catalog.pg_class c ON c.oid = h.inhrelid AND c.relkind IN ('r', 'p', 'f') WHERE h.inhseqno = 1`;

// User objects start at oid 16384 (FirstNormalObjectId); pg_description's index leads with the object.
const COMMENTS_SQL = `SELECT d.objoid, d.description FROM pg_catalog.pg_description d
  WHERE d.objoid >= 16384 AND d.objsubid = 0 AND d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass`;
