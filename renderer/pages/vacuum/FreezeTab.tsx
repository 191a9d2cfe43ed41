import Box from '@mui/material/Box';
import type { ReactElement } from 'react';
import type { FreezeRow, HolderRow, VacuumOverview } from '#shared/model/vacuum.ts';
import { formatCount, formatDuration, formatRatio } from '#shared/model/format.ts';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { Fold } from '#renderer/components/Fold.tsx';
import { FixView } from '#renderer/components/FixView.tsx';
import { Panel } from '#renderer/components/Panel.tsx';
import { PlainTable } from '#renderer/components/PlainTable.tsx';
import { ShareBar } from '#renderer/components/ShareBar.tsx';

/** 2^31: at this age the server refuses writes. */
const END = 2 ** 31;

/** How far each database is from wraparound, and who keeps rows from being frozen or removed. */
export function FreezeTab({ data }: { readonly data: VacuumOverview }): ReactElement {
  return (
    <Box sx={{ display: 'grid', gap: 1.5 }}>
      <Panel title="Age of the oldest unfrozen row">
        <PlainTable>
          <thead>
            <tr>
              <th scope="col">Database</th>
              <th scope="col">Of the end (2^31)</th>
              <th scope="col" className="number">
                Transactions
              </th>
              <th scope="col" className="number">
                Autovacuum by force at
              </th>
              <th scope="col" className="number">
                Multixacts
              </th>
              <th scope="col" className="number">
                By force at
              </th>
            </tr>
          </thead>
          <tbody>
            {data.databases.map((row) => (
              <Database key={row.name} row={row} />
            ))}
          </tbody>
        </PlainTable>
      </Panel>
      <Panel title="Who holds the xmin horizon">
        {data.holders.length === 0 ? (
          <EmptyState title="Nobody." isGood>
            No transaction, prepared transaction, slot or standby keeps dead rows from being removed.
          </EmptyState>
        ) : (
          <Box sx={{ display: 'grid', gap: 1 }}>
            {data.holders.map((holder) => (
              <Holder key={holder.label} holder={holder} />
            ))}
          </Box>
        )}
      </Panel>
    </Box>
  );
}

function Database({ row }: { readonly row: FreezeRow }): ReactElement {
  const share = Math.max(row.xidAge, row.mxidAge) / END;
  return (
    <tr>
      <td>{row.name}</td>
      <td style={{ minWidth: 180 }}>
        <ShareBar share={share}>{formatRatio(share)}</ShareBar>
      </td>
      <td className="number">{formatCount(row.xidAge)}</td>
      <td className="number">{formatCount(row.xidLimit)}</td>
      <td className="number">{formatCount(row.mxidAge)}</td>
      <td className="number">{formatCount(row.mxidLimit)}</td>
    </tr>
  );
}

function Holder({ holder }: { readonly holder: HolderRow }): ReactElement {
  return (
    <Fold
      title={`${holder.label}: ${formatCount(holder.ageXids)} transactions back${
        holder.ageMs === null ? '' : `, for ${formatDuration(holder.ageMs)}`
      }${holder.database === null ? ', in every database' : ` (${holder.database})`}`}
    >
      <FixView fix={holder.fix} />
    </Fold>
  );
}
