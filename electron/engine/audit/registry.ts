import type { CheckInfo } from '#shared/model/audit.ts';
import type { Check } from './check.ts';
import { archiverFailing } from './checks/archiver-failing.ts';
import { autovacuumDisabledTable } from './checks/autovacuum-disabled-table.ts';
import { autovacuumLargeTable } from './checks/autovacuum-large-table.ts';
import { autovacuumOff } from './checks/autovacuum-off.ts';
import { backupClientMismatch } from './checks/backup-client-mismatch.ts';
import { backupMissing } from './checks/backup-missing.ts';
import { backupUnverified } from './checks/backup-unverified.ts';
import { blockingChain } from './checks/blocking-chain.ts';
import { checkpointPressure } from './checks/checkpoint-pressure.ts';
import { checksumFailures } from './checks/checksum-failures.ts';
import { collationDrift } from './checks/collation-drift.ts';
import { connectionSaturation } from './checks/connection-saturation.ts';
import { coveredIndex } from './checks/covered-index.ts';
import { deadRowsShare } from './checks/dead-rows-share.ts';
import { deadTuplesBehind } from './checks/dead-tuples-behind.ts';
import { disabledTrigger } from './checks/disabled-trigger.ts';
import { duplicateFk } from './checks/duplicate-fk.ts';
import { duplicateIndex } from './checks/duplicate-index.ts';
import { durabilityOff } from './checks/durability-off.ts';
import { extensionOutdated } from './checks/extension-outdated.ts';
import { fkDeleteRuleMixed } from './checks/fk-delete-rule-mixed.ts';
import { fkMissingIndex } from './checks/fk-missing-index.ts';
import { fkTypeMismatch } from './checks/fk-type-mismatch.ts';
import { hbaWeakAuth } from './checks/hba-weak-auth.ts';
import { hotUpdatesBlocked } from './checks/hot-updates-blocked.ts';
import { idleInTransaction } from './checks/idle-in-transaction.ts';
import { indexBloat } from './checks/index-bloat.ts';
import { invalidIndex } from './checks/invalid-index.ts';
import { matviewNoConcurrentKey } from './checks/matview-no-concurrent-key.ts';
import { matviewUnpopulatedOrStale } from './checks/matview-unpopulated-or-stale.ts';
import { md5Passwords } from './checks/md5-passwords.ts';
import { memoryOvercommit } from './checks/memory-overcommit.ts';
import { multixactWraparound } from './checks/multixact-wraparound.ts';
import { noPrimaryKey } from './checks/no-primary-key.ts';
import { overIndexedTable } from './checks/over-indexed-table.ts';
import { pendingRestartOrFileError } from './checks/pending-restart-or-file-error.ts';
import { pgssUnavailable } from './checks/pgss-unavailable.ts';
import { plaintextSessions } from './checks/plaintext-sessions.ts';
import { poolingHeadroom } from './checks/pooling-headroom.ts';
import { preparedXactOrphaned } from './checks/prepared-xact-orphaned.ts';
import { publicCanCreate } from './checks/public-can-create.ts';
import { publicTableGrants } from './checks/public-table-grants.ts';
import { rarelyUsedIndex } from './checks/rarely-used-index.ts';
import { replicaIdentityMissing } from './checks/replica-identity-missing.ts';
import { replicaLag } from './checks/replica-lag.ts';
import { rlsAlwaysTrueWrite } from './checks/rls-always-true-write.ts';
import { rlsPolicyDisabled } from './checks/rls-policy-disabled.ts';
import { secdefSearchPath } from './checks/secdef-search-path.ts';
import { seqScanLargeTable } from './checks/seq-scan-large-table.ts';
import { sequenceExhaustion } from './checks/sequence-exhaustion.ts';
import { serverVersionRisk } from './checks/server-version-risk.ts';
import { slotRetainsWal } from './checks/slot-retains-wal.ts';
import { slowStatement } from './checks/slow-statement.ts';
import { staleStatistics } from './checks/stale-statistics.ts';
import { statementDominates } from './checks/statement-dominates.ts';
import { superuserSprawl } from './checks/superuser-sprawl.ts';
import { tableBloat } from './checks/table-bloat.ts';
import { tempSpill } from './checks/temp-spill.ts';
import { unsafeTimeouts } from './checks/unsafe-timeouts.ts';
import { unusedIndex } from './checks/unused-index.ts';
import { unvalidatedConstraint } from './checks/unvalidated-constraint.ts';
import { viewBypassesRls } from './checks/view-bypasses-rls.ts';
import { walKeepUnlimited } from './checks/wal-keep-unlimited.ts';
import { weakPassword } from './checks/weak-password.ts';
import { xidWraparound } from './checks/xid-wraparound.ts';
import { xminHorizonHeld } from './checks/xmin-horizon-held.ts';

/** Every check, most important first within its kind. Adding a check = its file, one line here, a fixture. */
export const CHECKS: readonly Check[] = [
  xidWraparound,
  multixactWraparound,
  durabilityOff,
  checksumFailures,
  sequenceExhaustion,
  autovacuumOff,
  backupMissing,
  backupUnverified,
  backupClientMismatch,
  xminHorizonHeld,
  slotRetainsWal,
  archiverFailing,
  idleInTransaction,
  blockingChain,
  preparedXactOrphaned,
  connectionSaturation,
  poolingHeadroom,
  invalidIndex,
  collationDrift,
  serverVersionRisk,
  hbaWeakAuth,
  plaintextSessions,
  superuserSprawl,
  weakPassword,
  md5Passwords,
  publicCanCreate,
  secdefSearchPath,
  rlsPolicyDisabled,
  rlsAlwaysTrueWrite,
  viewBypassesRls,
  publicTableGrants,
  fkMissingIndex,
  fkDeleteRuleMixed,
  unvalidatedConstraint,
  fkTypeMismatch,
  duplicateIndex,
  coveredIndex,
  unusedIndex,
  rarelyUsedIndex,
  overIndexedTable,
  indexBloat,
  tableBloat,
  deadTuplesBehind,
  deadRowsShare,
  autovacuumDisabledTable,
  autovacuumLargeTable,
  staleStatistics,
  noPrimaryKey,
  replicaIdentityMissing,
  slowStatement,
  statementDominates,
  tempSpill,
  seqScanLargeTable,
  pgssUnavailable,
  checkpointPressure,
  unsafeTimeouts,
  memoryOvercommit,
  pendingRestartOrFileError,
  walKeepUnlimited,
  replicaLag,
  matviewNoConcurrentKey,
  matviewUnpopulatedOrStale,
  disabledTrigger,
  duplicateFk,
  extensionOutdated,
  hotUpdatesBlocked,
];

/** A check without its code, for lists and help. */
export function describeCheck(check: Check): CheckInfo {
  const { id, title, category, topic, severity, why, remedy, rule, thresholds, docs } = check;
  return {
    id,
    title,
    category,
    topic,
    severity,
    why,
    remedy,
    rule,
    needs: [...check.needs, ...(check.wants ?? [])],
    thresholds,
    docs,
  };
}
