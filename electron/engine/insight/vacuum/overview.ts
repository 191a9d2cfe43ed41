import type { ActionRequest } from '#shared/model/plan-request.ts';
import type { SettingFact } from '#shared/model/facts.ts';
import { formatCount, formatPercent } from '#shared/model/format.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import type { HolderRow, VacuumOverview, VacuumSetting, VacuumTableRow } from '#shared/model/vacuum.ts';
import { autovacuumTrigger } from '#engine/audit/autovacuum-trigger.ts';
import type { Catalog } from '#engine/audit/catalog.ts';
import { setServerSetting } from '#engine/audit/setting-fixes.ts';
import { ID_LIMIT } from '#engine/audit/freeze-ladder.ts';
import { fixOfHolder } from '#engine/audit/holder-fixes.ts';
import { hotPercent, leaveRoom, roomOptions } from '#engine/audit/hot-updates.ts';
import { changeTableOptions } from '#engine/audit/table-options.ts';
import { type XminHolder, xminHolders } from '#engine/audit/xmin-holders.ts';
import { progressRows } from '../progress.ts';
import { withUnit } from '../settings/values.ts';
import { pgstattupleState } from './bloat.ts';
import { failsafeAges } from './freeze.ts';
import type { Since } from './pace.ts';
import { partitionTrees } from './partition-sums.ts';
import { recentWork } from './recent.ts';
import {
  catalogOf,
  lacksHot,
  optionsRequest,
  tableRows,
  tunedOptions,
  vacuumedTables,
  whyRoom,
} from './tables.ts';

const WORDS = /^autovacuum|^vacuum_|^maintenance_work_mem$|^log_autovacuum|^track_counts$/;
const MOST_ADVICE = 20;

/** Everything of the page but its long lists; pure over one snapshot and the sample before it. */
export function vacuumOverview(snapshot: Snapshot, since: Since | null): VacuumOverview {
  const { facts } = snapshot;
  const catalog = catalogOf(snapshot);
  const rows = tableRows(snapshot, since);
  const own = facts.databases?.find((d) => d.oid === facts.server.databaseOid);
  const count = (is: (row: (typeof rows)[number]) => boolean): number => rows.filter(is).length;
  const workers = (facts.activity ?? []).filter((a) => a.backendType === 'autovacuum worker');
  return {
    figures: {
      tables: rows.length,
      partitionedTables: partitionTrees(snapshot).size,
      liveRows: rows.reduce((sum, row) => sum + row.liveRows, 0),
      deadRows: rows.reduce((sum, row) => sum + row.deadRows, 0),
      byLevel: {
        none: count((row) => row.level === 'none'),
        moderate: count((row) => row.level === 'moderate'),
        high: count((row) => row.level === 'high'),
        critical: count((row) => row.level === 'critical'),
      },
      overTrigger: count((row) => row.next.state === 'due'),
      switchedOff: count((row) => row.next.state === 'off for this table'),
      workers: workers.length,
      workersMax: catalog.numericSetting('autovacuum_max_workers'),
      freezeShare: (own?.frozenXidAge ?? 0) / ID_LIMIT,
    },
    databases: (facts.databases ?? [])
      .map((d) => ({
        name: d.name,
        xidAge: d.frozenXidAge,
        mxidAge: d.minMxidAge,
        xidLimit: catalog.numericSetting('autovacuum_freeze_max_age') ?? 200_000_000,
        mxidLimit: catalog.numericSetting('autovacuum_multixact_freeze_max_age') ?? 400_000_000,
      }))
      .sort((a, b) => b.xidAge - a.xidAge),
    failsafe: failsafeAges(catalog),
    holders: xminHolders(facts).map((holder) => holderRow(holder, facts.server.database)),
    settings: (facts.settings ?? []).filter((s) => WORDS.test(s.name)).map(settingRow),
    overrides: vacuumedTables(snapshot).flatMap((table) => {
      const options = Object.entries(table.options).filter(([name]) => /^(?:toast\.)?autovacuum_/.test(name));
      if (options.length === 0) return [];
      return [
        {
          oid: table.oid,
          table: catalog.label(table),
          options: options.map(([name, value]) => `${name} = ${value}`).join(', '),
        },
      ];
    }),
    advice: adviceOf(snapshot, catalog, rows),
    running: progressRows(facts).filter((p) => /^(?:VACUUM|ANALYZE|CLUSTER|REPACK)/.test(p.command)),
    recent: recentWork(snapshot, since),
    pgstattuple: pgstattupleState(snapshot),
  };
}

