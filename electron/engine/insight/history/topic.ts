import type { FactName } from '#shared/model/facts.ts';
import type {
  AuditDiff,
  AuditRecord,
  HistoryOverview,
  HistoryPoint,
  HistoryRange,
} from '#shared/model/history.ts';
import type { Insight } from '#shared/model/insight.ts';
import type { Abortable } from '#engine/engine.ts';
import { EngineError } from '#engine/errors.ts';
import type { DatabaseCounters, Sample } from '#engine/store/history.ts';
import { type InsightContext, insightOf, type InsightRequest } from '../context.ts';
import { auditDiff } from './audit-diff.ts';
import { exhaustion } from './exhaustion.ts';

const NEEDS: readonly FactName[] = ['databases'];
/** Read seldom: their history is what this page is about. */
const RARE_NEEDS: readonly FactName[] = [
  'sequences',
  'sequenceValues',
  'tables',
  'columns',
  'types',
  'constraints',
];
const POINTS = 240;
/** Sampled hourly (`RARE_SAMPLE_MS`): reading sequences locks each for a moment. */
const RARE_AGE_MS = 3_600_000;
const HOUR_MS = 3_600_000;
const RANGE_MS: Readonly<Record<HistoryRange, number>> = {
  hour: HOUR_MS,
  day: 24 * HOUR_MS,
  week: 7 * 24 * HOUR_MS,
  quarter: 90 * 24 * HOUR_MS,
};

/** Better or worse than before? */
export function historyTopic(context: InsightContext) {
  return {
    overview: async (
      request: InsightRequest & { range: HistoryRange },
      options: Abortable,
    ): Promise<Insight<HistoryOverview>> => {
      const rare = await context.facts(
        { connectionId: request.connectionId, maxAgeMs: RARE_AGE_MS },
        RARE_NEEDS,
        options,
      );
      const view = await context.facts(request, NEEDS, options);
      const database = await context.identity(request.connectionId, options);
      const sampling = await context.sampling.read(request.connectionId, options);
      const { history } = context;
      const insight = insightOf(view, (snapshot): HistoryOverview => {
        const toMs = Date.parse(snapshot.collectedAt) + 1;
        const range = {
          from: new Date(toMs - RANGE_MS[request.range]).toISOString(),
          to: new Date(toMs).toISOString(),
        };
        const of = (field: keyof DatabaseCounters) =>
          history.series(database, { kind: 'database', field }, range, POINTS);
        const samples = history.samples(database, range);
        const rate = (field: keyof DatabaseCounters, resetOf: (sample: Sample) => string | null) =>
          ratePerSecond(of(field), samples, resetOf);
        const rollbacks = of('xactRollback');
        const transactions = of('xactCommit').map(({ at, value }, index) => ({
          at,
          value: value === null ? null : value + (rollbacks[index]?.value ?? 0),
        }));
        return {
          extent: history.extent(database),
          sampling,
          audits: history.audits(database),
          trends: {
            sizeBytes: of('sizeBytes'),
            deadRows: of('deadRows'),
            connections: of('connections'),
            statementLoad: rate('statementMs', (s) => s.statementsResetAt),
            transactions: ratePerSecond(transactions, samples, (s) => s.statisticsResetAt),
            indexScans: rate('indexScans', (s) => s.statisticsResetAt),
            seqScans: rate('seqScans', (s) => s.statisticsResetAt),
            score: history.series(database, { kind: 'audit', field: 'score' }, range, POINTS),
          },
          exhaustion: exhaustion(snapshot, history, database),
        };
      });
      const hidden = rare.snapshot.unread.filter((u) => u.fact === 'sequenceValues');
      return { ...insight, unread: [...insight.unread, ...hidden] };
    },
    diff: async (
      request: { connectionId: string; older: number; newer: number },
      options: Abortable,
    ): Promise<AuditDiff> => {
      const database = await context.identity(request.connectionId, options);
      const find = (id: number): AuditRecord => {
        const record = context.history.audit(database, id);
        if (!record)
          throw new EngineError('NOT_FOUND', 'This audit is no longer kept.', 'Choose another one.');
        return record;
      };
      return auditDiff(find(request.older), find(request.newer));
    },
    setSampling: async (
      request: { connectionId: string; seconds: number },
      options: Abortable,
    ): Promise<void> => context.sampling.write(request.connectionId, request.seconds, options),
  };
}

/**
 * From counts to a rate per second; a gap where the counter began anew in between: it ran backwards, was reset, or its
 * server was started again, which after a crash forgets the counters.
 */
export function ratePerSecond(
  points: readonly HistoryPoint[],
  samples: readonly Sample[],
  resetOf: (sample: Sample) => string | null,
): HistoryPoint[] {
  const eras = new Map(samples.map((sample) => [sample.at, `${resetOf(sample)} ${sample.serverStartedAt}`]));
  return points.slice(1).map((point, at) => {
    const before = points[at];
    const seconds = before ? (Date.parse(point.at) - Date.parse(before.at)) / 1000 : 0;
    if (
      !before ||
      point.value === null ||
      before.value === null ||
      seconds <= 0 ||
      point.value < before.value ||
      eras.get(point.at) !== eras.get(before.at)
    )
      return { at: point.at, value: null };
    return { at: point.at, value: (point.value - before.value) / seconds };
  });
}
