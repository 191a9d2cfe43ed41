import { createHash } from 'node:crypto';
import { SNAPSHOT_SCHEMA_VERSION, type Snapshot } from '#shared/model/snapshot.ts';
import { EngineError } from '#engine/errors.ts';

/** The text of a snapshot file: the snapshot and a digest that shows damage and edits. */
export function writeSnapshot(snapshot: Snapshot): string {
  const body = JSON.stringify(snapshot);
  return `{"kind":"pgvitals-snapshot-file","schemaVersion":${SNAPSHOT_SCHEMA_VERSION},"sha256":"${digest(body)}","snapshot":${body}}\n`;
}

/** Throws SNAPSHOT_DAMAGED or SNAPSHOT_TOO_NEW; `name` is how the user called the file. */
export function readSnapshot(text: string, name: string): Snapshot {
  const file = parse(text);
  if (!isRecord(file) || file['kind'] !== 'pgvitals-snapshot-file') {
    throw new EngineError(
      'SNAPSHOT_DAMAGED',
      `${name} is not a PgVitals snapshot, or it is damaged.`,
      'Make a new one with: pgvitals audit --save snapshot.json',
    );
  }
  const version = file['schemaVersion'];
  if (typeof version === 'number' && version > SNAPSHOT_SCHEMA_VERSION) {
    throw new EngineError(
      'SNAPSHOT_TOO_NEW',
      `${name} was written by a newer PgVitals (snapshot format ${version}; this one reads up to ${SNAPSHOT_SCHEMA_VERSION}).`,
      'Update PgVitals and try again.',
    );
  }
  // Key order and number format survive parse + stringify, so the digest can be taken over the parsed value.
  if (file['sha256'] !== digest(JSON.stringify(file['snapshot']))) {
    throw new EngineError(
      'SNAPSHOT_DAMAGED',
      `${name} does not match its own checksum: it was cut off or edited.`,
      'Use the original file, or make a new one with: pgvitals audit --save snapshot.json',
    );
  }
  return file['snapshot'] as Snapshot;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