function holderRow(holder: XminHolder, database: string): HolderRow {
  const { label, ageXids, ageMs } = holder;
  return {
    label,
    ageXids,
    ageMs,
    database: holder.database,
    fix: fixOfHolder(holder, database),
    request: requestOf(holder, database),
  };
}

/** What ends it from here: a prepared transaction only in its own database, a slot only while nobody uses it. */
function requestOf(holder: XminHolder, database: string): ActionRequest | null {
  switch (holder.kind) {
    case 'session': {
      const { pid, backendStartedAt } = holder.session;
      return { verb: 'end-session', pid, backendStartedAt };
    }
    case 'slot':
      return holder.slot.isActive ? null : { verb: 'drop-slot', name: holder.slot.name };
    case 'prepared':
      return holder.prepared.database === database
        ? { verb: 'rollback-prepared', gid: holder.prepared.gid }
        : null;
    case 'standby':
      return null;
  }
}

function settingRow(setting: SettingFact): VacuumSetting {
  return {
    name: setting.name,
    value: withUnit(setting.setting, setting.unit),
    standard: setting.bootValue === null ? null : withUnit(setting.bootValue, setting.unit),
    isChanged: setting.setting !== setting.bootValue,
    source: setting.sourceFile
      ? `${setting.sourceFile.split('/').at(-1)}:${setting.sourceLine}`
      : setting.source,
  };
}

/** Changes that pay by the numbers at hand; none where the server is set up well. */
function adviceOf(
  snapshot: Snapshot,
  catalog: Catalog,
  rows: readonly VacuumTableRow[],
): VacuumOverview['advice'] {
  const { server } = snapshot.facts;
  const advice: VacuumOverview['advice'][number][] = [];
  const system = (name: string, value: string, reason: string): void => {
    advice.push({
      title: `${name} = ${value}`,
      reason,
      fix: setServerSetting(name, value, catalog, server.provider),
      request: { verb: 'server-setting', name, value },
    });
  };
  if (catalog.setting('autovacuum')?.setting === 'off')
    system('autovacuum', 'on', 'Without it dead rows stay, and transaction ids run out in the end.');
  if (catalog.setting('track_counts')?.setting === 'off')
    system('track_counts', 'on', 'Autovacuum sees changes through these counters only.');
  const due = rows.filter((row) => row.next.state === 'due').length;
  const workers = catalog.numericSetting('autovacuum_max_workers');
  if (workers !== null && due > workers * 5) {
    system(
      'autovacuum_vacuum_cost_limit',
      '2000',
      `${formatCount(due)} tables wait for ${formatCount(workers)} workers, which share the cost limit: raise it before the number of workers.`,
    );
  }
  const memory = catalog.setting('maintenance_work_mem');
  const largest = Math.max(0, ...vacuumedTables(snapshot).map((t) => t.sizeBytes));
  if (memory && Number(memory.setting) <= 65_536 && largest > 10 * 1024 ** 3 && server.versionNum < 170000) {
    system(
      'maintenance_work_mem',
      '1GB',
      'Before 17 a VACUUM that runs out of this memory scans all indexes of the table once more.',
    );
  }
  for (const table of vacuumedTables(snapshot)) {
    const trigger = autovacuumTrigger(table, catalog, server.versionNum);
    const options = tunedOptions(table, trigger.deadRows);
    if (!options || !trigger.isEnabled) continue;
    advice.push({
      title: `Visit ${catalog.label(table)} sooner`,
      reason: `Autovacuum waits for ${formatCount(trigger.deadRows)} dead rows there (${trigger.formula()}).`,
      fix: changeTableOptions(table, options, catalog),
      request: optionsRequest(table, options),
    });
  }
  for (const table of vacuumedTables(snapshot).filter(lacksHot)) {
    advice.push({
      title: `Leave room for updates on the pages of ${catalog.label(table)}`,
      reason: `Only ${formatPercent(hotPercent(table) ?? 0)} of its ${formatCount(table.updated)} updates were HOT: all others wrote to every index. ${whyRoom(table)}`,
      fix: leaveRoom(table, catalog),
      request: optionsRequest(table, roomOptions(table)),
    });
  }
  return advice.slice(0, MOST_ADVICE);
}
