import { describe, expect, it } from 'vitest';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { readSnapshot, writeSnapshot } from './snapshot-file.ts';

const snapshot = {
  schemaVersion: 1,
  kind: 'pgvitals-snapshot',
  tool: { name: 'pgvitals', version: '0' },
  collectedAt: '2026-11-23T12:00:00Z',
  durationMs: 1.25,
  facts: { server: { database: '"; DROP\n\u0000é' } },
  unread: [],
} as unknown as Snapshot;
const text = writeSnapshot(snapshot);

describe('snapshot files', () => {
  it('come back as they were', () => {
    expect(readSnapshot(text, 's.json')).toEqual(snapshot);
  });

  it('may be reformatted by other tools', () => {
    expect(readSnapshot(JSON.stringify(JSON.parse(text), null, 4), 's.json')).toEqual(snapshot);
  });

  it.each([
    ['cut off', text.slice(0, text.length / 2)],
    ['edited', text.replace('1.25', '1.26')],
    ['empty', ''],
    ['something else', '[]'],
    ['an audit', '{"kind":"pgvitals-audit","schemaVersion":1}'],
  ])('are refused in one sentence when %s', (_, damaged) => {
    expect(() => readSnapshot(damaged, 's.json')).toThrow(
      expect.objectContaining({ code: 'SNAPSHOT_DAMAGED' }),
    );
  });

  it('of a newer version say so', () => {
    const newer = text.replace('"schemaVersion":1', '"schemaVersion":99');
    expect(() => readSnapshot(newer, 's.json')).toThrow(
      expect.objectContaining({ code: 'SNAPSHOT_TOO_NEW' }),
    );
  });
});
