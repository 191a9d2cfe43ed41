import type { Fix } from '#shared/model/finding.ts';
import { guidedFix } from './fixes.ts';
import { dropSlot, rollbackPrepared, terminateSession } from './session-fixes.ts';
import { standbyName, type XminHolder } from './xmin-holders.ts';

/** How to end what holds back VACUUM. */
export function fixOfHolder(holder: XminHolder, database: string): Fix {
  switch (holder.kind) {
    case 'session':
      return terminateSession(holder.session, ['Ask its owner first: it may be a backup or a long report.']);
    case 'slot':
      return dropSlot(holder.slot);
    case 'prepared':
      return rollbackPrepared(holder.prepared, database);
    case 'standby':
      return guidedFix(`Shorten the queries on the standby ${standbyName(holder.client)}`, [
        'End the long query on the standby, or turn hot_standby_feedback off there: long queries may then be cancelled instead.',
      ]);
  }
}
