import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { BACKUP_SHAPES, VERIFY_STEPS } from '#shared/model/backup.ts';

/** Written by this version; a higher one belongs to a newer PgVitals and is left alone. */
export const MANIFEST_VERSION = 1;
export const MANIFEST_FILE = 'manifest.json';
export const LOG_FILE = 'log.txt';
export const GLOBALS_FILE = 'globals.sql';
/** Of one file; the directory of `fast` is `data`. */
export const DATA_FILE = 'data.dump';
export const DATA_FOLDER = 'data';

const tableName = z.object({ schema: z.string(), name: z.string() });
const scope = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('database') }),
  z.object({ kind: z.literal('schemas'), schemas: z.array(z.string()).readonly() }),
  z.object({ kind: z.literal('tables'), tables: z.array(tableName).readonly() }),
]);
const verification = z.object({
  at: z.string(),
  restoredOn: z.string().nullable(),
  restoreMs: z.number().nullable(),
  steps: z
    .array(
      z.object({
        step: z.enum(VERIFY_STEPS),
        verdict: z.enum(['passed', 'failed', 'not run']),
        durationMs: z.number(),
        text: z.string(),
      }),
    )
    .readonly(),
});

const manifest = z.object({
  schemaVersion: z.literal(MANIFEST_VERSION),
  appVersion: z.string(),
  id: z.string().regex(/^[0-9a-f]{16}$/),
  seq: z.number(),
  /** Of the installation that made it. */
  instanceId: z.string(),
  server: z.object({
    /** As `DatabaseIdentity.key`. */
    key: z.string(),
    label: z.string(),
    systemIdentifier: z.string().nullable(),
    databaseOid: z.number(),
    database: z.string(),
    version: z.string(),
    versionNum: z.number(),
    encoding: z.string(),
    collate: z.string(),
    ctype: z.string(),
    /** The server's clock at the snapshot, ISO 8601. */
    snapshotAt: z.string(),
  }),
  tool: z.object({ version: z.string(), versionNum: z.number() }),
  shape: z.enum(BACKUP_SHAPES),
  scope,
  /** ISO 8601, clock of this machine; how long by its steady clock. */
  startedAt: z.string(),
  endedAt: z.string(),
  durationMs: z.number(),
  databaseBytes: z.number().nullable(),
  /** Relative to the folder, with "/" between parts. */
  files: z.array(z.object({ name: z.string(), bytes: z.number(), sha256: z.string() })).readonly(),
  /** Of the table of contents, by type. */
  entries: z.array(z.object({ type: z.string(), count: z.number() })).readonly(),
  /** By the decoded archive; `sourceHash` by the source at the exported snapshot, where it was asked for. */
  tables: z.array(tableName.extend({ rows: z.number(), sourceHash: z.string().nullable() })).readonly(),
  extensions: z.array(z.string()).readonly(),
  roles: z.array(z.string()).readonly(),
  tablespaces: z.array(z.string()).readonly(),
  hasGlobals: z.boolean(),
  notices: z.array(z.string()).readonly(),
  verifications: z.array(verification).readonly(),
  isPinned: z.boolean(),
  note: z.string(),
  trashedAt: z.string().nullable(),
});
export type Manifest = z.infer<typeof manifest>;

/** Why a manifest is not one of ours. */
export type ManifestRefusal = 'unreadable' | 'too new' | 'not signed here';

/** The text of the file: the manifest and its HMAC-SHA-256 by the key of this installation. */
export function signManifest(content: Manifest, key: Uint8Array): string {
  const body = JSON.stringify(content);
  return `${JSON.stringify({ manifest: content, hmac: hmacOf(body, key) }, null, 2)}\n`;
}

/** Reads a manifest file. Everything that is not exactly what this installation wrote is refused, with the content where it can be read. */
export function readManifest(
  text: string,
  key: Uint8Array,
): { readonly manifest: Manifest | null; readonly refusal: ManifestRefusal | null } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { manifest: null, refusal: 'unreadable' };
  }
  const outer = z.object({ manifest: z.unknown(), hmac: z.string() }).safeParse(parsed);
  if (!outer.success) return { manifest: null, refusal: 'unreadable' };
  const version = z.object({ schemaVersion: z.number() }).safeParse(outer.data.manifest);
  if (version.success && version.data.schemaVersion > MANIFEST_VERSION)
    return { manifest: null, refusal: 'too new' };
  const content = manifest.safeParse(outer.data.manifest);
  if (!content.success) return { manifest: null, refusal: 'unreadable' };
  const expected = Buffer.from(hmacOf(JSON.stringify(outer.data.manifest), key), 'hex');
  const given = Buffer.from(outer.data.hmac, 'hex');
  const isOurs = expected.length === given.length && timingSafeEqual(expected, given);
  return { manifest: content.data, refusal: isOurs ? null : 'not signed here' };
}

function hmacOf(body: string, key: Uint8Array): string {
  return createHmac('sha256', key).update(body).digest('hex');
}
