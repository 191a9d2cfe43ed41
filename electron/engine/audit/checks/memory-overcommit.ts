import { formatBytes } from '#shared/model/format.ts';
import type { Catalog } from '#engine/audit/catalog.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { guidedFix } from '#engine/audit/fixes.ts';
import { setServerSetting } from '#engine/audit/setting-fixes.ts';
import { settingRef } from '#engine/audit/object-refs.ts';
import { serverWideSetting, settingBytes } from '#engine/audit/server-settings.ts';

const MIN_WORK_MEM_BYTES = 1024 ** 2;

export const memoryOvercommit = defineCheck({
  id: 'memory-overcommit',
  title: 'Settings allow more memory than the machine has',
  category: 'configuration',
  topic: 'config',
  severity: 'medium',
  why: 'work_mem counts for each sort or hash of each session. When many run at once and memory runs out, the operating system kills a server process, and PostgreSQL restarts with every session cut off.',
  rule: 'Low where shared_buffers + max_connections × work_mem × hash_mem_multiplier + autovacuum workers × maintenance memory exceeds 90 % of the RAM, medium from 150 %. SQL cannot see the RAM: enter it as the threshold serverMemoryBytes; 0 means unknown, and the check then says that it could not judge.',
  remedy:
    'Lower work_mem for the server and raise it for the roles that need it, or lower max_connections and use a pooler.',
  docs: 'https://www.postgresql.org/docs/current/runtime-config-resource.html#RUNTIME-CONFIG-RESOURCE-MEMORY',
  needs: ['settings'],
  thresholds: { serverMemoryBytes: 0, lowPercent: 90, mediumPercent: 150 },
  evaluate({ server, roleSettings }, { catalog, limit }) {
    const memory = readMemory(catalog);
    if (!memory) {
      const reason =
        'The server-wide memory settings are not readable: settings of our own role or session hide them.';
      return { findings: [], unknown: [{ reason, grant: null }] };
    }
    const serverMemoryBytes = limit('serverMemoryBytes');
    if (serverMemoryBytes <= 0) {
      const reason = `The settings allow up to ${formatBytes(memory.sumBytes)}; how much memory the server has cannot be read with SQL. Enter it as the threshold serverMemoryBytes of memory-overcommit.`;
      return { findings: [], unknown: [{ reason, grant: null }] };
    }
    const sharePercent = Math.round((memory.sumBytes / serverMemoryBytes) * 100);
    if (sharePercent <= limit('lowPercent')) return [];
    const fitting = fittingWorkMem(memory, (serverMemoryBytes * limit('lowPercent')) / 100);
    return [
      {
        severity: sharePercent >= limit('mediumPercent') ? 'medium' : 'low',
        confidence: 'likely',
        confidenceReason:
          'The settings are certain; that every session uses its whole share at once is the worst case, and one statement may use several shares.',
        object: settingRef('work_mem'),
        message: `Memory settings allow ${formatBytes(memory.sumBytes)}, which is ${sharePercent} % of the ${formatBytes(serverMemoryBytes)} entered as RAM.`,
        evidence: {
          serverMemoryBytes,
          sumBytes: memory.sumBytes,
          sharePercent,
          sharedBuffersBytes: memory.sharedBuffersBytes,
          maxConnections: memory.maxConnections,
          workMemBytes: memory.workMemBytes,
          hashMemMultiplier: memory.hashMemMultiplier,
          autovacuumWorkers: memory.workers,
          maintenanceBytesPerWorker: memory.maintenanceBytes,
          rolesWithOwnWorkMem: (roleSettings ?? []).flatMap((s) =>
            s.settings['work_mem'] === undefined
              ? []
              : [`${s.role ?? 'all roles'}: ${s.settings['work_mem']}`],
          ),
        },
        gain: { text: 'No restart of the server for lack of memory' },
        fix:
          fitting >= MIN_WORK_MEM_BYTES
            ? setServerSetting('work_mem', `${Math.floor(fitting / 1024)}kB`, catalog, server.provider, [
                'Sorts and hashes that do not fit spill to temporary files; raise work_mem for single roles or statements where that hurts.',
              ])
            : guidedFix('Lower max_connections and put a pooler in front', [
                `Even 1 MB of work_mem does not fit for ${memory.maxConnections} connections.`,
                'Lower shared_buffers or max_connections; both need a restart of the server.',
              ]),
      },
    ];
  },
});

interface Memory {
  readonly sharedBuffersBytes: number;
  readonly maxConnections: number;
  readonly workMemBytes: number;
  readonly hashMemMultiplier: number;
  readonly workers: number;
  readonly maintenanceBytes: number;
  readonly sumBytes: number;
}

function readMemory(catalog: Catalog): Memory | null {
  const bytes = (name: string): number | null => settingBytes(catalog.setting(name));
  const count = (name: string): number | null => {
    const value = serverWideSetting(catalog.setting(name));
    return value === null ? null : Number(value);
  };
  const sharedBuffersBytes = bytes('shared_buffers');
  const workMemBytes = bytes('work_mem');
  const maintenance = bytes('maintenance_work_mem');
  const ofAutovacuum = bytes('autovacuum_work_mem');
  const maxConnections = count('max_connections');
  const hashMemMultiplier = count('hash_mem_multiplier');
  const workers = count('autovacuum_max_workers');
  // −1 = as maintenance_work_mem.
  const maintenanceBytes = ofAutovacuum === null || ofAutovacuum < 0 ? maintenance : ofAutovacuum;
  if (sharedBuffersBytes === null || workMemBytes === null || maintenanceBytes === null) return null;
  if (maxConnections === null || hashMemMultiplier === null || workers === null) return null;
  const sumBytes =
    sharedBuffersBytes + maxConnections * workMemBytes * hashMemMultiplier + workers * maintenanceBytes;
  return {
    sharedBuffersBytes,
    maxConnections,
    workMemBytes,
    hashMemMultiplier,
    workers,
    maintenanceBytes,
    sumBytes,
  };
}

function fittingWorkMem(memory: Memory, budgetBytes: number): number {
  const left = budgetBytes - memory.sharedBuffersBytes - memory.workers * memory.maintenanceBytes;
  return left / (memory.maxConnections * memory.hashMemMultiplier);
}
