import type { Facts } from '#shared/model/facts.ts';
import { formatBytes } from '#shared/model/format.ts';
import type { Machine, SettingAdvice } from '#shared/model/settings.ts';
import type { Catalog } from '#engine/audit/catalog.ts';
import { setServerSetting } from '#engine/audit/setting-fixes.ts';
import { serverWideSetting, settingBytes } from '#engine/audit/server-settings.ts';

const GB = 1024 ** 3;
const MB = 1024 ** 2;
/** A little less than the 2³¹ blocks of 8 kB that the setting can name. */
const MOST_CACHE_BYTES = 15 * 1024 * GB;

/** One rule: what it would set, or null where the setting is fine or not to be seen. */
interface Rule {
  readonly name: string;
  advise(server: Server): { readonly value: string; readonly reason: string } | null;
}

interface Server {
  readonly machine: Machine;
  readonly memoryBytes: number;
  readonly versionNum: number;
  /** A size setting in bytes; null where it cannot be told. */
  bytes(name: string): number | null;
  number(name: string): number | null;
  text(name: string): string | null;
  /** The value that PostgreSQL was built with. */
  builtIn(name: string): string | null;
}

/**
 * Settings that do not fit the machine, each with its reason. Rules: PostgreSQL's own documentation of the resource and
 * planner settings (https://www.postgresql.org/docs/current/runtime-config-resource.html, …-query.html, …-wal.html).
 * Within a factor of two of the rule a value counts as chosen on purpose.
 */
export function settingAdvice(
  facts: Partial<Facts> & Pick<Facts, 'server'>,
  catalog: Catalog,
  machine: Machine,
): SettingAdvice[] {
  const server: Server = {
    machine,
    memoryBytes: machine.memoryGb * GB,
    versionNum: facts.server.versionNum,
    bytes: (name) => settingBytes(catalog.setting(name)),
    number: (name) => {
      const value = serverWideSetting(catalog.setting(name));
      return value === null || value === '' ? null : Number(value);
    },
    text: (name) => serverWideSetting(catalog.setting(name)),
    builtIn: (name) => catalog.setting(name)?.bootValue ?? null,
  };
  return RULES.flatMap((rule) => {
    const advice = rule.advise(server);
    const setting = catalog.setting(rule.name);
    if (!advice || !setting) return [];
    const now = settingBytes(setting);
    return [
      {
        name: rule.name,
        now: now !== null && now > 0 ? formatBytes(now) : setting.setting,
        advised: advice.value,
        reason: advice.reason,
        fix: setServerSetting(rule.name, advice.value, catalog, facts.server.provider),
      },
    ];
  });
}

