import { describe, expect, it } from 'vitest';
import type { Facts, SettingFact } from '#shared/model/facts.ts';
import type { Machine } from '#shared/model/settings.ts';
import { Catalog } from '#engine/audit/catalog.ts';
import { settingAdvice } from './advice.ts';

/** Name, value, unit; as shipped with 17. */
const SHIPPED: readonly (readonly [string, string, string | null])[] = [
  ['shared_buffers', '16384', '8kB'],
  ['effective_cache_size', '524288', '8kB'],
  ['work_mem', '4096', 'kB'],
  ['max_connections', '100', null],
  ['maintenance_work_mem', '65536', 'kB'],
  ['autovacuum_max_workers', '3', null],
  ['max_wal_size', '1024', 'MB'],
  ['checkpoint_completion_target', '0.9', null],
  ['random_page_cost', '4', null],
  ['effective_io_concurrency', '1', null],
  ['max_parallel_workers_per_gather', '2', null],
  ['jit', 'on', null],
  ['huge_pages', 'try', null],
];

const SIZES: Readonly<Record<string, number>> = { kB: 1024, '8kB': 8192, MB: 1024 ** 2, GB: 1024 ** 3 };

function adviceFor(machine: Machine, changed: Readonly<Record<string, string>> = {}, versionNum = 170_000) {
  const settings = SHIPPED.map(
    ([name, setting, unit]): SettingFact => ({
      name,
      setting: inUnit(changed[name], unit) ?? setting,
      unit,
      source: changed[name] === undefined ? 'default' : 'configuration file',
      bootValue: setting,
      context: 'sighup',
      sourceFile: null,
      sourceLine: null,
      pendingRestart: false,
    }),
  );
  const server = { versionNum, provider: 'self-managed' } as Facts['server'];
  const facts = { server, settings };
  return settingAdvice(facts, new Catalog(facts), machine);
}

/** As pg_settings would show it. */
function inUnit(written: string | undefined, unit: string | null): string | undefined {
  const match = /^(\d+)(MB|GB)$/.exec(written ?? '');
  if (!match || unit === null) return written;
  return String((Number(match[1]) * (SIZES[match[2] ?? ''] ?? 1)) / (SIZES[unit] ?? 1));
}

const MACHINES = [0.25, 0.5, 1, 2, 3, 4, 7.5, 16, 61, 256, 1024, 65_536].flatMap((memoryGb) =>
  [1, 2, 3, 8, 64, 4_096].flatMap((cpus) =>
    (['ssd', 'hdd', 'network'] as const).flatMap((disk) =>
      (['web', 'mixed', 'analytics'] as const).map(
        (workload): Machine => ({ memoryGb, cpus, disk, workload }),
      ),
    ),
  ),
);

describe.each([140_000, 180_000])('advice on version %i', (versionNum) => {
  it('comes to an end: what was advised is never advised again', () => {
    for (const machine of MACHINES) {
      let values: Record<string, string> = {};
      for (let round = 0; round < 3; round += 1) {
        const advice = adviceFor(machine, values, versionNum);
        for (const one of advice) {
          expect([machine, one.name, values[one.name]]).toEqual([machine, one.name, undefined]);
          expect(one.now).not.toBe(one.advised);
        }
        values = { ...values, ...Object.fromEntries(advice.map((a) => [a.name, a.advised])) };
      }
      expect([machine, adviceFor(machine, values, versionNum)]).toEqual([machine, []]);
    }
  });

  it('never gives more memory than there is', () => {
    for (const machine of MACHINES) {
      for (const { name, advised } of adviceFor(machine, {}, versionNum)) {
        const match = /^(\d+)(MB|GB)$/.exec(advised);
        if (!match || name === 'max_wal_size') continue;
        const bytes = Number(match[1]) * (SIZES[match[2] ?? ''] ?? 1);
        expect([machine, name, bytes <= machine.memoryGb * 1024 ** 3]).toEqual([machine, name, true]);
      }
    }
  });
});

const BIG: Machine = { memoryGb: 256, cpus: 32, disk: 'ssd', workload: 'mixed' };

it('knows that VACUUM uses no more than 1 GB before 17', () => {
  const of = (versionNum: number) =>
    adviceFor(BIG, {}, versionNum).find((a) => a.name === 'maintenance_work_mem')?.advised;
  expect([of(160_000), of(170_000)]).toEqual(['1GB', '2GB']);
});

it('says nothing of a value within a factor of two', () => {
  const names = adviceFor(BIG, { shared_buffers: '12GB', effective_cache_size: '120GB' }).map((a) => a.name);
  expect(names).not.toContain('shared_buffers');
  expect(names).not.toContain('effective_cache_size');
});
