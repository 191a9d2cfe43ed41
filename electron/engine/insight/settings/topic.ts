import { z } from 'zod';
import type { FactName } from '#shared/model/facts.ts';
import type { Insight } from '#shared/model/insight.ts';
import type { Machine, SettingsDiff, SettingsOverview } from '#shared/model/settings.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { Catalog } from '#engine/audit/catalog.ts';
import { list, textOrNull } from '#engine/collect/decode.ts';
import type { Abortable } from '#engine/engine.ts';
import type { ReadSession } from '#engine/postgres/read-session.ts';
import { type InsightContext, insightOf, type InsightRequest } from '../context.ts';
import { settingAdvice } from './advice.ts';
import { type DiffSide, settingsDiff } from './diff.ts';
import { layersOf } from './effective.ts';
import { type Description, fileProblems, settingRow } from './rows.ts';
import { rangeOf, shownValue, type SettingType } from './values.ts';

const NEEDS: readonly FactName[] = ['settings', 'roleSettings', 'fileSettings'];
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
      const side = async (connectionId: string): Promise<DiffSide> => {
        const { snapshot } = await context.facts({ connectionId }, NEEDS, options);
        return {
          label: (await context.identity(connectionId, options)).label,
          facts: snapshot.facts,
          descriptions: await descriptions(connectionId, options),
        };
      };
      return settingsDiff(await side(request.connectionId), await side(request.otherConnectionId));
    },
  };
}

function overviewOf(
  snapshot: Snapshot,
  descriptions: ReadonlyMap<string, Description>,
  machine: Machine | null,
): SettingsOverview {
  const { facts } = snapshot;
  const files = facts.fileSettings ? fileProblems(facts.fileSettings) : null;
  const overridden = Map.groupBy(files?.overridden ?? [], (line) => line.name.toLowerCase());
  const layers = layersOf(facts);
  const rows = (facts.settings ?? []).map((s) => settingRow(s, { layers, descriptions, overridden }));
  const byName = new Map(rows.map((row) => [row.name, row]));
  const units = new Map((facts.settings ?? []).map((s) => [s.name, s.unit]));
  return {
    settings: rows,
    changed: rows.filter((row) => row.isChanged).length,
    database: facts.server.database,
    overrides: (facts.roleSettings ?? []).flatMap(({ role, database, settings }) =>
      Object.entries(settings).map(([name, value]) => ({
        role,
        database,
        name,
        value: shownValue(value, units.get(name) ?? null, descriptions.get(name)?.type ?? 'string'),
        otherwise: byName.get(name)?.value ?? null,
      })),
    ),
    files,
    advice: machine === null ? [] : settingAdvice(facts, new Catalog(facts), machine),
    machine,
  };
}

async function readDescriptions(
  session: ReadSession,
  { signal }: Abortable,
): Promise<ReadonlyMap<string, Description>> {
  const rows = await session.read(
    'setting descriptions',
    (transaction) =>
      transaction.rows(`SELECT name, category, short_desc, extra_desc, vartype, unit, min_val, max_val, enumvals
        FROM pg_catalog.pg_settings`),
    { signal },
  );
  return new Map(
    rows.map(([name, category, text, extra, type, unit, least, most, choices]) => [
      String(name),
      {
        category: String(category),
        text: [text, extra].filter((part) => typeof part === 'string' && part !== '').join(' '),
        type: String(type) as SettingType,
        range: rangeOf(String(type) as SettingType, {
          unit: textOrNull(unit),
          least: textOrNull(least),
          most: textOrNull(most),
          choices: list(choices),
        }),
      },
    ]),
  );
}
