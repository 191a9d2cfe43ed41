import { formatBytes } from '#shared/model/format.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { setServerSetting } from '#engine/audit/setting-fixes.ts';
import { settingRef } from '#engine/audit/object-refs.ts';

const GB = 1024 ** 3;

export const walKeepUnlimited = defineCheck({
  id: 'wal-keep-unlimited',
  title: 'Slots may fill the disk with WAL',
  category: 'reliability',
  topic: 'replication',
  severity: 'medium',
  why: 'A replication slot whose consumer stops keeps WAL for ever. Without a limit that fills the disk and stops the server, for the sake of one lost consumer.',
  rule: 'Medium where lasting slots exist and max_slot_wal_keep_size is -1; from 18 on only where idle_replication_slot_timeout is 0 as well.',
  remedy: 'Set max_slot_wal_keep_size well below the free space of the disk that holds pg_wal.',
  docs: 'https://www.postgresql.org/docs/current/runtime-config-replication.html#GUC-MAX-SLOT-WAL-KEEP-SIZE',
  needs: ['replicationSlots', 'settings'],
  thresholds: { proposedBytes: 10 * GB },
  evaluate({ replicationSlots, server }, { catalog, limit }) {
    if (server.provider === 'aurora' || server.provider === 'neon') {
      return { notApplicable: 'This provider keeps WAL apart from the server.' };
    }
    const slots = replicationSlots.filter((slot) => !slot.isTemporary);
    if (slots.length === 0) return [];
    const keep = catalog.numericSetting('max_slot_wal_keep_size');
    if (keep === null) {
      const reason = 'max_slot_wal_keep_size is not readable.';
      return { findings: [], unknown: [{ reason, grant: null }] };
    }
    const idleTimeout = catalog.numericSetting('idle_replication_slot_timeout');
    if (keep !== -1 || (idleTimeout !== null && idleTimeout > 0)) return [];
    const largest = Math.max(0, ...slots.map((slot) => slot.retainedBytes ?? 0));
    // Room for four times what is kept now, so that the new limit does not cut off a consumer at once.
    const proposed = Math.ceil(Math.max(limit('proposedBytes'), 4 * largest) / GB);
    const count = slots.length === 1 ? '1 replication slot' : `${slots.length} replication slots`;
    return [
      {
        severity: 'medium',
        confidence: 'certain',
        confidenceReason: 'Read from the running server; the free space of its disk is not known.',
        object: settingRef('max_slot_wal_keep_size'),
        message: `${count} may keep WAL without limit (max_slot_wal_keep_size is -1).`,
        evidence: {
          slots: slots.map(
            (slot) =>
              `${slot.name} (${slot.isActive ? 'active' : 'inactive'}, ${slot.retainedBytes === null ? 'unknown' : formatBytes(slot.retainedBytes)})`,
          ),
          largestRetainedBytes: largest,
          maxSlotWalKeepSize: keep,
          idleReplicationSlotTimeout: idleTimeout,
        },
        gain: { text: 'A lost consumer can no longer fill the disk' },
        fix: setServerSetting('max_slot_wal_keep_size', `${proposed}GB`, catalog, server.provider, [
          'Choose a size below the free space of the disk. A consumer that falls further behind has to be set up again.',
        ]),
      },
    ];
  },
});
