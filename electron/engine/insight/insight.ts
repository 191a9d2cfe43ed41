import type { InsightContext } from './context.ts';
import { activityTopic } from './activity/topic.ts';
import { historyTopic } from './history/topic.ts';
import { indexesTopic } from './indexes/topic.ts';
import { matviewsTopic } from './matviews/topic.ts';
import { privilegesTopic } from './privileges/topic.ts';
import { queriesTopic } from './queries/topic.ts';
import { schemaTopic } from './schema/topic.ts';
import { securityTopic } from './security/topic.ts';
import { settingsTopic } from './settings/topic.ts';
import { statisticsTopic } from './statistics/topic.ts';
import { tablesTopic } from './tables/topic.ts';
import { vacuumTopic } from './vacuum/topic.ts';

/** What pages show beyond findings, one topic per page. */
export function createInsight(context: InsightContext) {
  return {
    activity: activityTopic(context),
    history: historyTopic(context),
    indexes: indexesTopic(context),
    matviews: matviewsTopic(context),
    privileges: privilegesTopic(context),
    queries: queriesTopic(context),
    schema: schemaTopic(context),
    security: securityTopic(context),
    settings: settingsTopic(context),
    statistics: statisticsTopic(context),
    tables: tablesTopic(context),
    vacuum: vacuumTopic(context),
  };
}

export type InsightTopics = ReturnType<typeof createInsight>;