const RULES: readonly Rule[] = [
  {
    name: 'shared_buffers',
    advise: ({ bytes, memoryBytes }) => {
      const now = bytes('shared_buffers');
      const wanted = Math.min(memoryBytes / 4, 16 * GB);
      if (now === null || memoryBytes < GB) return null;
      if (now < wanted / 2)
        return {
          value: size(wanted),
          reason: `A quarter of the RAM is a good start for a machine that runs only PostgreSQL; it is ${percentOf(now, memoryBytes)} now.`,
        };
      if (now > memoryBytes * 0.5)
        return {
          value: size(wanted),
          reason: `Above about 40 % of the RAM the cache of the operating system loses more than this one gains; it is ${percentOf(now, memoryBytes)} now.`,
        };
      return null;
    },
  },
  {
    name: 'effective_cache_size',
    advise: ({ bytes, memoryBytes }) => {
      const now = bytes('effective_cache_size');
      const wanted = Math.min(memoryBytes * 0.7, MOST_CACHE_BYTES);
      if (now === null || (now > wanted / 2 && now < memoryBytes * 1.1)) return null;
      return {
        value: size(wanted),
        reason:
          'Tells the planner how much of an index is probably cached. It takes no memory; too small a value makes it avoid indexes.',
      };
    },
  },
  {
    name: 'work_mem',
    advise: ({ bytes, number, memoryBytes, machine }) => {
      const now = bytes('work_mem');
      const connections = number('max_connections');
      const buffers = bytes('shared_buffers');
      if (now === null || connections === null || buffers === null) return null;
      const perSession = (memoryBytes * 0.9 - buffers) / connections / 2;
      if (now > perSession * 2)
        return {
          value: size(Math.max(MB, perSession)),
          reason: `${connections} sessions that each sort or hash at once would take ${formatBytes(now * 2 * connections)} beside shared_buffers: more than the RAM.`,
        };
      const useful = machine.workload === 'analytics' ? 64 * MB : 16 * MB;
      if (now < useful / 2 && perSession > useful)
        return {
          value: size(useful),
          reason: 'There is room: fewer sorts and hashes spill to disk.',
        };
      return null;
    },
  },
  {
    name: 'maintenance_work_mem',
    advise: ({ bytes, number, memoryBytes, versionNum }) => {
      const now = bytes('maintenance_work_mem');
      const workers = number('autovacuum_max_workers') ?? 3;
      // Before 17 VACUUM cannot use more than 1 GB of it.
      const wanted = Math.min(memoryBytes / 16, versionNum >= 170_000 ? 2 * GB : GB);
      if (now === null || wanted < 128 * MB || now >= wanted / 2) return null;
      return {
        value: size(wanted),
        reason: `Index builds and VACUUM use it; ${workers} autovacuum workers may each take as much.`,
      };
    },
  },
  {
    name: 'max_wal_size',
    advise: ({ bytes, machine }) => {
      const now = bytes('max_wal_size');
      const wanted = machine.workload === 'web' ? 4 * GB : 16 * GB;
      if (now === null || now >= wanted / 2) return null;
      return {
        value: size(wanted),
        reason:
          'Checkpoints that come because this is full, and not because it is time, write whole pages again and again. Needs as much disk.',
      };
    },
  },
  {
    name: 'checkpoint_completion_target',
    advise: ({ number }) => {
      const now = number('checkpoint_completion_target');
      return now !== null && now < 0.8
        ? { value: '0.9', reason: 'Spreads the writes of a checkpoint over the time until the next one.' }
        : null;
    },
  },
  {
    name: 'random_page_cost',
    advise: ({ number, machine }) => {
      const now = number('random_page_cost');
      if (now === null) return null;
      if (machine.disk !== 'hdd' && now > 2)
        return {
          value: '1.1',
          reason:
            'On this disk a random read costs hardly more than the next one; 4 is for spinning disks and keeps the planner from indexes.',
        };
      if (machine.disk === 'hdd' && now < 2)
        return { value: '4', reason: 'A spinning disk moves its head for each random read.' };
      return null;
    },
  },
  {
    name: 'effective_io_concurrency',
    advise: ({ number, machine, builtIn }) => {
      const now = number('effective_io_concurrency');
      // Where the system cannot read ahead PostgreSQL is built with 0, and takes nothing else.
      if (builtIn('effective_io_concurrency') === '0') return null;
      return now !== null && machine.disk !== 'hdd' && now < 16
        ? { value: machine.disk === 'network' ? '64' : '200', reason: 'This disk serves many reads at once.' }
        : null;
    },
  },
  {
    name: 'max_parallel_workers_per_gather',
    advise: ({ number, machine }) => {
      const now = number('max_parallel_workers_per_gather');
      const wanted = Math.max(1, Math.min(8, Math.floor(machine.cpus / 2)));
      return now !== null && machine.workload === 'analytics' && now < wanted
        ? { value: String(wanted), reason: `Large reads may use more of the ${machine.cpus} CPUs.` }
        : null;
    },
  },
  {
    name: 'jit',
    advise: ({ text, machine }) =>
      text('jit') === 'on' && machine.workload === 'web'
        ? {
            value: 'off',
            reason: 'Compiling pays for long analytical queries; on short ones it costs more than it saves.',
          }
        : null,
  },
  {
    name: 'huge_pages',
    advise: ({ text, bytes }) =>
      text('huge_pages') === 'off' && (bytes('shared_buffers') ?? 0) >= 8 * GB
        ? {
            value: 'try',
            reason: 'With so large a cache, page tables of small pages take memory in every session.',
          }
        : null,
  },
];

/** In the largest unit that keeps it whole. */
function size(bytes: number): string {
  const mb = Math.max(1, Math.round(bytes / MB));
  return mb >= 1024 && mb % 1024 === 0
    ? `${mb / 1024}GB`
    : mb > 8192
      ? `${Math.round(mb / 1024)}GB`
      : `${mb}MB`;
}

function percentOf(bytes: number, all: number): string {
  return `${Math.round((bytes / all) * 100)} %`;
}
