import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import type { ReactElement } from 'react';
import type { FilePlace, SettingRow, SettingsOverview } from '#shared/model/settings.ts';
import { RoleSettingsTable } from '#renderer/app/plan/RoleSettingsTable.tsx';
import { DetailDrawer } from '#renderer/components/DetailDrawer.tsx';
import { DrawerSection } from '#renderer/components/DrawerSection.tsx';
import { prose, visible } from '#renderer/components/ObjectName.tsx';
import { PlainTable } from '#renderer/components/PlainTable.tsx';
import { SettingChange } from './SettingChange.tsx';
import { stateOf } from './setting-state.ts';

interface Props {
  readonly connectionId: string;
  readonly setting: SettingRow | null;
  readonly data: SettingsOverview;
  readonly onClose: () => void;
}

/** One setting: what it is, where its value comes from, and who gets another one. */
export function SettingDrawer({ connectionId, setting, data, onClose }: Props): ReactElement {
  return (
    <DetailDrawer isOpen={setting !== null} label="Setting" onClose={onClose}>
      {setting && <Details key={setting.name} connectionId={connectionId} setting={setting} data={data} />}
    </DetailDrawer>
  );
}

function Details({
  connectionId,
  setting,
  data,
}: Omit<Props, 'onClose' | 'setting'> & { readonly setting: SettingRow }) {
  const overrides = data.overrides.filter((override) => override.name === setting.name);
  const facts: readonly (readonly [string, string | null])[] = [
    [`Value in ${data.database}`, setting.value ?? 'hidden: our own session sets it'],
    ['As shipped', setting.standard],
    ['State', stateOf(setting)],
    ['The files say', setting.waiting],
    ['From', setting.place ? lineOf(setting.place) : setting.source],
    ['May be', setting.range],
    ['A change takes', setting.takes],
    ['Category', setting.category || null],
  ];
  return (
    <Box component="article" sx={{ display: 'grid', gap: 2.5 }}>
      <Box>
        <Typography variant="h1" component="h2" sx={{ overflowWrap: 'anywhere' }}>
          {setting.name}
        </Typography>
        <Typography sx={{ mt: 0.5 }}>{setting.description}</Typography>
      </Box>
      <Box component="dl" sx={{ m: 0, display: 'grid', gridTemplateColumns: '38% 1fr', gap: '6px 12px' }}>
        {facts.map(
          ([label, text]) =>
            text !== null && (
              <Box key={label} sx={{ display: 'contents' }}>
                <Box component="dt" sx={{ color: 'text.secondary' }}>
                  {label}
                </Box>
                <Box component="dd" sx={{ m: 0, overflowWrap: 'anywhere' }} dir="auto">
                  {prose(text) || "''"}
                </Box>
              </Box>
            ),
        )}
      </Box>
      {setting.takes !== 'cannot be changed' && (
        <SettingChange connectionId={connectionId} setting={setting} />
      )}
      {overrides.length > 0 && (
        <DrawerSection title="Others get">
          <RoleSettingsTable
            connectionId={connectionId}
            heads={['Role', 'Database', 'Value']}
            rows={overrides.map(({ role, database, value }) => ({
              cells: [role ?? 'every role', database ?? 'every database', value],
              reset:
                role !== null && database === null
                  ? { role, name: setting.name, says: `Reset for ${visible(role)}…` }
                  : null,
            }))}
          />
        </DrawerSection>
      )}
      {setting.overridden.length > 0 && (
        <DrawerSection title="Lines without effect">
          <PlainTable>
            <thead>
              <tr>
                <th scope="col">Line</th>
                <th scope="col">Value</th>
              </tr>
            </thead>
            <tbody>
              {setting.overridden.map((line) => (
                <tr key={lineOf(line)}>
                  <Box component="td" sx={{ overflowWrap: 'anywhere' }}>
                    {lineOf(line)}
                  </Box>
                  <td>{visible(line.value)}</td>
                </tr>
              ))}
            </tbody>
          </PlainTable>
        </DrawerSection>
      )}
    </Box>
  );
}

function lineOf({ file, line }: FilePlace): string {
  return `${file}:${line}`;
}
