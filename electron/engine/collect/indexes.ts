import type { ConstraintFact, IndexFact } from '#shared/model/facts.ts';
import type { Row } from '#engine/postgres/read-session.ts';
import type { Capabilities } from '#engine/postgres/capabilities.ts';
import { SYSTEM_SCHEMAS } from './catalog-names.ts';
import { estimatedRows, instant, number, options, text } from './decode.ts';
import type { CollectContext, SharedFamily, Writable } from './family.ts';
import { createKeyReader } from './index-key-names.ts';
import { packed, packedFlags, PackedRow } from './packed.ts';
import { mapRows } from './yielding.ts';

export type IndexDraft = Writable<IndexFact>;

/** Indexes of user tables, without deparsed texts and with estimated sizes. Needs `constraints`. */
export const indexesFamily: SharedFamily = {
  facts: ['indexes'],
  label: 'indexes',
  needs: ['constraints', 'columns'],
  isDraft: true,
  async read(transaction, context) {
    const rows = await transaction.rows(indexesSql(context.capabilities));
    const parents = await transaction.rows(PARENTS_SQL);
    return async () => {
      if (!context.facts.constraints)
        throw new Error('The constraints behind the indexes could not be read.');
      return {
        facts: { indexes: await mapRows(rows, createMapper(context, context.facts.constraints, parents)) },
      };
    };
  },
};

function createMapper(
  context: CollectContext,
  constraints: readonly ConstraintFact[],
  parents: readonly Row[],
): (row: Row) => IndexDraft {
  const { names, facts, capabilities, indexesToDeparse } = context;
  const parentOf = new Map(parents.map(([child, parent]) => [number(child), number(parent)]));
  const ownerOf = new Map<number, ConstraintFact>();
  const referenced = new Set<number>();
  for (const constraint of constraints) {
    if (constraint.indexOid === null) continue;
    if (constraint.type === 'f') referenced.add(constraint.indexOid);
    else ownerOf.set(constraint.indexOid, constraint);
  }
  const blockSize = facts.server?.blockSizeBytes ?? 8192;
  const packedRow = new PackedRow();
  const readKey = createKeyReader(context);
  return ([name, numbers, reloptions, lastScan]) => {
    packedRow.open(numbers);
    const oid = packedRow.int();
    const tableOid = packedRow.int();
    const schemaOid = packedRow.int();
    const accessMethodOid = packedRow.int();
    const pages = packedRow.int();
    const rows = packedRow.int();
    const tablespaceOid = packedRow.int();
    const flags = packedRow.int();
    const scans = packedRow.int();
    const rowsRead = packedRow.int();
    const rowsFetched = packedRow.int();
    const has = (bit: number): boolean => (flags & (1 << bit)) !== 0;
    const key = readKey(tableOid, accessMethodOid, packedRow.rest());
    const owner = ownerOf.get(oid);
    // Expressions, a predicate, operator class parameters: the arrays do not hold them.
    const needsText = has(9) || has(10) || has(12);
    if (needsText) indexesToDeparse.add(oid);
    return {
      oid,
      tableOid,
      schema: names.schema(schemaOid),
      name: text(name),
      accessMethod: names.accessMethod(accessMethodOid),
      pages,
      estimatedRows: estimatedRows(rows, pages, capabilities.versionNum),
      sizeBytes: pages * blockSize,
      sizeIsExact: false,
      isUnique: has(0),
      isPrimary: has(1),
      isExclusion: has(2),
      isImmediate: has(3),
      isValid: has(4),
      isReady: has(5),
      isClustered: has(6),
      isReplicaIdentity: has(7),
      nullsNotDistinct: has(8),
      keyColumnCount: key.keyColumnCount,
      columns: key.columns,
      opclasses: key.opclasses,
      opclassNames: key.opclassNames,
      collations: key.collations,
      collationNames: key.collationNames,
      options: key.options,
      expressions: null,
      predicate: null,
      isOpaque: needsText,
      definition: null,
      storageOptions: options(reloptions),
      tablespace: names.tablespace(tablespaceOid),
      constraintOid: owner?.oid ?? null,
      constraintType: owner ? (owner.type as 'p' | 'u' | 'x') : null,
      isReferencedByForeignKey: referenced.has(oid),
      isPartitioned: has(11),
      parentIndexOid: parentOf.get(oid) ?? null,
      isExtensionOwned:
        names.isExtensionOwned('pg_class', tableOid) || names.isExtensionOwned('pg_class', oid),
      scans,
      rowsRead,
      rowsFetched,
      lastScanAt: instant(lastScan),
    };
  };
}

function indexesSql({ has }: Capabilities): string {
  const numbers = packed([
    'i.oid',
    'x.indrelid',
    'i.relnamespace',
    'i.relam',
    'i.relpages',
    'i.reltuples::int8',
    'i.reltablespace',
    packedFlags([
      'x.indisunique',
      'x.indisprimary',
      'x.indisexclusion',
      'x.indimmediate',
      'x.indisvalid',
      'x.indisready',
      'x.indisclustered',
      'x.indisreplident',
      has('pg_index', 'indnullsnotdistinct') ? 'x.indnullsnotdistinct' : 'false',
      'x.indexprs IS NOT NULL',
      'x.indpred IS NOT NULL',
      "i.relkind = 'I'",
      HAS_OPCLASS_PARAMETERS,
    ]),
    'pg_catalog.pg_stat_get_numscans(i.oid)',
    'pg_catalog.pg_stat_get_tuples_returned(i.oid)',
    'pg_catalog.pg_stat_get_tuples_fetched(i.oid)',
    'x.indnkeyatts',
    'x.indkey',
    'x.indclass',
    'x.indcollation',
    'x.indoption',
  ]);
  const lastScan = has('pg_stat_all_indexes', 'last_idx_scan')
    ? 'pg_catalog.pg_stat_get_lastscan(i.oid)::text'
    : 'NULL';
  return `SELECT i.relname, ${numbers}, i.reloptions, ${lastScan}
    FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
    WHERE i.relnamespace NOT IN ${SYSTEM_SCHEMAS}`;
}

// btree (403) and hash (405) have no operator class parameters. Not EXISTS: the planner would turn that into a hash of
// all of pg_attribute (100 ms with 10,000 tables).
const HAS_OPCLASS_PARAMETERS = `i.relam NOT IN (403, 405) AND (SELECT true FROM pg_catalog.pg_attribute a
  WHERE a.attrelid = i.oid AND a.attoptions IS NOT NULL LIMIT 1)`;

const PARENTS_SQL = `SELECT h.inhrelid, h.inhparent FROM pg_catalog.pg_inherits h
  JOIN pg_catalog.pg_class c ON c.oid = h.inhrelid AND c.relkind IN ('i', 'I')`;
