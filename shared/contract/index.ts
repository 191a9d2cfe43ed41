import { activity } from './activity.ts';
import { app } from './app.ts';
import { audit } from './audit.ts';
import { backups } from './backups.ts';
import { connections } from './connections.ts';
import { history } from './history.ts';
import { indexes } from './indexes.ts';
import { matviews } from './matviews.ts';
import { plans } from './plans.ts';
import { privileges } from './privileges.ts';
import { profiles } from './profiles.ts';
import { queries } from './queries.ts';
import { reports } from './reports.ts';
import { schedules } from './schedules.ts';
import { schema } from './schema.ts';
import { security } from './security.ts';
import { settings } from './settings.ts';
import { sources } from './sources.ts';
import { statistics } from './statistics.ts';
import { tables } from './tables.ts';
import { vacuum } from './vacuum.ts';

const topics = {
  activity,
  app,
  audit,
  backups,
  connections,
  history,
  indexes,
  matviews,
  plans,
  privileges,
  profiles,
  queries,
  reports,
  schedules,
  schema,
  security,
  settings,
  sources,
  statistics,
  tables,
  vacuum,
};
type Topics = typeof topics;

/** The whole wire, one topic per file. By name: written out, its type is too long for the compiler. */
export interface Contract extends Topics {}
export const contract: Contract = topics;
