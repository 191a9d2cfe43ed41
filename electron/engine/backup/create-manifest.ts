import type { CreateBackupRequest } from '#shared/contract/backups.ts';
import type { CreateContext } from './create-context.ts';
import type { Proof } from './create-proof.ts';
import type { Globals } from './dump.ts';
import { type Manifest, MANIFEST_VERSION } from './manifest.ts';
import type { Source } from './source.ts';

/** What is known of a backup when it is whole. */
export interface Making {
  readonly request: CreateBackupRequest;
  readonly context: CreateContext;
  readonly source: Source;
  readonly jobId: string;
  readonly seq: number;
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly files: Manifest['files'];
  readonly globals: Globals;
  readonly proof: Proof;
}

export function manifestOf(made: Making): Manifest {
  const { request, context, source, proof, globals } = made;
  const { target, identity, tools } = context;
  const endedAt = new Date().toISOString();
  return {
    schemaVersion: MANIFEST_VERSION,
    appVersion: context.appVersion,
    id: made.jobId,
    seq: made.seq,
    instanceId: context.places.instanceId,
    server: {
      key: identity.key,
      label: identity.label,
      systemIdentifier: /^(\d+)\//.exec(identity.key)?.[1] ?? null,
      databaseOid: source.databaseOid,
      database: target.database,
      version: source.version,
      versionNum: source.versionNum,
      encoding: source.encoding,
      collate: source.collate,
      ctype: source.ctype,
      snapshotAt: source.snapshotAt,
    },
    tool: { version: tools.version, versionNum: tools.versionNum },
    shape: request.shape,
    scope: request.scope,
    startedAt: made.startedAt.toISOString(),
    endedAt,
    durationMs: made.durationMs,
    databaseBytes: source.databaseBytes,
    files: made.files,
    entries: proof.entries,
    tables: proof.tables,
    extensions: source.extensions,
    roles: source.roles,
    tablespaces: source.tablespaces,
    hasGlobals: globals.isDone,
    notices: [
      ...(globals.reason === null ? [] : [`Roles and tablespaces are not in it: ${globals.reason}`]),
      ...(source.hasForeignPasswords
        ? [
            'It holds passwords of foreign servers in clear (user mappings): keep it as secret as the database.',
          ]
        : []),
    ],
    verifications: [{ at: endedAt, restoredOn: null, restoreMs: null, steps: proof.steps }],
    isPinned: context.isPinned ?? false,
    note: request.note,
    trashedAt: null,
  };
}
