import Box from '@mui/material/Box';
import type { ReactElement } from 'react';
import type { VacuumOverview } from '#shared/model/vacuum.ts';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { FixView } from '#renderer/components/FixView.tsx';
import { Fold } from '#renderer/components/Fold.tsx';
import { Panel } from '#renderer/components/Panel.tsx';
import { PlainTable } from '#renderer/components/PlainTable.tsx';
import { Scroller } from '#renderer/components/Scroller.tsx';

/** How autovacuum is set up: for the server, for single tables, and what would pay to change. */
export function ConfigurationTab({ data }: { readonly data: VacuumOverview }): ReactElement {
  return (
    <Box sx={{ display: 'grid', gap: 1.5, gridTemplateColumns: 'minmax(0, 1fr)' }}>
      <Panel title="Advice">
        {data.advice.length === 0 ? (
          <EmptyState title="Nothing to change." isGood>
            No table is so large that autovacuum comes late, and no setting stands in its way.
          </EmptyState>
        ) : (
          <Box sx={{ display: 'grid', gap: 1 }}>
            {data.advice.map((advice) => (
              <Fold key={advice.title} title={advice.title}>
                <p>{advice.reason}</p>
                <FixView fix={advice.fix} />
              </Fold>
            ))}
          </Box>
        )}
      </Panel>
      <Panel title="Per table">
        {data.overrides.length === 0 ? (
          'No table has autovacuum settings of its own.'
        ) : (
          <PlainTable>
            <thead>
              <tr>
                <th scope="col">Table</th>
                <th scope="col">Settings</th>
              </tr>
            </thead>
            <tbody>
              {data.overrides.map((row) => (
                <tr key={row.oid}>
                  <td>{row.table}</td>
                  <td style={{ overflowWrap: 'anywhere' }}>{row.options}</td>
                </tr>
              ))}
            </tbody>
          </PlainTable>
        )}
      </Panel>
      <Panel title="Server">
        <Scroller role="region" aria-label="Settings of the server" tabIndex={0}>
          <PlainTable>
            <thead>
              <tr>
                <th scope="col">Setting</th>
                <th scope="col" className="number">
                  Value
                </th>
                <th scope="col" className="number">
                  Standard
                </th>
                <th scope="col">From</th>
              </tr>
            </thead>
            <tbody>
              {data.settings.map((row) => (
                <tr key={row.name}>
                  <td>{row.isChanged ? <strong>{row.name}</strong> : row.name}</td>
                  <td className="number">{row.value}</td>
                  <td className="number">{row.standard ?? '–'}</td>
                  <td>{row.source}</td>
                </tr>
              ))}
            </tbody>
          </PlainTable>
        </Scroller>
      </Panel>
    </Box>
  );
}
