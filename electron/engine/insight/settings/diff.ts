import type { Facts } from '#shared/model/facts.ts';
import type { SettingsDiff, SettingSide } from '#shared/model/settings.ts';
import { effective, layersOf } from './effective.ts';
import type { Description } from './rows.ts';
import { isSameValue, type SettingType } from './values.ts';

export interface DiffSide {
  readonly label: string;
  readonly facts: Partial<Facts> & Pick<Facts, 'server'>;
  readonly descriptions: ReadonlyMap<string, Description>;
}

/** What says where a server lives differs everywhere and tells nothing. */
const PLACES =
  /(?:_directory|_directories|_file|_command|cluster_name|port|listen_addresses)$|^server_version|^pgvitals/;

/** Every setting of two servers, by what other sessions get there: units and spelling do not count. */
export function settingsDiff(here: DiffSide, there: DiffSide): SettingsDiff {
  const [left, right] = [valuesOf(here), valuesOf(there)];
  const all = [...new Set([...left.keys(), ...right.keys()])];
  const names = all.filter((name) => !PLACES.test(name)).sort();
  return {
    here: here.label,
    there: there.label,
    leftOut: all.length - names.length,
    rows: names.map((name) => {
      const [a, b] = [left.get(name), right.get(name)];
      return {
        name,
        category: (here.descriptions.get(name) ?? there.descriptions.get(name))?.category ?? '',
        isDifferent: !isSame(a, b),
        here: a?.side ?? MISSING,
        there: b?.side ?? MISSING,
      };
    }),
  };
}

interface Value {
  readonly text: string | null;
  readonly unit: string | null;
  readonly type: SettingType;
  readonly side: SettingSide;
}

const MISSING: SettingSide = { value: null, source: null };

function valuesOf({ facts, descriptions }: DiffSide): ReadonlyMap<string, Value> {
  const layers = layersOf(facts);
  return new Map(
    (facts.settings ?? []).map((setting) => {
      const type = descriptions.get(setting.name)?.type ?? 'string';
      const { text, shown, source } = effective(setting, type, layers);
      return [setting.name, { text, unit: setting.unit, type, side: { value: shown, source } }];
    }),
  );
}

/** What one side hides cannot be told to differ. */
function isSame(a: Value | undefined, b: Value | undefined): boolean {
  if (!a || !b) return false;
  if (a.text === null || b.text === null) return true;
  return isSameValue({ text: a.text, unit: a.unit }, { text: b.text, unit: b.unit }, a.type);
}
