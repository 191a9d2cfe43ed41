import { useColorScheme } from '@mui/material/styles';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import type { Audit, CheckInfo } from '#shared/model/audit.ts';
import type { Access } from '#shared/model/plan.ts';
import type { TableName } from '#shared/model/tables.ts';
import { formatCountOf } from '#shared/model/format.ts';
import { useBackend } from '../api/client.ts';
import { useSetAccess } from '../api/plans.ts';
import { keys, useChecks, useConnections, useLatestAudit, useTableSearch } from '../api/queries.ts';
import { contextOf } from '../components/ObjectName.tsx';
import { MARK_WORD } from '../components/SeverityMark.tsx';
import { cancelAudit, startAudit, useAuditRun } from '../state/audit-run.ts';
import { groupByCheck, isOpenFinding } from '../state/findings.ts';
import { useCurrentConnection } from './current.ts';
import { PAGES } from './pages.tsx';
import { pageAddress } from './addresses.ts';
import type { PaletteEntry } from './palette-entries.ts';
import type { Overlay } from './overlay.ts';
import { useRunPlan } from './plan/use-run-plan.ts';
import { MODES } from './ViewMenu.tsx';

/** What the palette offers here and now. */
export function usePaletteEntries(onOverlay: (overlay: Overlay) => void, typed: string): PaletteEntry[] {
  const navigate = useNavigate();
  const { client } = useBackend();
  const queries = useQueryClient();
  const { setMode } = useColorScheme();
  const connection = useCurrentConnection();
  const { data: connections = [] } = useConnections();
  const { data: audit } = useLatestAudit(connection?.id ?? '', connection !== undefined);
  const { data: checks = [] } = useChecks();
  const { data: tables = [] } = useTableSearch(connection?.id, typed);
  const run = useAuditRun(connection?.id ?? null);
  const access = queries.getQueryData<Access>(keys.access(connection?.id ?? ''));
  const setAccess = useSetAccess(connection?.id ?? '');
  const runPlan = useRunPlan(connection?.id ?? '');
  const go = (address: string) => (): void => void navigate(address);

  const entries: PaletteEntry[] = [];
  if (connection) {
    for (const [i, page] of PAGES.entries()) {
      entries.push({
        id: `page:${page.path}`,
        group: 'Pages',
        title: page.title,
        ...(i < 9 ? { hint: `page ${i + 1}` } : {}),
        run: go(pageAddress(connection.id, page.path)),
      });
    }
    entries.push(
      run?.state === 'running'
        ? { id: 'cancel', group: 'Actions', title: 'Cancel the audit', run: () => cancelAudit(connection.id) }
        : {
            id: 'audit',
            group: 'Actions',
            title: 'Run the audit',
            run: () => void startAudit(client, queries, connection.id),
          },
    );
    entries.push(
      access?.isUnlocked
        ? { id: 'lock', group: 'Actions', title: 'Make it read-only', run: () => setAccess.mutate(false) }
        : {
            id: 'unlock',
            group: 'Actions',
            title: 'Unlock changes for 15 minutes',
            run: () => setAccess.mutate(true),
          },
    );
    entries.push({
      id: 'back-up',
      group: 'Actions',
      title: 'Back up this database',
      hint: 'asks how and where first',
      run: go(pageAddress(connection.id, 'backups', 'make=backup')),
    });
    entries.push({
      id: 'monitoring-role',
      group: 'Actions',
      title: 'Create a monitoring role',
      hint: 'a script for psql',
      run: go(pageAddress(connection.id, 'privileges', 'tab=role')),
    });
    if (audit)
      entries.push({
        id: 'fix-safe',
        group: 'Actions',
        title: 'Fix all safe findings',
        hint: 'previewed first',
        run: () => runPlan({ kind: 'safe-findings' }),
      });
    if (audit)
      entries.push({
        id: 'export',
        group: 'Actions',
        title: 'Export a report',
        run: () => onOverlay('export'),
      });
  }
  entries.push({ id: 'connect', group: 'Actions', title: 'Connect to a database', run: go('/connect') });
  for (const { mode, title } of MODES) {
    entries.push({
      id: `mode:${mode}`,
      group: 'Actions',
      title: `Colours: ${title}`,
      run: () => setMode(mode),
    });
  }
  entries.push({
    id: 'shortcuts',
    group: 'Actions',
    title: 'Keyboard shortcuts',
    run: () => onOverlay('shortcuts'),
  });
  for (const other of connections) {
    if (other.id === connection?.id) continue;
    entries.push({
      id: `connection:${other.id}`,
      group: 'Connections',
      title: other.name,
      run: go(pageAddress(other.id, 'overview')),
    });
  }
  if (connection && audit)
    entries.push(
      ...entriesOfAudit(audit, checks, (query) => go(pageAddress(connection.id, 'findings', query))),
    );
  if (connection)
    entries.push(
      ...tables.flatMap((table) =>
        entriesOfTable(table, (path, query) => go(pageAddress(connection.id, path, query))),
      ),
    );
  return entries;
}

/** A table leads to its indexes and to how vacuuming does with it. */
function entriesOfTable(
  { oid, schema, name }: TableName,
  goTo: (path: string, query: string) => () => void,
): PaletteEntry[] {
  const title = schema === 'public' ? name : `${schema}.${name}`;
  return [
    {
      id: `table:${oid}`,
      group: 'Tables',
      title,
      hint: 'indexes of this table',
      run: goTo('indexes', new URLSearchParams({ tab: 'all', q: `${schema}.${name}` }).toString()),
    },
    {
      id: `vacuum:${oid}`,
      group: 'Tables',
      title,
      hint: 'dead rows and triggers',
      run: goTo('vacuum', new URLSearchParams({ table: String(oid) }).toString()),
    },
  ];
}

function entriesOfAudit(
  audit: Audit,
  checks: readonly CheckInfo[],
  goTo: (query: string) => () => void,
): PaletteEntry[] {
  const titles = new Map(checks.map((check) => [check.id, check.title]));
  const open = audit.findings.filter(isOpenFinding);
  const findings = groupByCheck(open).map(
    (group): PaletteEntry => ({
      id: `check:${group.check}`,
      group: 'Findings',
      title: titles.get(group.check) ?? group.check,
      hint: `${MARK_WORD[group.worst.severity]} · ${formatCountOf(group.findings.length, 'finding')}`,
      run: goTo(new URLSearchParams({ check: group.check }).toString()),
    }),
  );
  const objects = open.map(
    (finding): PaletteEntry => ({
      id: `finding:${finding.fingerprint}`,
      group: 'Objects',
      title: contextOf(finding.object)
        ? `${finding.object.name} (${contextOf(finding.object)})`
        : finding.object.name,
      hint: titles.get(finding.check) ?? finding.check,
      run: goTo(new URLSearchParams({ finding: finding.fingerprint }).toString()),
    }),
  );
  return [...findings, ...objects];
}
