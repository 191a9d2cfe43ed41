import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Audit, AuditEvent, Coverage, SkippedCheck } from '#shared/model/audit.ts';
import { AUDIT_SCHEMA_VERSION } from '#shared/model/audit.ts';
import { SEVERITIES, type Finding } from '#shared/model/finding.ts';
import type { FactName, Facts, ServerFact } from '#shared/model/facts.ts';
import { gradeFindings } from '#shared/model/grade.ts';
import type { Snapshot, Unread } from '#shared/model/snapshot.ts';
import { throwIfAborted } from '#engine/errors.ts';
import { summariseFacts } from './audit-facts.ts';
import { Catalog } from './catalog.ts';
import type { Check, CheckContext, Draft, Unknown } from './check.ts';
import { evaluatePractices } from './practices.ts';
import { CHECKS } from './registry.ts';
import { deriveStatuses, type Waiver } from './status.ts';

export interface AuditOptions {
  readonly signal?: AbortSignal | undefined;
  readonly toolVersion: string;
  /** Default: every check of the registry. */
  readonly checks?: readonly Check[];
  /** check id → threshold name → value. */
  readonly thresholds?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** An earlier audit of the same database, for statuses. */
  readonly previous?: Audit | null;
  readonly waivers?: readonly Waiver[];
  /** Overrides what the facts say; tests and imports of old snapshots use it. */
  readonly statisticsAgeDays?: number;
  /** Called where a check throws, which is a bug of ours. */
  readonly onCheckError?: (check: string, error: unknown) => void;
}

/**
 * Judges a snapshot: every check, then status, coverage and grade. Yields each check's outcome as it is known and the
 * finished audit last. Pure but for the clock of `durationMs`; the same snapshot gives the same findings.
 */
export async function* auditSnapshot(
  snapshot: Snapshot,
  options: AuditOptions,
): AsyncGenerator<AuditEvent, Audit> {
  const startedMs = performance.now();
  const checks = options.checks ?? CHECKS;
  const judge = createJudge(snapshot, options);
  const findings: Finding[] = [];
  const passed: { check: string; title: string; category: Check['category'] }[] = [];
  const skipped: SkippedCheck[] = [];
  const notApplicable: { check: string; reason: string }[] = [];
  let run = 0;
  for (const [done, check] of checks.entries()) {
    throwIfAborted(options.signal);
    const verdict = judge(check);
    findings.push(...verdict.findings);
    if (verdict.outcome === 'ran') run += 1;
    if (verdict.outcome === 'ran' && verdict.findings.length === 0) {
      passed.push({ check: check.id, title: check.title, category: check.category });
    }
    skipped.push(...verdict.skipped);
    if (verdict.notApplicable) notApplicable.push({ check: check.id, reason: verdict.notApplicable });
    yield { type: 'progress', phase: 'check', label: check.title, done: done + 1, total: checks.length };
    yield {
      type: 'check',
      check: check.id,
      title: check.title,
      outcome: verdict.outcome,
      findings: verdict.findings,
    };
    // A run over 50,000 indexes must not hold up the window or the socket: one check at a time.
    await setImmediate();
  }
  const ran = new Set(passed.map((p) => p.check).concat(findings.map((f) => f.check)));
  const judged = deriveStatuses(
    findings,
    ran,
    options.previous ?? null,
    options.waivers ?? [],
    snapshot.collectedAt,
  );
  const coverage: Coverage = {
    run,
    applicable: checks.length - notApplicable.length,
    total: checks.length,
    skipped: mergeSkipped(skipped),
    notApplicable,
  };
  await setImmediate();
  const audit = compose(snapshot, options, judged, coverage, passed, performance.now() - startedMs);
  yield { type: 'done', audit };
  return audit;
}

/**
 * The findings of some checks on facts as they are now, for pages that are fresher than the last audit; a check whose
 * facts are unread gives none.
 */
export function judgeNow(
  snapshot: Snapshot,
  checks: readonly Check[],
  /** Of the same facts; what it has looked up once it need not look up again. */
  catalog = new Catalog(snapshot.facts),
): readonly Finding[] {
  const judge = createJudge(snapshot, { toolVersion: snapshot.tool.version }, catalog);
  return checks.flatMap((check) => judge(check).findings);
}

/** What a check sees of facts as they are now, for pages that apply its rule to more than its findings. */
export function contextNow({ facts }: Snapshot, check: Check, catalog: Catalog): CheckContext {
  return { catalog, limit: (name) => readThreshold(check, {}, name), ...clockOf(facts.server) };
}

