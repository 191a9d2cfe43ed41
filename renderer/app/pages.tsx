import SchemaIcon from '@mui/icons-material/AccountTreeOutlined';
import StatisticsIcon from '@mui/icons-material/BarChartOutlined';
import ActivityIcon from '@mui/icons-material/BoltOutlined';
import BackupsIcon from '@mui/icons-material/BackupOutlined';
import VacuumIcon from '@mui/icons-material/CleaningServicesOutlined';
import MatviewsIcon from '@mui/icons-material/LayersOutlined';
import JournalIcon from '@mui/icons-material/ReceiptLongOutlined';
import OverviewIcon from '@mui/icons-material/MonitorHeartOutlined';
import QueriesIcon from '@mui/icons-material/QueryStatsOutlined';
import FindingsIcon from '@mui/icons-material/RuleOutlined';
import SecurityIcon from '@mui/icons-material/ShieldOutlined';
import IndexesIcon from '@mui/icons-material/SpeedOutlined';
import HistoryIcon from '@mui/icons-material/TimelineOutlined';
import SettingsIcon from '@mui/icons-material/TuneOutlined';
import PrivilegesIcon from '@mui/icons-material/VpnKeyOutlined';
import type { ComponentType } from 'react';
import type { Finding } from '#shared/model/finding.ts';
import { ActivityPage } from '#renderer/pages/activity/ActivityPage.tsx';
import { BackupsPage } from '#renderer/pages/backups/BackupsPage.tsx';
import { FindingsPage } from '#renderer/pages/findings/FindingsPage.tsx';
import { HistoryPage } from '#renderer/pages/history/HistoryPage.tsx';
import { IndexesPage } from '#renderer/pages/indexes/IndexesPage.tsx';
import { JournalPage } from '#renderer/pages/journal/JournalPage.tsx';
import { MatviewsPage } from '#renderer/pages/matviews/MatviewsPage.tsx';
import { OverviewPage } from '#renderer/pages/overview/OverviewPage.tsx';
import { PrivilegesPage } from '#renderer/pages/privileges/PrivilegesPage.tsx';
import { QueriesPage } from '#renderer/pages/queries/QueriesPage.tsx';
import { SchemaPage } from '#renderer/pages/schema/SchemaPage.tsx';
import { SecurityPage } from '#renderer/pages/security/SecurityPage.tsx';
import { SettingsPage } from '#renderer/pages/settings/SettingsPage.tsx';
import { StatisticsPage } from '#renderer/pages/statistics/StatisticsPage.tsx';
import { VacuumPage } from '#renderer/pages/vacuum/VacuumPage.tsx';
import type { PageProps } from './addresses.ts';

/** A page of a connection. Adding one: a line here; the rail, the palette and the shortcuts follow. */
export interface Page {
  readonly path: string;
  readonly title: string;
  readonly group: 'Health' | 'Live' | 'Storage' | 'Performance' | 'Operations' | 'Records';
  readonly icon: ComponentType<{ fontSize?: 'small' }>;
  /** Findings that belong to this page, counted in the rail. */
  readonly counts?: (finding: Finding) => boolean;
  /** Shows an audit, not facts that refresh by themselves. */
  readonly isAudit?: true;
  readonly component: ComponentType<PageProps>;
}

const ofTopics =
  (...topics: readonly string[]) =>
  (finding: Finding): boolean =>
    topics.includes(finding.topic);

/** In the order of the rail; the first nine have a shortcut. */
export const PAGES: readonly Page[] = [
  {
    path: 'overview',
    title: 'Overview',
    group: 'Health',
    icon: OverviewIcon,
    isAudit: true,
    component: OverviewPage,
  },
  {
    path: 'findings',
    title: 'Findings',
    group: 'Health',
    icon: FindingsIcon,
    counts: () => true,
    isAudit: true,
    component: FindingsPage,
  },
  {
    path: 'activity',
    title: 'Activity',
    group: 'Live',
    icon: ActivityIcon,
    counts: ofTopics('locks', 'connections'),
    component: ActivityPage,
  },
  {
    path: 'statistics',
    title: 'Statistics',
    group: 'Storage',
    icon: StatisticsIcon,
    component: StatisticsPage,
  },
  {
    path: 'vacuum',
    title: 'Tables & vacuum',
    group: 'Storage',
    icon: VacuumIcon,
    counts: ofTopics('autovacuum', 'bloat', 'table health', 'wraparound', 'xmin horizon'),
    component: VacuumPage,
  },
  {
    path: 'queries',
    title: 'Queries',
    group: 'Performance',
    icon: QueriesIcon,
    counts: ofTopics('queries', 'planner'),
    component: QueriesPage,
  },
  {
    path: 'indexes',
    title: 'Indexes',
    group: 'Performance',
    icon: IndexesIcon,
    counts: ofTopics('indexes'),
    component: IndexesPage,
  },
  {
    path: 'schema',
    title: 'Schema',
    group: 'Operations',
    icon: SchemaIcon,
    counts: ofTopics('foreign keys', 'constraints', 'sequences', 'tables'),
    component: SchemaPage,
  },
  {
    path: 'matviews',
    title: 'Matviews',
    group: 'Operations',
    icon: MatviewsIcon,
    counts: ofTopics('matviews'),
    component: MatviewsPage,
  },
  {
    path: 'settings',
    title: 'Settings',
    group: 'Operations',
    icon: SettingsIcon,
    counts: ofTopics('config', 'wal', 'extensions'),
    component: SettingsPage,
  },
  {
    path: 'security',
    title: 'Security',
    group: 'Operations',
    icon: SecurityIcon,
    counts: ofTopics('authentication', 'privileges', 'roles', 'row security'),
    component: SecurityPage,
  },
  {
    path: 'privileges',
    title: 'Privileges',
    group: 'Operations',
    icon: PrivilegesIcon,
    component: PrivilegesPage,
  },
  {
    path: 'backups',
    title: 'Backups',
    group: 'Operations',
    icon: BackupsIcon,
    counts: ofTopics('backups'),
    component: BackupsPage,
  },
  { path: 'history', title: 'History', group: 'Records', icon: HistoryIcon, component: HistoryPage },
  { path: 'journal', title: 'Journal', group: 'Records', icon: JournalIcon, component: JournalPage },
];
