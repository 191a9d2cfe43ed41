import type { Evidence, ObjectRef, Severity } from '#shared/model/finding.ts';
import { formatCount, formatDuration, formatPercent } from '#shared/model/format.ts';
import type { CheckContext, Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { fixOfHolder } from '#engine/audit/holder-fixes.ts';
import { sessionRef } from '#engine/audit/session-fixes.ts';
import { shortQuery } from '#engine/audit/statement-load.ts';
import { standbyName, type XminHolder, xminHolders } from '#engine/audit/xmin-holders.ts';

export const xminHorizonHeld = defineCheck({
  id: 'xmin-horizon-held',
  title: 'Something old keeps VACUUM from cleaning up',
  category: 'vacuum',
  topic: 'xmin horizon',
  severity: 'high',
  why: 'VACUUM keeps every row that the oldest snapshot could still see, in all tables. One forgotten transaction, slot, prepared transaction or standby query makes dead rows pile up everywhere and stops freezing.',
  rule: 'The age of each session, slot, prepared transaction and standby feedback, against autovacuum_freeze_max_age: medium from 10 %, high from 50 %. Medium also for a transaction of at least 1 hour that holds a snapshot while this database has more than 100,000 dead rows.',
  remedy:
    'End the holder: finish or terminate the session, drop the unused slot, roll back the prepared transaction.',
  docs: 'https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-SPACE-RECOVERY',
  needs: ['activity', 'settings'],
  wants: ['replicationSlots', 'replicationClients', 'preparedTransactions', 'tables', 'progress'],
  thresholds: {
    mediumPercent: 10,
    highPercent: 50,
    longTransactionMs: 3_600_000,
    pinnedDeadRows: 100_000,
  },
  evaluate(facts, context) {
    const { server } = facts;
    if (server.isStandby) return { notApplicable: 'VACUUM runs on the primary: its holders are told there.' };
    const freezeMax = context.catalog.numericSetting('autovacuum_freeze_max_age') ?? 200_000_000;
    const deadRows = facts.tables?.reduce((sum, table) => sum + table.deadRows, 0) ?? null;
    return xminHolders(facts).flatMap((holder): Draft[] => {
      const percent = (holder.ageXids / freezeMax) * 100;
      const severity = severityOf(holder, percent, deadRows, server.database, context);
      if (!severity) return [];
      const lasting = holder.ageMs === null ? '' : ` for ${formatDuration(holder.ageMs)}`;
      return [
        {
          severity,
          confidence: 'certain',
          confidenceReason: 'Read from the running server.',
          object: objectOf(holder),
          message: `${holder.label} holds back VACUUM${lasting}: ${formatCount(holder.ageXids)} transactions, ${formatPercent(percent)} of autovacuum_freeze_max_age.`,
          evidence: {
            holder: holder.kind,
            ageXids: holder.ageXids,
            ofFreezeMaxAgePercent: Math.round(percent * 100) / 100,
            heldForMs: holder.ageMs,
            database: holder.database,
            deadRowsInThisDatabase: deadRows,
            ...detailsOf(holder),
          },
          gain: { text: 'VACUUM can remove dead rows and freeze again' },
          fix: fixOfHolder(holder, server.database),
        },
      ];
    });
  },
});

function severityOf(
  holder: XminHolder,
  percent: number,
  deadRows: number | null,
  database: string,
  { limit }: CheckContext,
): Severity | null {
  if (percent >= limit('highPercent')) return 'high';
  if (percent >= limit('mediumPercent')) return 'medium';
  // Snapshots of other databases don't keep rows of this one.
  const isHere = holder.database === database && (holder.kind === 'session' || holder.kind === 'prepared');
  const isLong = isHere && holder.ageMs !== null && holder.ageMs >= limit('longTransactionMs');
  return isLong && deadRows !== null && deadRows > limit('pinnedDeadRows') ? 'medium' : null;
}

function objectOf(holder: XminHolder): ObjectRef {
  const plain = { oid: 0, schema: null, table: null };
  switch (holder.kind) {
    case 'session':
      return sessionRef(holder.session);
    case 'slot':
      return { ...plain, kind: 'slot', name: holder.slot.name };
    case 'prepared':
      return { ...plain, kind: 'transaction', name: holder.prepared.gid };
    case 'standby':
      return { ...plain, kind: 'standby', name: standbyName(holder.client) };
  }
}

function detailsOf(holder: XminHolder): Evidence {
  switch (holder.kind) {
    case 'session':
      return {
        pid: holder.session.pid,
        role: holder.session.role,
        application: holder.session.application,
        clientAddress: holder.session.clientAddress,
        state: holder.session.state,
        query: shortQuery(holder.session.query),
      };
    case 'slot':
      return { slotType: holder.slot.type, plugin: holder.slot.plugin, isActive: holder.slot.isActive };
    case 'prepared':
      return { gid: holder.prepared.gid, owner: holder.prepared.owner };
    case 'standby':
      return { clientAddress: holder.client.clientAddress, state: holder.client.state };
  }
}
