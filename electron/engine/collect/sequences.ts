import type { SequenceFact, SequenceValue } from '#shared/model/facts.ts';
import type { Row } from '#engine/postgres/read-session.ts';
import { quoteIdentifier, quoteQualified } from '#engine/postgres/quote.ts';
import { SYSTEM_SCHEMAS } from './catalog-names.ts';
import { typeOfColumn } from './columns.ts';
import { instant, number, numberOrNull, text } from './decode.ts';
import type { CollectContext, OwnFamily, SharedFamily } from './family.ts';
import { AGAINST_ROW_EXCLUSIVE, readUnlocked } from './locks.ts';
import { unreadPart } from './unread.ts';
import { mapRows } from './yielding.ts';

export const sequencesFamily: SharedFamily = {
  facts: ['sequences'],
  label: 'sequences',
  async read(transaction, { names }) {
    const rows = await transaction.rows(SEQUENCES_SQL);
    return async () => ({
      facts: {
        sequences: await mapRows(rows, (row) =>
          toSequence(row, names.schema(number(row[1])), names.isExtensionOwned('pg_class', number(row[0]))),
        ),
      },
    });
  },
};

/**
 * Last values of all sequences; of more than 1,000, only of those that could ever come to an end.
 * Reading one takes ROW EXCLUSIVE on it until the transaction ends (lock_and_open_sequence in sequence.c), so they come
 * in short transactions of their own, few at a time: the lock table of a default server has room for 6,400. Needs
 * `sequences`.
 */
export const sequenceValuesFamily: OwnFamily = {
  facts: ['sequenceValues'],
  label: 'last values of sequences',
  needs: ['sequences', 'columns', 'constraints'],
  async run(context) {
    if (!context.facts.sequences) throw new Error('The list of sequences could not be read.');
    const { sequences } = context.facts;
    const read = sequences.length <= READ_ALL ? sequences : sequences.filter(createEndTest(context));
    const values: SequenceValue[] = [];
    const forbidden: number[] = [];
    const onStandby: number[] = [];
    const options = {
      fact: 'sequenceValues',
      label: 'sequences',
      what: 'The last value',
      waitsFor: AGAINST_ROW_EXCLUSIVE,
    } as const;
    for (let from = 0; from < read.length; from += SEQUENCES_PER_TRANSACTION) {
      const batch = read
        .slice(from, from + SEQUENCES_PER_TRANSACTION)
        .map(({ oid }) => ({ oid, tableOids: [oid] }));
      await readUnlocked(context, batch, options, async (transaction, free) => {
        const oids = free.map((s) => s.oid);
        const rows = await transaction.rows(VALUES_SQL, [oids, context.capabilities.isStandby]);
        for (const [oid, value, countedAt] of rows) {
          if (value === 'privilege') forbidden.push(number(oid));
          else if (value === 'standby') onStandby.push(number(oid));
          else {
            values.push({
              sequenceOid: number(oid),
              lastValue: value === 'unused' ? null : text(value),
              countedAt: instant(countedAt),
            });
          }
        }
      });
    }
    if (forbidden.length > 0) {
      const reason = `The last value of ${forbidden.length} ${forbidden.length === 1 ? 'sequence is' : 'sequences are'} hidden from this role.`;
      context.unread.push(
        unreadPart('sequenceValues', 'privilege', reason, grantSelect(context, read, forbidden), forbidden),
      );
    }
    const spared = sequences.length - read.length;
    if (spared > 0) {
      const reason = `${spared} bigint sequences with room for over 2^62 values were not read, to spare a lock on each: one that setval() took near its end would go unseen.`;
      context.unread.push(unreadPart('sequenceValues', 'limit', reason));
    }
    if (onStandby.length > 0) {
      const reason = 'Unlogged sequences have no values on a standby.';
      context.unread.push(unreadPart('sequenceValues', 'standby', reason, null, onStandby));
    }
    return { facts: { sequenceValues: values } };
  },
};

const READ_ALL = 1_000;
const SEQUENCES_PER_TRANSACTION = 1_000;
/**
 * Tells sequences that can be used up by drawing from them: a bigint one that counts in small steps from its beginning
 * and feeds no column that is narrower has room for more than 2^62 values, 146,000 years at a million a second. Thousands of
 * those are not worth a lock each.
 */