interface Verdict {
  readonly outcome: 'ran' | 'partial' | 'skipped' | 'not-applicable';
  readonly findings: readonly Finding[];
  readonly skipped: readonly SkippedCheck[];
  readonly notApplicable: string | null;
}

function createJudge(
  snapshot: Snapshot,
  options: AuditOptions,
  catalog = new Catalog(snapshot.facts),
): (check: Check) => Verdict {
  const { facts } = snapshot;
  const unread = groupUnread(snapshot.unread);
  const clock = clockOf(facts.server, options.statisticsAgeDays);

  return (check) => {
    // Nothing on the server is hidden, and no right would help: the command line knows of no backups.
    if (check.needs.includes('backups') && facts.backups === undefined && !unread.has('backups'))
      return notApplicable(UNTOLD);
    const blocked = check.needs.flatMap((fact) =>
      facts[fact] === undefined ? (unread.get(fact) ?? [missing(fact)]) : [],
    );
    const outOfReach = blocked.find((u) => u.cause === 'version' || u.cause === 'standby');
    if (outOfReach) return notApplicable(outOfReach.reason);
    if (blocked.length > 0)
      return {
        outcome: 'skipped',
        findings: [],
        skipped: blocked.map((u) => skip(check, u, false)),
        notApplicable: null,
      };

    const overrides = options.thresholds?.[check.id] ?? {};
    const context: CheckContext = {
      catalog,
      limit: (name) => readThreshold(check, overrides, name),
      ...clock,
    };
    try {
      const outcome = check.evaluate(facts as Facts, context);
      if ('notApplicable' in outcome) return notApplicable(outcome.notApplicable);
      const drafts = Array.isArray(outcome) ? outcome : outcome.findings;
      const unknowns: readonly Unknown[] = Array.isArray(outcome) ? [] : outcome.unknown;
      const partial = [...check.needs, ...(check.wants ?? [])]
        .flatMap((fact) => unread.get(fact) ?? [])
        .filter((u) => u.cause !== 'version' && u.cause !== 'standby');
      const skipped = [...unknowns, ...partial].map((u) => skip(check, u, true));
      return {
        outcome: skipped.length > 0 ? 'partial' : 'ran',
        findings: finish(check, drafts),
        skipped,
        notApplicable: null,
      };
    } catch (error) {
      options.onCheckError?.(check.id, error);
      const reason = 'The check itself failed; this is a bug of PgVitals. Please report it with the log.';
      return {
        outcome: 'skipped',
        findings: [],
        skipped: [{ check: check.id, reason, grant: null, isPartial: false }],
        notApplicable: null,
      };
    }
  };
}

function compose(
  snapshot: Snapshot,
  options: AuditOptions,
  findings: readonly Finding[],
  coverage: Coverage,
  passed: Audit['passed'],
  checkMs: number,
): Audit {
  const { server } = snapshot.facts;
  const lost = snapshot.unread.find((u) => u.cause === 'connection');
  return {
    schemaVersion: AUDIT_SCHEMA_VERSION,
    kind: 'pgvitals-audit',
    tool: { name: 'pgvitals', version: options.toolVersion },
    server: {
      versionNum: server.versionNum,
      version: server.version,
      systemIdentifier: server.systemIdentifier,
      database: server.database,
      role: server.role,
      isStandby: server.isStandby,
      provider: server.provider,
      startedAt: server.startedAt,
      statisticsResetAt: server.statisticsResetAt,
    },
    startedAt: snapshot.collectedAt,
    durationMs: Math.round(snapshot.durationMs + checkMs),
    isComplete: lost === undefined,
    interruption: lost ? `${lost.reason} ${RUN_AGAIN}` : null,
    grade: gradeFindings(findings),
    coverage,
    facts: summariseFacts(snapshot.facts),
    findings: sortFindings(findings),
    goodPractices: evaluatePractices(snapshot.facts, new Catalog(snapshot.facts)),
    passed,
    notices: noticesOf(server.versionNum, server.isStandby),
  };
}

/** Critical first, then by estimated gain, then by name: the order of every list and report. */
function sortFindings(findings: readonly Finding[]): Finding[] {
  const rank = (f: Finding): number => SEVERITIES.indexOf(f.severity);
  return [...findings].sort(
    (a, b) =>
      rank(a) - rank(b) ||
      (b.gain?.bytes ?? 0) - (a.gain?.bytes ?? 0) ||
      a.check.localeCompare(b.check) ||
      a.object.name.localeCompare(b.object.name),
  );
}

