import OverviewIcon from '@mui/icons-material/MonitorHeartOutlined';
import FindingsIcon from '@mui/icons-material/RuleOutlined';
import IndexesIcon from '@mui/icons-material/SpeedOutlined';
import type { ComponentType } from 'react';
import type { Finding } from '#shared/model/finding.ts';
import { FindingsPage } from '#renderer/pages/findings/FindingsPage.tsx';
import { IndexesPage } from '#renderer/pages/indexes/IndexesPage.tsx';
import { OverviewPage } from '#renderer/pages/overview/OverviewPage.tsx';
import type { PageProps } from './addresses.ts';

/** A page of a connection. Adding one: a line here; the rail, the palette and the shortcuts follow. */
export interface Page {
  readonly path: string;
  readonly title: string;
  readonly group: 'Health' | 'Performance';
  readonly icon: ComponentType<{ fontSize?: 'small' }>;
  /** Findings that belong to this page, counted in the rail. */
  readonly counts?: (finding: Finding) => boolean;
  readonly component: ComponentType<PageProps>;
}

export const PAGES: readonly Page[] = [
  {
    path: 'overview',
    title: 'Overview',
    group: 'Health',
    icon: OverviewIcon,
    component: OverviewPage,
  },
  {
    path: 'findings',
    title: 'Findings',
    group: 'Health',
    icon: FindingsIcon,
    counts: () => true,
    component: FindingsPage,
  },
  {
    path: 'indexes',
    title: 'Indexes',
    group: 'Performance',
    icon: IndexesIcon,
    counts: (finding) => finding.topic === 'indexes',
    component: IndexesPage,
  },
];
