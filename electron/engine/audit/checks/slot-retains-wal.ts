import type { ReplicationSlot } from '#shared/model/facts.ts';
import type { Severity } from '#shared/model/finding.ts';
import { formatBytes, formatDuration } from '#shared/model/format.ts';
import type { CheckContext, Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { dropSlot } from '#engine/audit/session-fixes.ts';

export const slotRetainsWal = defineCheck({
  id: 'slot-retains-wal',
  title: 'Replication slot keeps WAL back',
  category: 'reliability',
  topic: 'replication',
  severity: 'critical',
  why: 'A slot keeps every WAL file that its consumer has not confirmed. When the consumer is gone for good, WAL grows until the disk is full and the server stops.',
  rule: 'Critical where the slot has lost WAL or is about to (wal_status lost or unreserved), or keeps more than 50 GB. High where it is inactive for at least 1 hour (17+) and keeps more than 1 GB; medium where it keeps as much and since when it is inactive is not known (before 17). Being inactive alone is no finding. On a standby only lost, unreserved and 50 GB count.',
  remedy:
    'Bring the consumer back, or drop the slot when it is not coming. Set max_slot_wal_keep_size as a limit.',
  docs: 'https://www.postgresql.org/docs/current/view-pg-replication-slots.html',
  needs: ['replicationSlots'],
  wants: ['settings'],
  thresholds: { retainedBytes: 1024 ** 3, criticalBytes: 50 * 1024 ** 3, inactiveMs: 3_600_000 },
  evaluate({ replicationSlots, server }, context) {
    const { catalog } = context;
    const keepSize = catalog.numericSetting('max_slot_wal_keep_size');
    return replicationSlots.flatMap((slot): Draft[] => {
      const severity = severityOf(slot, server.isStandby, context);
      if (!severity) return [];
      const isDurationUnknown = !slot.isActive && slot.inactiveMs === null;
      return [
        {
          severity,
          confidence: severity === 'critical' || !isDurationUnknown ? 'certain' : 'likely',
          confidenceReason:
            severity === 'critical' || !isDurationUnknown
              ? 'Read from the running server.'
              : 'Since when the slot is inactive is not recorded before version 17: its consumer may be back soon.',
          object: { kind: 'slot', oid: 0, schema: null, name: slot.name, table: null },
          message: `The ${slot.isActive ? 'active' : 'inactive'} slot ${slot.name} ${story(slot)}.`,
          evidence: {
            slotType: slot.type,
            plugin: slot.plugin,
            database: slot.database,
            isActive: slot.isActive,
            inactiveMs: slot.inactiveMs,
            retainedBytes: slot.retainedBytes,
            walStatus: slot.walStatus,
            safeWalSizeBytes: slot.safeWalSizeBytes,
            invalidationReason: slot.invalidationReason,
            limitBytes: keepSize === null || keepSize < 0 ? null : keepSize * 1024 ** 2,
            limit:
              keepSize === null ? 'unknown' : keepSize < 0 ? 'none (max_slot_wal_keep_size = -1)' : 'set',
          },
          gain:
            slot.retainedBytes === null ? { text: 'One slot less to watch' } : { bytes: slot.retainedBytes },
          fix: dropSlot(slot, [
            'Softer: set max_slot_wal_keep_size, so that the slot is given up before the disk is full.',
          ]),
        },
      ];
    });
  },
});

function severityOf(slot: ReplicationSlot, isStandby: boolean, { limit }: CheckContext): Severity | null {
  const retained = slot.retainedBytes ?? 0;
  if (slot.walStatus === 'unreserved' || slot.walStatus === 'lost') return 'critical';
  if (retained > limit('criticalBytes')) return 'critical';
  // Slots synchronised to a standby (17+) are never active there: that is how they are meant.
  if (slot.isActive || slot.isTemporary || isStandby || retained <= limit('retainedBytes')) return null;
  if (slot.inactiveMs === null) return 'medium';
  return slot.inactiveMs >= limit('inactiveMs') ? 'high' : null;
}

function story(slot: ReplicationSlot): string {
  const why = slot.invalidationReason ? ` (${slot.invalidationReason})` : '';
  if (slot.walStatus === 'lost') return `has lost WAL that its consumer needs${why}: it can't be continued`;
  const kept = slot.retainedBytes === null ? 'an unknown amount' : formatBytes(slot.retainedBytes);
  const since =
    slot.inactiveMs === null || slot.isActive ? '' : `, inactive for ${formatDuration(slot.inactiveMs)}`;
  const soon = slot.walStatus === 'unreserved' ? ' and is about to lose it' : '';
  return `keeps ${kept} of WAL${soon}${since}`;
}