function finish(check: Check, drafts: readonly Draft[]): Finding[] {
  const seen = new Map<string, number>();
  return drafts.map((draft) => {
    const { object } = draft;
    const identity = [check.id, object.kind, object.schema ?? '', object.table ?? '', object.name].join(
      '\u0000',
    );
    const repeat = seen.get(identity) ?? 0;
    seen.set(identity, repeat + 1);
    return {
      check: check.id,
      severity: draft.severity,
      category: check.category,
      topic: check.topic,
      confidence: draft.confidence,
      confidenceReason: draft.confidenceReason,
      status: 'new',
      fingerprint: createHash('sha256')
        .update(repeat === 0 ? identity : `${identity}\u0000${repeat}`)
        .digest('hex')
        .slice(0, 16),
      object,
      message: draft.message,
      evidence: draft.evidence,
      window: draft.window ?? null,
      gain: draft.gain ?? null,
      fix: draft.fix ?? null,
    };
  });
}

function readThreshold(check: Check, overrides: Readonly<Record<string, number>>, name: string): number {
  const value = overrides[name] ?? check.thresholds[name];
  if (value === undefined) throw new Error(`${check.id} has no threshold ${name}`);
  return value;
}

function groupUnread(unread: readonly Unread[]): Map<FactName, Unread[]> {
  const groups = new Map<FactName, Unread[]>();
  for (const entry of unread) groups.set(entry.fact, [...(groups.get(entry.fact) ?? []), entry]);
  return groups;
}

const RUN_AGAIN = 'Run the audit again; PgVitals connects anew by itself.';
const UNTOLD = 'This audit was told nothing of the backups that PgVitals knows.';

function missing(fact: FactName): Unread {
  return {
    fact,
    cause: 'error',
    reason: `This snapshot does not contain ${fact}.`,
    grant: null,
    objectOids: null,
  };
}

function skip(check: Check, cause: Unknown, isPartial: boolean): SkippedCheck {
  return { check: check.id, reason: cause.reason, grant: cause.grant, isPartial };
}

function notApplicable(reason: string): Verdict {
  return { outcome: 'not-applicable', findings: [], skipped: [], notApplicable: reason };
}

/** One line per check and reason. */
function mergeSkipped(skipped: readonly SkippedCheck[]): SkippedCheck[] {
  const byKey = new Map(skipped.map((s) => [`${s.check}\u0000${s.reason}\u0000${s.grant ?? ''}`, s]));
  return [...byKey.values()];
}

function clockOf(
  { sampledAt, statisticsResetAt }: ServerFact,
  knownAgeDays?: number,
): Pick<CheckContext, 'statisticsAgeDays' | 'statisticsWindow' | 'nowMs'> {
  const nowMs = Date.parse(sampledAt);
  const statisticsAgeDays = knownAgeDays ?? statisticsAge(statisticsResetAt, nowMs);
  return {
    nowMs,
    statisticsAgeDays,
    statisticsWindow: describeWindow(statisticsResetAt, statisticsAgeDays),
  };
}

function statisticsAge(resetAt: string | null, nowMs: number): number | null {
  return resetAt === null ? null : Math.max(0, (nowMs - Date.parse(resetAt)) / 86_400_000);
}

function describeWindow(resetAt: string | null, ageDays: number | null): string {
  if (resetAt === null || ageDays === null) return 'counters since an unknown moment';
  const age =
    ageDays < 1 ? 'less than a day' : `${Math.floor(ageDays)} ${Math.floor(ageDays) === 1 ? 'day' : 'days'}`;
  return `counters since ${resetAt.slice(0, 10)} (${age})`;
}

function noticesOf(versionNum: number, isStandby: boolean): string[] {
  const notices: string[] = [];
  if (versionNum < 140000)
    notices.push(
      'PostgreSQL 13 is past its end of life: some facts do not exist there, and checks that need them are skipped.',
    );
  if (versionNum >= 200000)
    notices.push(
      'This PostgreSQL is newer than this version of PgVitals knows: facts are read by probing, and some may be missing.',
    );
  if (isStandby)
    notices.push('This is a standby: its own counters are shown, and fixes have to run on the primary.');
  return notices;
}
