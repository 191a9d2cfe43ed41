import { activityFamily, preparedTransactionsFamily } from './activity.ts';
import { collationsFamily } from './collations.ts';
import { columnStatisticsFamily } from './column-statistics.ts';
import { columnsFamily } from './columns.ts';
import { constraintsFamily } from './constraints.ts';
import { cronFamily } from './cron.ts';
import { databasesFamily } from './databases.ts';
import { extensionsFamily } from './extensions.ts';
import type { OwnFamily, SharedFamily } from './family.ts';
import { functionsFamily } from './functions.ts';
import { hbaFamily } from './hba.ts';
import { indexesFamily } from './indexes.ts';
import { ownRightsFamily } from './own-rights.ts';
import { partitionsFamily } from './partitions.ts';
import { policiesFamily } from './policies.ts';
import { progressFamily } from './progress.ts';
import { publicationsFamily } from './publications.ts';
import { relationDetailsFamily } from './relation-details.ts';
import {
  archiverFamily,
  checkpointsFamily,
  replicationClientsFamily,
  replicationSlotsFamily,
} from './replication.ts';
import { rolePasswordsFamily } from './role-passwords.ts';
import { publicGrantsFamily, rolesFamily, schemasFamily } from './security.ts';
import { serverCountersFamily } from './server-counters.ts';
import { publicPrivilegesFamily } from './public-privileges.ts';
import {
  ownedObjectsFamily,
  roleMembershipsFamily,
  tableAccessFamily,
  triggerFunctionsFamily,
} from './security-details.ts';
import { sequencesFamily, sequenceValuesFamily } from './sequences.ts';
import {
  fileSettingErrorsFamily,
  fileSettingsFamily,
  roleSettingsFamily,
  settingsFamily,
} from './settings.ts';
import { statementDatabasesFamily, statementsElsewhereFamily, statementsFamily } from './statements.ts';
import { tablesFamily } from './tables.ts';
import { triggersFamily } from './triggers.ts';
import { typesFamily } from './types.ts';
import { viewReadsFamily } from './view-reads.ts';
import { viewsFamily } from './views.ts';

/**
 * What is read, in order: first the shared families in one transaction, as of one moment; then the others, one by one.
 * Passwords come first among those: they are tried here while the server works on definitions, sequences and sizes.
 * A shared family with `readsFacts` stands some places behind those it reads, so that it needs not wait for them.
 */
export const SHARED_FAMILIES: readonly SharedFamily[] = [
  constraintsFamily,
  columnsFamily,
  indexesFamily,
  tablesFamily,
  sequencesFamily,
  typesFamily,
  columnStatisticsFamily,
  viewsFamily,
  triggersFamily,
  publicGrantsFamily,
  functionsFamily,
  publicationsFamily,
  rolesFamily,
  ownedObjectsFamily,
  triggerFunctionsFamily,
  viewReadsFamily,
  roleMembershipsFamily,
  tableAccessFamily,
  ownRightsFamily,
  publicPrivilegesFamily,
  schemasFamily,
  settingsFamily,
  roleSettingsFamily,
  fileSettingErrorsFamily,
  fileSettingsFamily,
  hbaFamily,
  extensionsFamily,
  collationsFamily,
  activityFamily,
  preparedTransactionsFamily,
  progressFamily,
  replicationSlotsFamily,
  replicationClientsFamily,
  archiverFamily,
  checkpointsFamily,
  serverCountersFamily,
];

export const OWN_FAMILIES: readonly OwnFamily[] = [
  rolePasswordsFamily,
  relationDetailsFamily,
  policiesFamily,
  statementsFamily,
  statementDatabasesFamily,
  statementsElsewhereFamily,
  sequenceValuesFamily,
  databasesFamily,
  cronFamily,
  partitionsFamily,
];
