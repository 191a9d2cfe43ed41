import type { DatabaseFact, RoleSetting } from '#shared/model/facts.ts';
import type { Fix } from '#shared/model/finding.ts';
import { formatBytes, formatCount } from '#shared/model/format.ts';
import type { CheckContext, Draft, Unknown } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { guidedFix } from '#engine/audit/fixes.ts';
import { observe } from '#engine/audit/observation.ts';
import { setRoleSetting } from '#engine/audit/session-fixes.ts';
import { onPrimary } from '#engine/audit/standby.ts';
import { statementEvidence, statementRef } from '#engine/audit/statement-evidence.ts';
import {
  lifetimeConfidence,
  readWorkload,
  type StatementLoad,
  shortQuery,
} from '#engine/audit/statement-load.ts';

const MB = 1024 ** 2;

export const tempSpill = defineCheck({
  id: 'temp-spill',
  title: 'Sorts and hashes spill to disk',
  category: 'performance',
  topic: 'queries',
  severity: 'medium',
  why: 'A sort or hash that does not fit into work_mem goes through temporary files: many times slower than memory, and the files compete with the data for disk and cache.',
  rule: 'Medium where this database writes 1 GB of temporary files per hour or more over the life of its counters. Per statement: 100 MB of temporary files per call; medium from 1 GB per call, else low. Utility statements are left out.',
  remedy:
    'Give the role that runs it more work_mem (not the whole server), or let an index deliver the order.',
  docs: 'https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-WORK-MEM',
  needs: ['databases'],
  wants: ['statements', 'settings', 'roleSettings'],
  thresholds: {
    perHourBytes: 1024 ** 3,
    perCallBytes: 100 * MB,
    mediumPerCallBytes: 1024 ** 3,
    /** More than this per sort is not advised: a plan can hold several at once. */
    workMemMaximumBytes: 512 * MB,
    listedCount: 20,
  },
  evaluate({ databases, server, statements, roleSettings }, context) {
    const own = databases.find((database) => database.oid === server.databaseOid);
    const unknown: Unknown[] = [];
    const findings = own ? judgeDatabase(own, observe(server, context).days, context, unknown) : [];
    if (statements) {
      const workload = readWorkload(statements, context.nowMs);
      const spilling = workload.loads
        .map((load) => ({ load, perCallBytes: perCall(load, server.blockSizeBytes) }))
        .filter((s) => !s.load.isUtility && s.perCallBytes >= context.limit('perCallBytes'))
        .sort((a, b) => b.perCallBytes * b.load.calls - a.perCallBytes * a.load.calls)
        .slice(0, context.limit('listedCount'));
      for (const { load, perCallBytes } of spilling) {
        findings.push({
          severity: perCallBytes >= context.limit('mediumPerCallBytes') ? 'medium' : 'low',
          ...lifetimeConfidence(workload),
          object: statementRef(load),
          message: `${formatBytes(perCallBytes)} of temporary files per call over ${formatCount(load.calls)} calls: ${shortQuery(load.query, 120)}`,
          evidence: {
            ...statementEvidence(load, workload, server.blockSizeBytes),
            workMemBytes: workMemBytes(context),
          },
          window: workload.window,
          fix: onPrimary(workMemFix(load, perCallBytes, roleSettings ?? [], context), server),
        });
      }
    }
    return { findings, unknown };
  },
});

function judgeDatabase(
  database: DatabaseFact,
  atLeastDays: number | null,
  context: CheckContext,
  unknown: Unknown[],
): Draft[] {
  const { limit, statisticsAgeDays, statisticsWindow } = context;
  // With a lower bound of the age the rate is an upper bound: enough to acquit, not to accuse.
  const hours = (statisticsAgeDays ?? atLeastDays ?? 0) * 24;
  const perHourBytes = database.tempBytes / Math.max(hours, 1);
  if (perHourBytes < limit('perHourBytes')) return [];
  if (statisticsAgeDays === null) {
    unknown.push({
      reason: `${formatBytes(database.tempBytes)} of temporary files were written since an unknown moment, so the rate is not known.`,
      grant: null,
    });
    return [];
  }
  return [
    {
      severity: 'medium',
      confidence: 'likely',
      confidenceReason: 'An average over the life of the counters, not of the last hours.',
      object: { kind: 'database', oid: database.oid, schema: null, name: database.name, table: null },
      message: `${database.name} writes ${formatBytes(perHourBytes)} of temporary files per hour.`,
      evidence: {
        temporaryPerHourBytes: Math.round(perHourBytes),
        temporaryBytes: database.tempBytes,
        temporaryFiles: database.tempFiles,
        meanFileBytes: database.tempFiles > 0 ? Math.round(database.tempBytes / database.tempFiles) : null,
        workMemBytes: workMemBytes(context),
      },
      window: statisticsWindow,
      gain: { text: 'Less disk traffic and faster sorts' },
      fix: guidedFix('Find the statements that spill', [
        'Set log_temp_files to a size in kB, or look at temp_blks_written in pg_stat_statements.',
        'Raise work_mem for the role that runs them, not for the whole server: each sort or hash of each session may take that much.',
      ]),
    },
  ];
}

function workMemFix(
  load: StatementLoad,
  perCallBytes: number,
  roleSettings: readonly RoleSetting[],
  context: CheckContext,
): Fix {
  // In memory a sort needs about twice what its file took, because rows carry headers there.
  const neededMb = 2 ** Math.ceil(Math.log2((2 * perCallBytes) / MB));
  const [role] = load.roles;
  if (neededMb * MB > context.limit('workMemMaximumBytes') || role === undefined || load.roles.length > 1) {
    return guidedFix('Let it sort less', [
      'Add an index that delivers the rows in order, or reduce the rows before they are sorted, grouped or hashed.',
      `It would need about ${formatBytes(neededMb * MB)} of work_mem: too much to give to every session of a role; SET LOCAL work_mem in its own transaction can do.`,
    ]);
  }
  return setRoleSetting(role, 'work_mem', `${neededMb}MB`, roleSettings, [
    'Each sort and hash of each session of this role may take that much memory: count the sessions first.',
  ]);
}

function perCall(load: StatementLoad, blockSizeBytes: number): number {
  return load.calls > 0 ? (load.tempBlocksWritten * blockSizeBytes) / load.calls : 0;
}

function workMemBytes({ catalog }: CheckContext): number | null {
  const kilobytes = catalog.numericSetting('work_mem');
  return kilobytes === null ? null : kilobytes * 1024;
}
