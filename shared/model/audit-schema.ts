import { z } from 'zod';
import { AUDIT_SCHEMA_VERSION, type Audit } from './audit.ts';
import { CATEGORIES, CONFIDENCES, SEVERITIES, STATUSES } from './finding.ts';
import { LETTERS } from './grade.ts';

const letter = z.enum(LETTERS);
const severity = z.enum(SEVERITIES);
const category = z.enum(CATEGORIES);
const evidence = z
  .record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null(), z.array(z.string())]))
  .describe('Numbers carry their unit in the key: sizeBytes, ageMs, deadPercent, rows.');

const fix = z.object({
  title: z.string(),
  sql: z
    .array(z.string())
    .describe('One statement each, to run in this order; empty = do it by hand, see notes.'),
  undo: z.array(z.string()).describe('Restores what was there before; empty = cannot be undone.'),
  risk: z
    .enum(['R1', 'R2', 'R3', 'R4'])
    .describe('R1 safe, R2 long but online, R3 blocking, R4 destroys or cuts off.'),
  lock: z.enum([
    'none',
    'ACCESS SHARE',
    'ROW SHARE',
    'SHARE UPDATE EXCLUSIVE',
    'SHARE ROW EXCLUSIVE',
    'EXCLUSIVE',
    'ACCESS EXCLUSIVE',
  ]),
  lockInWords: z.string(),
  inTransaction: z.boolean(),
  notes: z.array(z.string()),
});

const finding = z.object({
  check: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/),
  severity,
  category,
  topic: z.string(),
  confidence: z.enum(CONFIDENCES),
  confidenceReason: z.string(),
  status: z.enum(STATUSES),
  fingerprint: z.string().describe('Stable across runs: check and object names.'),
  object: z.object({
    kind: z.enum([
      'server',
      'database',
      'schema',
      'table',
      'matview',
      'view',
      'index',
      'column',
      'constraint',
      'sequence',
      'function',
      'trigger',
      'policy',
      'role',
      'setting',
      'extension',
      'session',
      'slot',
      'statement',
      'hba-rule',
      'transaction',
      'standby',
      'collation',
      'publication',
    ]),
    oid: z.number().describe('0 where the thing has none.'),
    schema: z.string().nullable(),
    name: z.string().describe('As stored, unquoted.'),
    table: z.string().nullable(),
  }),
  message: z.string(),
  evidence,
  window: z.string().nullable().describe('What the counters cover; null for a fact of the moment.'),
  gain: z
    .object({ bytes: z.number().optional(), msPerDay: z.number().optional(), text: z.string().optional() })
    .nullable()
    .describe('An estimate.'),
  fix: fix.nullable(),
});

const categoryGrade = z.object({ grade: letter, score: z.number() });

/** The audit file as a schema; `satisfies` below keeps it equal to the type that the program uses. */
export const auditSchema = z.object({
  schemaVersion: z.literal(AUDIT_SCHEMA_VERSION),
  kind: z.literal('pgvitals-audit'),
  tool: z.object({ name: z.string(), version: z.string() }),
  server: z.object({
    versionNum: z.number().describe('server_version_num, for example 150018.'),
    version: z.string(),
    systemIdentifier: z.string().nullable(),
    database: z.string(),
    role: z.string(),
    isStandby: z.boolean(),
    provider: z.string(),
    startedAt: z.string(),
    statisticsResetAt: z.string().nullable(),
  }),
  startedAt: z.string().describe('ISO 8601, by the clock of the server.'),
  durationMs: z.number(),
  isComplete: z.boolean(),
  interruption: z.string().nullable(),
  grade: z.object({
    overall: letter,
    score: z.number().min(0).max(100),
    uncappedScore: z.number().min(0).max(100),
    cappedBy: z.string().nullable(),
    categories: z.object({
      performance: categoryGrade,
      storage: categoryGrade,
      vacuum: categoryGrade,
      reliability: categoryGrade,
      security: categoryGrade,
      configuration: categoryGrade,
    }),
    losses: z.array(
      z.object({ category, check: z.string(), severity, findings: z.number(), points: z.number() }),
    ),
  }),
  coverage: z.object({
    run: z.number(),
    applicable: z.number(),
    total: z.number(),
    skipped: z.array(
      z.object({
        check: z.string(),
        reason: z.string(),
        grant: z.string().nullable(),
        isPartial: z.boolean(),
      }),
    ),
    notApplicable: z.array(z.object({ check: z.string(), reason: z.string() })),
  }),
  facts: z.object({
    tables: z.number().nullable(),
    matviews: z.number().nullable(),
    partitions: z.number().nullable(),
    indexes: z.number().nullable(),
    indexesNeverScanned: z.number().nullable(),
    indexesRemovable: z
      .number()
      .nullable()
      .describe('Never scanned, and neither primary key nor unique nor exclusion.'),
    indexesRemovableBytes: z.number().nullable(),
    indexBytes: z.number().nullable(),
    tableBytes: z.number().nullable(),
    databaseSizeBytes: z.number().nullable(),
    liveRows: z.number().nullable(),
    deadRows: z.number().nullable(),
    constraints: z.number().nullable(),
    foreignKeys: z.number().nullable(),
    sequences: z.number().nullable(),
    roles: z.number().nullable(),
    extensions: z.number().nullable(),
    connections: z.number().nullable(),
    connectionsLimit: z.number().nullable(),
    cacheHitRatio: z.number().nullable(),
    oldestTransactionMs: z.number().nullable(),
    freezeShare: z.number().nullable(),
    statisticsAgeDays: z.number().nullable(),
  }),
  findings: z.array(finding),
  goodPractices: z.array(z.object({ id: z.string(), title: z.string(), message: z.string(), evidence })),
  passed: z.array(z.object({ check: z.string(), title: z.string(), category })),
  notices: z.array(z.string()),
});

/** JSON Schema (2020-12) of the audit file. */
export function auditJsonSchema(): object {
  return { title: 'PgVitals audit', ...z.toJSONSchema(auditSchema) };
}

/** Null where the value is not an audit of a version we read. */
export function parseAudit(value: unknown): Audit | null {
  const parsed = auditSchema.safeParse(value);
  return parsed.success ? withoutUndefined(parsed.data) : null;
}

/** zod types optional keys as `| undefined`; JSON never has them, so leaving them out restores the exact type. */
function withoutUndefined(audit: z.infer<typeof auditSchema>): Audit {
  return {
    ...audit,
    findings: audit.findings.map((f) => ({
      ...f,
      gain:
        f.gain === null
          ? null
          : {
              ...(f.gain.bytes === undefined ? {} : { bytes: f.gain.bytes }),
              ...(f.gain.msPerDay === undefined ? {} : { msPerDay: f.gain.msPerDay }),
              ...(f.gain.text === undefined ? {} : { text: f.gain.text }),
            },
    })),
  };
}
