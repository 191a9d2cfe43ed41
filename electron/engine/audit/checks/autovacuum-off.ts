import type { ServerFact, SettingFact } from '#shared/model/facts.ts';
import type { Fix } from '#shared/model/finding.ts';
import type { Catalog } from '#engine/audit/catalog.ts';
import type { Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { statementFix } from '#engine/audit/fixes.ts';
import { setServerSetting } from '#engine/audit/setting-fixes.ts';
import { settingRef } from '#engine/audit/object-refs.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';

const EFFECTS = {
  autovacuum: 'dead rows are not removed and statistics grow old',
  track_counts: 'autovacuum does not see what changes and never starts',
} as const;

export const autovacuumOff = defineCheck({
  id: 'autovacuum-off',
  title: 'Autovacuum does not run',
  category: 'vacuum',
  topic: 'autovacuum',
  severity: 'critical',
  why: 'Without autovacuum nobody removes dead rows or refreshes planner statistics: tables and indexes grow without end and plans get worse. It needs track_counts to know where to work.',
  rule: 'Critical where autovacuum or track_counts is off. Not judged on a standby, where it never runs.',
  remedy:
    'Turn the setting on. Where autovacuum costs too much, slow it down with autovacuum_vacuum_cost_delay.',
  docs: 'https://www.postgresql.org/docs/current/runtime-config-autovacuum.html#GUC-AUTOVACUUM',
  needs: ['settings'],
  thresholds: {},
  evaluate({ server }, { catalog }) {
    if (server.isStandby) return { notApplicable: 'Autovacuum runs on the primary, not on a standby.' };
    return (['autovacuum', 'track_counts'] as const).flatMap((name): Draft[] => {
      const setting = catalog.setting(name);
      if (setting?.setting !== 'off') return [];
      return [
        {
          severity: 'critical',
          confidence: 'certain',
          confidenceReason: 'Read from the running server.',
          object: settingRef(name),
          message: `${name} is off: ${EFFECTS[name]}.`,
          evidence: {
            setting: setting.setting,
            source: setting.source,
            sourceFile: setting.sourceFile,
            sourceLine: setting.sourceLine,
          },
          gain: { text: 'Dead rows are removed and statistics stay fresh by themselves' },
          fix: turnOn(setting, server, catalog),
        },
      ];
    });
  },
});

/** track_counts can be off for one database or role only; then the server's own value needs no change. */
function turnOn(setting: SettingFact, server: ServerFact, catalog: Catalog): Fix {
  const database = quoteIdentifier(server.database);
  const role = quoteIdentifier(server.role);
  const target = {
    database: `ALTER DATABASE ${database}`,
    user: `ALTER ROLE ${role}`,
    'database user': `ALTER ROLE ${role} IN DATABASE ${database}`,
  }[setting.source];
  if (!target) return setServerSetting(setting.name, 'on', catalog, server.provider);
  return statementFix({
    title: `Reset ${setting.name} (set for this ${setting.source})`,
    sql: [`${target} RESET ${quoteIdentifier(setting.name)}`],
    undo: [`${target} SET ${quoteIdentifier(setting.name)} = off`],
    risk: 'R4',
    lock: 'none',
    lockInWords: 'No table is locked. New sessions get the server-wide value.',
  });
}
