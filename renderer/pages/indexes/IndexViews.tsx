import Box from '@mui/material/Box';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import Tab from '@mui/material/Tab';
import Tabs from '@mui/material/Tabs';
import { type ReactElement, useDeferredValue, useMemo, useState } from 'react';
import { useSearchParams } from 'react-router';
import type { IndexOverview } from '#shared/model/indexes.ts';
import { formatCount } from '#shared/model/format.ts';
import { FilterField } from '#renderer/components/FilterField.tsx';
import { FamilyDrawer } from './FamilyDrawer.tsx';
import { FamilyTable, familyKey } from './FamilyTable.tsx';
import { IndexDrawer } from './IndexDrawer.tsx';
import { IndexTable } from './IndexTable.tsx';
import { INDEX_TABS, type IndexTab, searchTexts, selectRows } from './index-rows.ts';
import { WorstTables } from './WorstTables.tsx';

interface Props {
  readonly connectionId: string;
  readonly overview: IndexOverview;
}

/** Five ways to look at the same indexes; which one, and what is open, is part of the address. */
export function IndexViews({ connectionId, overview }: Props): ReactElement {
  const [params, setParams] = useSearchParams();
  const tab = INDEX_TABS.find((candidate) => candidate.tab === params.get('tab'))?.tab ?? 'tables';
  const [typed, setTyped] = useState(params.get('q') ?? '');
  const filter = useDeferredValue(typed.trim());
  const [removableOnly, setRemovableOnly] = useState(false);
  const texts = useMemo(() => searchTexts(overview.indexes), [overview]);
  const rows = useMemo(
    () => selectRows(overview.indexes, texts, tab, filter, removableOnly),
    [overview, texts, tab, filter, removableOnly],
  );
  const open = params.get('index');
  const openRow = open === null ? -1 : overview.indexes.oid.indexOf(Number(open));
  const openFamily = overview.families.find((family) => familyKey(family) === params.get('family'));

  const go = (changes: Readonly<Record<string, string | null>>, replace = false): void => {
    setParams((before) => change(before, changes), { replace });
  };
  const filterBy = (text: string): void => {
    setTyped(text);
    go({ q: text || null }, true);
  };
  const field = <FilterField label={FILTER_LABEL[tab]} value={typed} onChange={filterBy} />;

  return (
    <Box sx={{ display: 'flex', flexDirection: 'column', flex: 1, minHeight: 0 }}>
      <Tabs
        value={tab}
        onChange={(_, value: IndexTab) => go({ tab: value === 'tables' ? null : value })}
        variant="scrollable"
        scrollButtons={false}
        aria-label="Views"
      >
        {INDEX_TABS.map((view) => (
          <Tab
            key={view.tab}
            value={view.tab}
            label={`${view.title}${countLabel(view.tab, overview)}`}
            id={`indexes-tab-${view.tab}`}
            aria-controls="indexes-view"
          />
        ))}
      </Tabs>
      <Box
        role="tabpanel"
        id="indexes-view"
        aria-labelledby={`indexes-tab-${tab}`}
        sx={{ display: 'flex', flex: 1, minHeight: 0 }}
      >
        {tab === 'tables' ? (
          <WorstTables
            tables={overview.worstTables}
            filter={filter}
            toolbar={field}
            onOpen={(table) => {
              setTyped(`${table.schema}.${table.name}`);
              go({ tab: 'all', q: `${table.schema}.${table.name}` });
            }}
          />
        ) : tab === 'duplicates' ? (
          <FamilyTable
            families={overview.families}
            filter={filter}
            toolbar={field}
            total={overview.totals.indexes}
            onOpen={(family) => go({ family: familyKey(family) })}
          />
        ) : (
          <IndexTable
            key={tab}
            tab={tab}
            columns={overview.indexes}
            rows={rows}
            toolbar={
              <>
                {field}
                {tab === 'unused' && (
                  <FormControlLabel
                    control={
                      <Checkbox
                        size="small"
                        checked={removableOnly}
                        onChange={(_, checked) => setRemovableOnly(checked)}
                      />
                    }
                    label="Only removable ones"
                  />
                )}
                <Box component="span" role="status" sx={{ color: 'text.secondary' }}>
                  {formatCount(rows.length)} shown
                </Box>
              </>
            }
            onOpen={(row) => go({ index: String(overview.indexes.oid[row]) })}
          />
        )}
      </Box>
      <IndexDrawer
        connectionId={connectionId}
        columns={overview.indexes}
        row={openRow < 0 ? null : openRow}
        onClose={() => go({ index: null })}
      />
      <FamilyDrawer family={openFamily} onClose={() => go({ family: null })} />
    </Box>
  );
}

function change(before: URLSearchParams, changes: Readonly<Record<string, string | null>>): URLSearchParams {
  const next = new URLSearchParams(before);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) next.delete(name);
    else next.set(name, value);
  }
  return next;
}

function countLabel(tab: IndexTab, { totals, families }: IndexOverview): string {
  const counts: Partial<Record<IndexTab, number>> = {
    all: totals.indexes,
    unused: totals.neverScanned,
    duplicates: families.length,
  };
  const count = counts[tab];
  return count === undefined ? '' : ` (${formatCount(count)})`;
}

const FILTER_LABEL: Readonly<Record<IndexTab, string>> = {
  tables: 'Filter tables',
  all: 'Filter indexes',
  unused: 'Filter indexes',
  duplicates: 'Filter families',
  used: 'Filter indexes',
};