function createEndTest({ facts, columnTraits }: CollectContext): (sequence: SequenceFact) => boolean {
  const isNarrow = (tableOid: number, column: number): boolean => {
    const typeOid = typeOfColumn(facts.columns, columnTraits, tableOid, column);
    return typeOid === null || !WIDE_TYPES.has(typeOid);
  };
  const narrowCopies = new Set<string>();
  for (const key of facts.constraints ?? []) {
    if (key.type !== 'f' || key.referencedTableOid === null) continue;
    for (const [at, column] of key.referencedColumns.entries()) {
      const isTight = isNarrow(key.tableOid, key.columns[at] ?? 0);
      if (isTight) narrowCopies.add(`${key.referencedTableOid}:${column}`);
    }
  }
  return ({ increment, startValue, minValue, maxValue, tableOid, column }) => {
    const step = BigInt(increment);
    const room = step > 0n ? BigInt(maxValue) - BigInt(startValue) : BigInt(startValue) - BigInt(minValue);
    if (room / (step > 0n ? step : -step) < 2n ** 62n) return true;
    if (tableOid === null || column === null) return false;
    return isNarrow(tableOid, column) || narrowCopies.has(`${tableOid}:${column}`);
  };
}

/** bigint, numeric, text and varchar: pg_type's fixed oids. A domain may be over anything, and counts as narrow. */
const WIDE_TYPES: ReadonlySet<number> = new Set([20, 1700, 25, 1043]);

/** More single names than this are shorter as whole schemas. */
const NAMES_PER_GRANT = 20;

function grantSelect(
  { capabilities }: CollectContext,
  sequences: readonly SequenceFact[],
  oids: readonly number[],
): string {
  const role = quoteIdentifier(capabilities.role);
  const missing = new Set(oids);
  const concerned = sequences.filter((s) => missing.has(s.oid));
  if (concerned.length <= NAMES_PER_GRANT) {
    const names = concerned.map((s) => quoteQualified(s.schema, s.name)).join(', ');
    return `GRANT SELECT ON SEQUENCE ${names} TO ${role}`;
  }
  const schemas = [...new Set(concerned.map((s) => quoteIdentifier(s.schema)))].join(', ');
  return `GRANT SELECT ON ALL SEQUENCES IN SCHEMA ${schemas} TO ${role}`;
}

function toSequence(row: Row, schema: string, isExtensionOwned: boolean): SequenceFact {
  const [
    oid,
    ,
    name,
    dataType,
    start,
    min,
    max,
    increment,
    isCycled,
    ownerTable,
    ownerColumn,
    dependency,
    table,
    column,
  ] = row;
  const isOwned = ownerTable !== null;
  return {
    oid: number(oid),
    schema,
    name: text(name),
    dataType: text(dataType),
    startValue: text(start),
    minValue: text(min),
    maxValue: text(max),
    increment: text(increment),
    isCycled: isCycled === true,
    tableOid: numberOrNull(isOwned ? ownerTable : table),
    column: numberOrNull(isOwned ? ownerColumn : column),
    link: isOwned ? (dependency === 'i' ? 'identity' : 'serial') : table === null ? null : 'default',
    isExtensionOwned,
  };
}

/*
 * Owned by a column: pg_depend "a" (serial) or "i" (identity). Not owned: the first column whose default depends on
 * the sequence, as nextval('…'::regclass) makes it. LIMIT 1 makes look-ups by index of what would be hashes of all of
 * pg_class and pg_depend.
 */
const SEQUENCES_SQL = `
  SELECT s.seqrelid, c.relnamespace, c.relname, pg_catalog.format_type(s.seqtypid, NULL), s.seqstart::text,
    s.seqmin::text, s.seqmax::text, s.seqincrement::text, s.seqcycle,
    o.refobjid, o.refobjsubid, o.deptype, f.adrelid, f.adnum
  FROM pg_catalog.pg_sequence s
  CROSS JOIN LATERAL (SELECT * FROM pg_catalog.pg_class WHERE oid = s.seqrelid LIMIT 1) c
  LEFT JOIN LATERAL (
    SELECT d.refobjid, d.refobjsubid, d.deptype FROM pg_catalog.pg_depend d
    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = s.seqrelid AND d.objsubid = 0
      AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjsubid > 0
      AND d.deptype IN ('a', 'i') LIMIT 1) o ON true
  LEFT JOIN LATERAL (
    SELECT a.adrelid, a.adnum FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_attrdef a ON a.oid = d.objid
    WHERE o.refobjid IS NULL AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
      AND d.refobjid = s.seqrelid AND d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass
    ORDER BY a.adrelid, a.adnum LIMIT 1) f ON true
  WHERE c.relnamespace NOT IN ${SYSTEM_SCHEMAS}`;

// NULL from pg_sequence_last_value means "never used" only once the privileges are known to suffice.
const VALUES_SQL = `
  SELECT c.oid, CASE WHEN NOT pg_catalog.has_sequence_privilege(c.oid, 'SELECT, USAGE') THEN 'privilege'
    WHEN c.relpersistence = 'u' AND $2::boolean THEN 'standby'
    ELSE coalesce(pg_catalog.pg_sequence_last_value(c.oid)::text, 'unused') END, pg_catalog.clock_timestamp()::text
  FROM pg_catalog.pg_class c WHERE c.oid = ANY ($1::pg_catalog.oid[]) AND c.relkind = 'S'`;
