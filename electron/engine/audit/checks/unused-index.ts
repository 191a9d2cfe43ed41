import type { IndexFact } from '#shared/model/facts.ts';
import type { Confidence } from '#shared/model/finding.ts';
import { formatBytes } from '#shared/model/format.ts';
import type { Draft, Unknown } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { describeIndexColumns } from '#engine/audit/definitions.ts';
import { removeIndex } from '#engine/audit/index-fixes.ts';
import { countStandbys } from '#engine/audit/index-removal.ts';
import { createIndexUseJudge } from '#engine/audit/index-use.ts';
import { inDays } from '#engine/audit/observation.ts';

export const unusedIndex = defineCheck({
  id: 'unused-index',
  title: 'Index is never used',
  category: 'storage',
  topic: 'indexes',
  severity: 'medium',
  why: 'An index that no query reads costs time on every insert and most updates, keeps updates from being HOT, and takes cache, disk and backup space.',
  rule: 'No scan for at least 30 days (at least 7 as a hint to review), by counters whose age is known or by the time of the last scan (16+); 10 MB or more; a table of 1,000 rows or more. Medium from 100 MB, else low. Never: unique, constraint, exclusion, replica identity, clustered or extension-owned indexes, the last support of a foreign key, an index that stands in for a covered or duplicate one, invalid ones, or anything while standbys with counters of their own were not read.',
  remedy:
    'Make sure that no monthly or yearly job and no standby needs it, then drop it concurrently. Keep its definition: the undo.',
  docs: 'https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-INDEXES-VIEW',
  needs: ['indexes', 'tables', 'constraints', 'columns'],
  wants: ['replicationClients', 'replicationSlots'],
  thresholds: {
    sizeBytes: 10_485_760,
    mediumBytes: 104_857_600,
    tableRows: 1000,
    observedDays: 30,
    hintDays: 7,
  },
  evaluate(facts, context) {
    const { catalog, limit } = context;
    if (facts.server.isStandby) {
      return {
        notApplicable:
          'Indexes are dropped on the primary, and a standby does not see how they are used there.',
      };
    }
    const standbys = countStandbys(facts);
    if (standbys > 0) {
      return {
        findings: [],
        unknown: [
          {
            reason: `${standbys} ${standbys === 1 ? 'standby has' : 'standbys have'} index counters of their own: an index unused here may be used there.`,
            grant: null,
          },
        ],
      };
    }
    const { watched, useOf } = createIndexUseJudge(facts, context);
    const findings: Draft[] = [];
    let unproven = 0;
    for (const index of facts.indexes) {
      const use = useOf(index);
      if (use.verdict === 'young') unproven += 1;
      if (use.verdict !== 'unused') continue;
      const { table, totals, idleDays } = use;
      const { rows, inserted, updated, deleted } = use.tableTotals;
      const writes = inserted + updated + deleted;
      findings.push({
        severity: totals.sizeBytes >= limit('mediumBytes') ? 'medium' : 'low',
        ...confidenceOf(index, idleDays, rows, limit('observedDays')),
        object: catalog.indexRef(index),
        message: `${catalog.label(index)} on ${catalog.label(table)} takes ${formatBytes(totals.sizeBytes)} and was not scanned for at least ${inDays(idleDays)}.`,
        evidence: {
          columns: describeIndexColumns(index, catalog),
          sizeBytes: totals.sizeBytes,
          scans: totals.scans,
          lastScanAt: totals.lastScanAt,
          unusedDays: Math.floor(idleDays),
          nodes: 1,
          statisticsResetAt: facts.server.statisticsResetAt,
          tableRows: rows,
          tableWrites: writes,
          ...(watched.days !== null && watched.days >= 1 && !watched.isLowerBound
            ? { tableWritesPerDay: Math.round(writes / watched.days) }
            : {}),
        },
        window: watched.window,
        gain: { bytes: totals.sizeBytes, text: 'One index less to maintain on every write' },
        fix: removeIndex(index, catalog, notesFor(index)),
      });
    }
    return { findings, unknown: unprovenUse(unproven, watched.days) };
  },
});

function confidenceOf(
  index: IndexFact,
  idleDays: number,
  rows: number | null,
  observedDays: number,
): { confidence: Confidence; confidenceReason: string } {
  const review = (confidenceReason: string): { confidence: Confidence; confidenceReason: string } => ({
    confidence: 'review',
    confidenceReason,
  });
  if (idleDays < observedDays)
    return review(`Watched for ${inDays(idleDays)} only: a monthly job may still need it.`);
  if (rows === null) return review('How many rows the table has is unknown.');
  if (index.accessMethod !== 'btree') {
    return review(`A ${index.accessMethod} index often serves rare searches that nothing else can serve.`);
  }
  if (index.expressions !== null)
    return review('It has expressions, and the planner uses the statistics kept for them.');
  if (index.predicate !== null) return review('It is a partial index, often made for a rare case.');
  return {
    confidence: 'likely',
    confidenceReason: `Not scanned for ${inDays(idleDays)}; one server was read, and PostgreSQL does not record when an index was created.`,
  };
}

function notesFor(index: IndexFact): string[] {
  return [
    'Rehearse first where you can: hide it with HypoPG and look at the plans of your important queries.',
    ...(index.expressions === null
      ? []
      : ['Dropping it also removes the statistics that the planner keeps on its expressions.']),
  ];
}

function unprovenUse(count: number, days: number | null): Unknown[] {
  if (count === 0) return [];
  const age = days === null ? 'of unknown age' : `only ${inDays(days)} old`;
  return [
    {
      reason: `${count} large ${count === 1 ? 'index was' : 'indexes were'} never scanned, but the counters are ${age}: too young to call an index unused.`,
      grant: null,
    },
  ];
}
