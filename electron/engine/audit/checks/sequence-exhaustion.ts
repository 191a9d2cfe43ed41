import type { SequenceFact } from '#shared/model/facts.ts';
import type { Confidence, Fix, Severity } from '#shared/model/finding.ts';
import { formatPercent } from '#shared/model/format.ts';
import type { Catalog } from '#engine/audit/catalog.ts';
import type { Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { guidedFix, statementFix } from '#engine/audit/fixes.ts';
import { integerLimit } from '#engine/audit/integer-types.ts';
import { sequenceHolders } from '#engine/audit/sequence-holders.ts';
import { type SequenceUse, sequenceUse } from '#engine/audit/sequence-range.ts';
import { tableTotals } from '#engine/audit/table-totals.ts';

/** pg_type's fixed oid of bigint. */
const BIGINT = 20;

export const sequenceExhaustion = defineCheck({
  id: 'sequence-exhaustion',
  title: 'Key values are running out',
  category: 'reliability',
  topic: 'sequences',
  severity: 'critical',
  why: 'When a sequence, or the column it feeds, reaches its last value, every insert fails until the type is changed. Changing it on a large table takes hours.',
  rule: 'Share used of the tightest limit among the sequence, the integer type of its column and of foreign key columns that hold the same values: medium from 70 %, high from 85 %, critical from 95 %. Also critical where less than 30 days are left at the rate of inserts, once 7 days were counted and half of the range is used. Sequences that cycle are left out; counting down is measured downward.',
  remedy:
    'Where the sequence is the limit, widen it: ALTER SEQUENCE … AS bigint. Where a column is, plan its change to bigint before the rest is used.',
  docs: 'https://www.postgresql.org/docs/current/sql-createsequence.html',
  needs: ['sequences', 'sequenceValues', 'tables', 'columns', 'types'],
  wants: ['constraints'],
  thresholds: {
    mediumPercent: 70,
    highPercent: 85,
    criticalPercent: 95,
    criticalDays: 30,
    rateDays: 7,
    rateFromPercent: 50,
  },
  evaluate(facts, { catalog, limit, statisticsAgeDays }) {
    const values = new Map(facts.sequenceValues.map((v) => [v.sequenceOid, v.lastValue]));
    return facts.sequences.flatMap((sequence): Draft[] => {
      if (sequence.isCycled || sequence.isExtensionOwned) return [];
      const last = values.get(sequence.oid);
      // The collector says which it could not read.
      if (last === undefined) return [];
      const holders = sequenceHolders(sequence, catalog);
      const use = sequenceUse(sequence, last, holders);
      const rate = insertsPerDay(sequence, catalog, statisticsAgeDays, limit('rateDays'));
      const daysLeft =
        rate !== null && rate > 0 && use.usedPercent >= limit('rateFromPercent')
          ? Number(use.remaining) / rate
          : null;
      const severity = judge(use, daysLeft, limit);
      if (severity === null) return [];
      const isByRate = use.usedPercent < limit('criticalPercent') && severity === 'critical';
      return [
        {
          severity,
          ...confidenceOf(isByRate),
          object: catalog.sequenceRef(sequence),
          message: `${catalog.label(sequence)} has used ${formatPercent(use.usedPercent)} of what ${use.limit.origin} allows${daysLeft === null ? '' : `; about ${Math.floor(daysLeft)} days are left`}.`,
          evidence: {
            lastValue: last,
            limit: String(use.limit.value),
            limitOrigin: use.limit.origin,
            usedPercent: use.usedPercent,
            remainingValues: String(use.remaining),
            increment: sequence.increment,
            insertedPerDay: rate === null ? null : Math.round(rate),
            daysLeft: daysLeft === null ? null : Math.floor(daysLeft),
            holders: holders.map((h) => h.origin),
          },
          fix: fixFor(sequence, use, catalog),
        },
      ];
    });
  },
});

function judge(use: SequenceUse, daysLeft: number | null, limit: (name: string) => number): Severity | null {
  if (use.usedPercent >= limit('criticalPercent')) return 'critical';
  if (daysLeft !== null && daysLeft < limit('criticalDays')) return 'critical';
  if (use.usedPercent >= limit('highPercent')) return 'high';
  return use.usedPercent >= limit('mediumPercent') ? 'medium' : null;
}

function confidenceOf(isByRate: boolean): { confidence: Confidence; confidenceReason: string } {
  return isByRate
    ? {
        confidence: 'likely',
        confidenceReason:
          'The rate is the average of inserts since the counters began; bulk loads distort it.',
      }
    : { confidence: 'certain', confidenceReason: 'Read from the sequence and the catalog.' };
}

function insertsPerDay(
  sequence: SequenceFact,
  catalog: Catalog,
  ageDays: number | null,
  leastDays: number,
): number | null {
  const table = catalog.table(sequence.tableOid);
  if (!table || ageDays === null || ageDays < leastDays) return null;
  return tableTotals(table, catalog).inserted / ageDays;
}

function fixFor(sequence: SequenceFact, use: SequenceUse, catalog: Catalog): Fix {
  const target = `ALTER SEQUENCE ${catalog.quoted(sequence)}`;
  if (use.limit.isColumn) {
    return guidedFix(`Widen ${use.limit.origin} to bigint`, [
      'Add a bigint column, keep it filled by a trigger, backfill in batches, build its unique index concurrently, then swap the names in one short transaction.',
      'ALTER COLUMN … TYPE bigint in place is simpler, but rewrites the table while nobody can read or write it: for small tables only.',
      sequence.dataType === 'bigint'
        ? 'Foreign key columns that hold the same values have to follow.'
        : `Foreign key columns that hold the same values have to follow, and so has the sequence: ${target} AS bigint.`,
    ]);
  }
  if (isAtTheEndOfBigint(use.limit.value)) {
    return guidedFix(`Make room in ${sequence.name}`, [
      'It counts to the end of bigint already, and no integer type is wider.',
      'Look at how it got there: a wrong setval or a large step. Values that were never used can be handed out again by setval.',
    ]);
  }
  const isUp = !sequence.increment.startsWith('-');
  const [word, before] = isUp ? ['MAXVALUE', sequence.maxValue] : ['MINVALUE', sequence.minValue];
  const isWidest = sequence.dataType === 'bigint';
  const after = isWidest ? target : `${target} AS bigint`;
  const undoType = isWidest ? '' : ` AS ${sequence.dataType}`;
  return statementFix({
    title: `Widen the sequence ${sequence.name}`,
    sql: [`${after} NO ${word}`],
    undo: [`${target}${undoType} ${word} ${before}`],
    risk: 'R3',
    lock: 'SHARE ROW EXCLUSIVE',
    lockInWords: `Inserts that take a value from ${catalog.label(sequence)} wait for a moment.`,
    notes: ['The undo works while the last value still fits the old limit.'],
  });
}

function isAtTheEndOfBigint(value: bigint): boolean {
  const largest = integerLimit(BIGINT) ?? 0n;
  return value >= largest || value <= -largest;
}
