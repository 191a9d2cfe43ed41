import type { ReactElement } from 'react';
import { prose } from '#renderer/components/ObjectName.tsx';
import { PlainTable } from '#renderer/components/PlainTable.tsx';
import { RunPlanButton } from './RunPlanButton.tsx';

interface Props {
  readonly connectionId: string;
  /** Titles of the cells. */
  readonly heads: readonly string[];
  readonly rows: readonly {
    /** As stored; an empty one is shown as the empty text that it is. */
    readonly cells: readonly string[];
    /** The setting of a role in every database, which can be taken away; null = that it is not. */
    readonly reset: { readonly role: string; readonly name: string; readonly says: string } | null;
  }[];
}

/** What roles and databases have for themselves, each with the way back to what all have. */
export function RoleSettingsTable({ connectionId, heads, rows }: Props): ReactElement {
  return (
    <PlainTable>
      <thead>
        <tr>
          {[...heads, 'Change'].map((head) => (
            <th key={head} scope="col">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ cells, reset }) => (
          <tr key={JSON.stringify(cells)}>
            {cells.map((cell, at) => (
              <td key={heads[at]} dir="auto">
                {prose(cell) || "''"}
              </td>
            ))}
            <td>
              {reset && (
                <RunPlanButton
                  connectionId={connectionId}
                  request={{ verb: 'role-setting', role: reset.role, name: reset.name, value: null }}
                >
                  {reset.says}
                </RunPlanButton>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </PlainTable>
  );
}
