import Box from '@mui/material/Box';
import Tab from '@mui/material/Tab';
import Tabs from '@mui/material/Tabs';
import type { ReactElement, ReactNode } from 'react';
import { formatCount } from '#shared/model/format.ts';

export interface PageTab<Id extends string> {
  readonly id: Id;
  readonly title: string;
  /** Shown behind the title. */
  readonly count?: number;
}

interface Props<Id extends string> {
  readonly name: string;
  readonly tabs: readonly PageTab<Id>[];
  readonly value: Id;
  readonly onChange: (id: Id) => void;
  /** The view of the chosen tab. */
  readonly children: ReactNode;
}

/** Views of one page, side by side. */
export function PageTabs<Id extends string>({
  name,
  tabs,
  value,
  onChange,
  children,
}: Props<Id>): ReactElement {
  return (
    <>
      <Tabs
        value={value}
        onChange={(_, next: Id) => onChange(next)}
        variant="scrollable"
        scrollButtons="auto"
        aria-label="Views"
        sx={{ flex: 'none' }}
      >
        {tabs.map((tab) => (
          <Tab
            key={tab.id}
            value={tab.id}
            label={tab.count === undefined ? tab.title : `${tab.title} (${formatCount(tab.count)})`}
            id={`${name}-tab-${tab.id}`}
            aria-controls={`${name}-view`}
          />
        ))}
      </Tabs>
      <Box
        role="tabpanel"
        id={`${name}-view`}
        aria-labelledby={`${name}-tab-${value}`}
        sx={{ display: 'flex', flexDirection: 'column', gap: 1.5, flex: 1, minHeight: 0, minWidth: 0 }}
      >
        {children}
      </Box>
    </>
  );
}

/** The tab that the address names, or the first. */
export function tabOf<Id extends string>(tabs: readonly PageTab<Id>[], name: string | null): Id {
  const found = tabs.find((tab) => tab.id === name) ?? tabs[0];
  if (!found) throw new Error('a page without tabs');
  return found.id;
}
