import Box from '@mui/material/Box';
import type { ReactElement } from 'react';
import type { ActionVerb } from '#shared/model/plan-request.ts';
import type { FreezeRow, FreezeTableRow, HolderRow, VacuumOverview } from '#shared/model/vacuum.ts';
import { RunPlanButton } from '#renderer/app/plan/RunPlanButton.tsx';
import { formatCount, formatDuration, formatRatio } from '#shared/model/format.ts';
import { Fold } from '#renderer/components/Fold.tsx';
import { FixView } from '#renderer/components/FixView.tsx';
import { Panel } from '#renderer/components/Panel.tsx';
import { PlainTable } from '#renderer/components/PlainTable.tsx';
import { Scroller } from '#renderer/components/Scroller.tsx';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { ShareBar } from '#renderer/components/ShareBar.tsx';
import { FreezeTable } from './FreezeTable.tsx';

/** 2^31: at this age the server refuses writes. */
const END = 2 ** 31;

interface Props {
  readonly connectionId: string;
  readonly version: string;
  readonly data: VacuumOverview;
  readonly onOpen: (row: FreezeTableRow) => void;
}

/** How far each database is from wraparound, and who keeps rows from being frozen or removed. */
export function FreezeTab({ connectionId, version, data, onOpen }: Props): ReactElement {
  return (
    <>
      <Panel title="Age of the oldest unfrozen row">
        <Scroller role="region" aria-label="Freeze age of the databases" tabIndex={0}>
          <PlainTable>
            <thead>
              <tr>
                <th scope="col">Database</th>
                <th scope="col">Share of 2³¹</th>
                <th scope="col" className="number">
                  Transactions
                </th>
                <th scope="col" className="number">
                  Forced from
                </th>
                <th scope="col" className="number">
                  Multixacts
                </th>
                <th scope="col" className="number">
                  Multixacts forced from
                </th>
              </tr>
            </thead>
            <tbody>
              {data.databases.map((row) => (
                <Database key={row.name} row={row} />
              ))}
            </tbody>
          </PlainTable>
        </Scroller>
      </Panel>
      <Panel title="Who holds the xmin horizon">
        {data.holders.length === 0 ? (
          <span>
            <SeverityMark mark="pass" word="Nobody." /> No transaction, prepared transaction, slot or standby
            keeps dead rows from being removed.
          </span>
        ) : (
          <Box sx={{ display: 'grid', gap: 1 }}>
            {data.holders.map((holder) => (
              <Holder key={holder.label} connectionId={connectionId} holder={holder} />
            ))}
          </Box>
        )}
      </Panel>
      <FreezeTable connectionId={connectionId} version={version} failsafe={data.failsafe} onOpen={onOpen} />
    </>
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

const HOLDER_VERBS: Partial<Record<ActionVerb, string>> = {
  'end-session': 'End session…',
  'drop-slot': 'Drop slot…',
  'rollback-prepared': 'Roll back…',
};

function Holder({
  connectionId,
  holder,
}: {
  readonly connectionId: string;
  readonly holder: HolderRow;
}): ReactElement {
  return (
    <Fold
      title={`${holder.label}: ${formatCount(holder.ageXids)} transactions back${
        holder.ageMs === null ? '' : `, for ${formatDuration(holder.ageMs)}`
      }${holder.database === null ? ', in every database' : ` (${holder.database})`}`}
    >
      <FixView
        fix={holder.fix}
        run={
          holder.request && (
            <RunPlanButton connectionId={connectionId} request={holder.request}>
              {HOLDER_VERBS[holder.request.verb] ?? 'Run…'}
            </RunPlanButton>
          )
        }
      />
    </Fold>
  );
}
