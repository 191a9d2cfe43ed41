import { activityFamily, preparedTransactionsFamily, progressFamily } from './activity.ts';
import { collationsFamily } from './collations.ts';
import { columnStatisticsFamily } from './column-statistics.ts';
import { databasesFamily } from './databases.ts';
import { extensionsFamily } from './extensions.ts';
import type { OwnFamily, SharedFamily } from './family.ts';
import { functionsFamily } from './functions.ts';
import { hbaFamily } from './hba.ts';
import { policiesFamily } from './policies.ts';
import { publicationsFamily } from './publications.ts';
import { relationsFamily } from './relations.ts';
import {
  archiverFamily,
  checkpointsFamily,
  replicationClientsFamily,
  replicationSlotsFamily,
} from './replication.ts';
import { rolePasswordsFamily } from './role-passwords.ts';
import { publicGrantsFamily, rolesFamily, schemasFamily } from './security.ts';
import { sequencesFamily, sequenceValuesFamily } from './sequences.ts';
import { fileSettingErrorsFamily, roleSettingsFamily, settingsFamily } from './settings.ts';
import { statementsFamily } from './statements.ts';
import { triggersFamily } from './triggers.ts';
import { typesFamily } from './types.ts';
import { viewsFamily } from './views.ts';

/**
 * What is read, in order. Families of one step share a transaction where they can. Families come after those they
 * need; passwords first, because they are tried here while the server works on the rest.
 */
export const PLAN: readonly (readonly (SharedFamily | OwnFamily)[])[] = [
  [rolePasswordsFamily],
  [relationsFamily],
  [
    typesFamily,
    columnStatisticsFamily,
    sequencesFamily,
    triggersFamily,
    viewsFamily,
    functionsFamily,
    publicGrantsFamily,
    publicationsFamily,
    rolesFamily,
    schemasFamily,
    settingsFamily,
    roleSettingsFamily,
    fileSettingErrorsFamily,
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
  ],
  [sequenceValuesFamily, policiesFamily, statementsFamily, databasesFamily],
];
