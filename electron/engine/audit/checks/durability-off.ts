import type { Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { setServerSetting } from '#engine/audit/setting-fixes.ts';

const SETTINGS = ['fsync', 'full_page_writes'] as const;

export const durabilityOff = defineCheck({
  id: 'durability-off',
  title: 'A crash of the machine can destroy the data',
  category: 'configuration',
  topic: 'config',
  severity: 'critical',
  why: 'With fsync or full_page_writes off, PostgreSQL no longer makes sure that data is on disk in one piece. After a power cut or an operating system crash the files can be damaged beyond repair.',
  rule: 'Critical where fsync or full_page_writes is off. Silent on providers whose storage replaces these guarantees.',
  remedy:
    'Turn the setting on. If writes are then too slow, synchronous_commit = off loses at most the last moments instead of everything.',
  docs: 'https://www.postgresql.org/docs/current/runtime-config-wal.html#GUC-FSYNC',
  needs: ['settings'],
  thresholds: {},
  evaluate({ server }, { catalog }) {
    // Aurora and Neon report these as off because their storage layer does the work itself.
    if (server.provider === 'aurora' || server.provider === 'neon') {
      return { notApplicable: 'The storage of this provider replaces fsync and full_page_writes.' };
    }
    return SETTINGS.flatMap((name): Draft[] => {
      const setting = catalog.setting(name);
      if (setting?.setting !== 'off') return [];
      return [
        {
          severity: 'critical',
          confidence: 'certain',
          confidenceReason: 'Read from the running server.',
          object: { kind: 'setting', oid: 0, schema: null, name, table: null },
          message: `${name} is off: a crash of the machine can damage the whole cluster.`,
          evidence: {
            setting: setting.setting,
            source: setting.source,
            sourceFile: setting.sourceFile,
            sourceLine: setting.sourceLine,
          },
          gain: { text: 'Survives power cuts and operating system crashes' },
          fix: setServerSetting(name, 'on', catalog, server.provider),
        },
      ];
    });
  },
});
