import type { PartitionBound, PartitionParent } from '#shared/model/facts.ts';
import type { Row } from '#engine/postgres/read-session.ts';
import { SYSTEM_SCHEMAS } from './catalog-names.ts';
import { list, number, text } from './decode.ts';
import type { OwnFamily } from './family.ts';
import { readUnlocked } from './locks.ts';

/** How tables are partitioned, and the bounds of each partition; printing bounds waits for locked tables. */
export const partitionsFamily: OwnFamily = {
  facts: ['partitions'],
  label: 'partitions',
  isForPagesOnly: true,
  async run(context) {
    const { session, signal } = context;
    const [parents, children] = await session.read(
      'partitioned tables',
      async (t) => [await t.rows(PARENTS_SQL), await t.rows(CHILDREN_SQL)] as const,
      { signal },
    );
    const bounds: PartitionBound[] = [];
    const objects = children.map(([oid, parentOid, isDetachPending]) => ({
      oid: number(oid),
      parentOid: number(parentOid),
      isDetachPending: isDetachPending === true,
      tableOids: [number(oid)],
    }));
    const options = { fact: 'partitions', label: 'partition bounds', what: 'The bounds' } as const;
    await readUnlocked(context, objects, options, async (transaction, free) => {
      const rows = await transaction.rows(BOUNDS_SQL, [free.map(({ oid }) => oid)]);
      const texts = new Map(rows.map(([oid, bound]) => [number(oid), text(bound)]));
      for (const { oid, parentOid, isDetachPending } of free) {
        const bound = texts.get(oid);
        if (bound !== undefined) bounds.push({ oid, parentOid, bound, isDetachPending });
      }
    });
    return { facts: { partitions: { parents: parents.map(toParent), bounds } } };
  },
};

function toParent([oid, strategy, keyTypes, defaultOid]: Row): PartitionParent {
  return {
    tableOid: number(oid),
    strategy: text(strategy) as PartitionParent['strategy'],
    keyTypes: list(keyTypes).map((type) => (type === '' ? null : type)),
    defaultOid: number(defaultOid) || null,
  };
}

const PARENTS_SQL = `
  SELECT p.partrelid, p.partstrat::text, ARRAY (
      SELECT coalesce(pg_catalog.format_type(a.atttypid, NULL), '')
      FROM pg_catalog.unnest(p.partattrs::int2[]) WITH ORDINALITY AS k(number, place)
      LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = k.number AND k.number <> 0
      ORDER BY k.place), p.partdefid
  FROM pg_catalog.pg_partitioned_table p JOIN pg_catalog.pg_class c ON c.oid = p.partrelid
  WHERE c.relnamespace NOT IN ${SYSTEM_SCHEMAS}`;

const CHILDREN_SQL = `
  SELECT h.inhrelid, h.inhparent, h.inhdetachpending
  FROM pg_catalog.pg_partitioned_table p JOIN pg_catalog.pg_inherits h ON h.inhparent = p.partrelid`;

const BOUNDS_SQL = `
  SELECT c.oid, pg_catalog.pg_get_expr(c.relpartbound, c.oid)
  FROM pg_catalog.pg_class c WHERE c.oid = ANY ($1::pg_catalog.oid[]) AND c.relpartbound IS NOT NULL`;
