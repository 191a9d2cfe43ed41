import { z } from 'zod';
import type { FactName } from '#shared/model/facts.ts';
import type { Insight } from '#shared/model/insight.ts';
import type { Machine, SettingsDiff, SettingsOverview } from '#shared/model/settings.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { Catalog } from '#engine/audit/catalog.ts';
import type { Abortable } from '#engine/engine.ts';
import type { ReadSession } from '#engine/postgres/read-session.ts';
import { type InsightContext, insightOf, type InsightRequest } from '../context.ts';
import { settingAdvice } from './advice.ts';
import { type Description, settingRow, withUnit } from './rows.ts';

const NEEDS: readonly FactName[] = ['settings', 'roleSettings', 'fileSettingErrors'];
const TOPIC = 'machine';
const machineSchema: z.ZodType<Machine> = z.strictObject({
  memoryGb: z.number(),
  cpus: z.number(),
  disk: z.enum(['ssd', 'hdd', 'network']),
  workload: z.enum(['web', 'mixed', 'analytics']),
});

/** Which settings are wrong for this machine? */
export function settingsTopic(context: InsightContext) {
  /** They never change while a server runs, and no check needs them: asked once per connection. */
  const described = new Map<string, ReadonlyMap<string, Description>>();
  const descriptions = async (connectionId: string, options: Abortable) => {
    const known = described.get(connectionId);
    if (known) return known;
    const read = await context.withSession(connectionId, (s) => readDescriptions(s, options), options);
    described.set(connectionId, read);
    return read;
  };
  return {
    overview: async (request: InsightRequest, options: Abortable): Promise<Insight<SettingsOverview>> => {
      const view = await context.facts(request, NEEDS, options);
      const texts = await descriptions(request.connectionId, options);
      const database = await context.identity(request.connectionId, options);
      const machine = context.profiles.read(database, TOPIC, machineSchema);
      return insightOf(view, (snapshot) => overviewOf(snapshot, texts, machine));
    },
    setMachine: async (
      request: { connectionId: string; machine: Machine },
      options: Abortable,
    ): Promise<void> =>
      context.profiles.write(await context.identity(request.connectionId, options), TOPIC, request.machine),
    diff: async (
      request: { connectionId: string; otherConnectionId: string },
      options: Abortable,
    ): Promise<SettingsDiff> => {
      const [here, there] = await Promise.all(
        [request.connectionId, request.otherConnectionId].map(async (connectionId) => ({
          label: (await context.identity(connectionId, options)).label,
          settings: (await context.facts({ connectionId }, NEEDS, options)).snapshot.facts.settings ?? [],
        })),
      );
      return diffOf(here ?? NOTHING, there ?? NOTHING);
    },
  };
}

type Side = { readonly label: string; readonly settings: NonNullable<Snapshot['facts']['settings']> };
const NOTHING: Side = { label: '', settings: [] };

function overviewOf(
  snapshot: Snapshot,
  texts: ReadonlyMap<string, Description>,
  machine: Machine | null,
): SettingsOverview {
  const { facts } = snapshot;
  const rows = (facts.settings ?? []).map((setting) => settingRow(setting, texts.get(setting.name)));
  return {
    settings: rows,
    pendingRestart: rows.filter((row) => row.isPending).length,
    changed: rows.filter((row) => row.isChanged).length,
    overrides: (facts.roleSettings ?? []).flatMap(({ role, database, settings }) =>
      Object.entries(settings).map(([name, value]) => ({ role, database, name, value })),
    ),
    fileErrors: (facts.fileSettingErrors ?? []).map(({ file, line, name, error }) => ({
      place: `${file.split('/').at(-1)}:${line}`,
      name,
      error,
    })),
    advice: machine === null ? [] : settingAdvice(facts, new Catalog(facts), machine),
    machine,
  };
}

/** What says where a server lives differs everywhere and tells nothing. */
const PLACES =
  /(?:_directory|_directories|_file|_command|cluster_name|port|listen_addresses)$|^server_version|^pgvitals/;

function diffOf(here: Side, there: Side): SettingsDiff {
  const left = new Map(here.settings.map((s) => [s.name, withUnit(s.setting, s.unit)]));
  const right = new Map(there.settings.map((s) => [s.name, withUnit(s.setting, s.unit)]));
  const names = [...new Set([...left.keys(), ...right.keys()])].filter((name) => !PLACES.test(name)).sort();
  return {
    here: here.label,
    there: there.label,
    compared: names.length,
    rows: names
      .filter((name) => left.get(name) !== right.get(name))
      .map((name) => ({ name, here: left.get(name) ?? null, there: right.get(name) ?? null })),
  };
}

async function readDescriptions(
  session: ReadSession,
  { signal }: Abortable,
): Promise<ReadonlyMap<string, Description>> {
  const rows = await session.read(
    'setting descriptions',
    (transaction) => transaction.rows('SELECT name, category, short_desc FROM pg_catalog.pg_settings'),
    { signal },
  );
  return new Map(
    rows.map(([name, category, text]) => [String(name), { category: String(category), text: String(text) }]),
  );
}
