import { z } from 'zod';

/**
 * What a plan may be asked for. Verbs, oids and names only: no SQL ever comes over the wire. Names are as stored,
 * unquoted. Parameter values are checked by the server when the statement runs.
 */
const oid = z.int().min(1).max(4_294_967_295);
const oids = z.array(oid).min(1).max(1_000);
/** A name of PostgreSQL has at most 63 bytes. */
const name = z
  .string()
  .min(1)
  .max(63)
  .refine((text) => !text.includes('\0'), 'no zero byte');
const settingName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)?$/);
const settingValue = z
  .string()
  .max(4_096)
  .refine((text) => !text.includes('\0'), 'no zero byte');
const deleteRule = z.enum(['NO ACTION', 'RESTRICT', 'CASCADE', 'SET NULL', 'SET DEFAULT']);

export const actionRequest = z.discriminatedUnion('verb', [
  z.strictObject({
    verb: z.literal('vacuum'),
    tables: oids,
    mode: z.enum(['plain', 'analyze', 'freeze', 'full']),
  }),
  z.strictObject({ verb: z.literal('analyze'), tables: oids }),
  z.strictObject({ verb: z.literal('reindex'), indexes: oids }),
  z.strictObject({ verb: z.literal('reindex-table'), table: oid }),
  z.strictObject({
    verb: z.literal('create-index'),
    table: oid,
    columns: z
      .array(z.strictObject({ name, isDescending: z.boolean() }))
      .min(1)
      .max(32),
    include: z.array(name).max(32),
    isUnique: z.boolean(),
  }),
  z.strictObject({ verb: z.literal('drop-index'), indexes: oids }),
  /**
   * What the removal plan of the Indexes page proposes (`proven`), with what young counters and small sizes leave open
   * (`unproven`), or every index that is no key and was never scanned, also the last one behind a foreign key.
   */
  z.strictObject({
    verb: z.literal('remove-indexes'),
    scope: z.enum(['proven', 'unproven', 'never scanned']),
  }),
  z.strictObject({ verb: z.literal('refresh-matview'), matview: oid, isConcurrent: z.boolean() }),
  z.strictObject({
    verb: z.literal('table-options'),
    table: oid,
    /** Null resets to the server's value. */
    options: z.record(settingName, settingValue.nullable()),
  }),
  z.strictObject({ verb: z.literal('server-setting'), name: settingName, value: settingValue.nullable() }),
  z.strictObject({
    verb: z.literal('add-foreign-key'),
    table: oid,
    columns: z.array(name).min(1).max(32),
    parent: oid,
    parentColumns: z.array(name).min(1).max(32),
    onDelete: deleteRule,
  }),
  z.strictObject({ verb: z.literal('drop-foreign-key'), constraint: oid }),
  z.strictObject({ verb: z.literal('delete-rule'), constraint: oid, onDelete: deleteRule }),
  z.strictObject({ verb: z.literal('validate-constraint'), constraint: oid }),
  z.strictObject({
    verb: z.literal('role-setting'),
    role: name,
    name: settingName,
    value: settingValue.nullable(),
  }),
  z.strictObject({ verb: z.literal('rotate-password'), role: name }),
  z.strictObject({ verb: z.literal('create-extension'), name, schema: name.nullable() }),
  z.strictObject({ verb: z.literal('update-extension'), name }),
  z.strictObject({
    verb: z.enum(['grant', 'revoke']),
    on: z.enum(['table', 'schema', 'sequence', 'function', 'database']),
    /** 0 for the database itself. */
    oid: z.int().min(0).max(4_294_967_295),
    privileges: z
      .array(z.string().regex(/^[A-Z]+$/))
      .min(1)
      .max(12),
    /** Null = PUBLIC. */
    role: name.nullable(),
  }),
  z.strictObject({ verb: z.literal('row-security'), table: oid, isEnabled: z.boolean() }),
  z.strictObject({
    verb: z.literal('create-policy'),
    table: oid,
    /** `owner`: rows whose column holds the name of the current role; `setting`: rows whose column equals a setting. */
    template: z.enum(['owner', 'setting']),
    column: name,
    setting: settingName.nullable(),
  }),
  z.strictObject({ verb: z.literal('audit-trigger'), table: oid }),
  z.strictObject({
    verb: z.enum(['cancel-query', 'end-session']),
    pid: z.int().min(1),
    backendStartedAt: z.string().min(1).max(64),
  }),
  z.strictObject({ verb: z.literal('reset-statements') }),
  z.strictObject({ verb: z.literal('drop-slot'), name }),
  z.strictObject({ verb: z.literal('rollback-prepared'), gid: z.string().min(1).max(200) }),
]);
export type ActionRequest = z.infer<typeof actionRequest>;
export type ActionVerb = ActionRequest['verb'];
/** Also of a request that two verbs share. */
export type ActionOf<V extends ActionVerb> = ActionRequest extends infer R
  ? R extends ActionRequest
    ? V extends R['verb']
      ? R
      : never
    : never
  : never;

export const planRequest = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('action'), action: actionRequest }),
  /** Findings of the last audit, by fingerprint; each is judged again on what is there now. */
  z.strictObject({
    kind: z.literal('findings'),
    fingerprints: z.array(z.string().min(1).max(64)).min(1).max(1_000),
  }),
  /** Every finding whose fix is R1 or R2 and can be undone. */
  z.strictObject({ kind: z.literal('safe-findings') }),
  z.strictObject({ kind: z.literal('undo'), jobId: z.string().min(1).max(64) }),
  /** What an interrupted job left behind. */
  z.strictObject({
    kind: z.literal('leftovers'),
    jobId: z.string().min(1).max(64),
    how: z.enum(['drop', 'rebuild']),
  }),
]);
export type PlanRequest = z.infer<typeof planRequest>;

export const SCRIPT_FORMATS = ['psql', 'alembic', 'up', 'down'] as const;
export type ScriptFormat = (typeof SCRIPT_FORMATS)[number];
