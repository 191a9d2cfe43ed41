import { useColorScheme } from '@mui/material/styles';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import type { Audit, CheckInfo } from '#shared/model/audit.ts';
import type { IndexOverview } from '#shared/model/indexes.ts';
import { formatCountOf } from '#shared/model/format.ts';
import { useBackend } from '../api/client.ts';
import { useChecks, useConnections, useIndexOverview, useLatestAudit } from '../api/queries.ts';
import { contextOf } from '../components/ObjectName.tsx';
import { MARK_WORD } from '../components/SeverityMark.tsx';
import { cancelAudit, startAudit, useAuditRun } from '../state/audit-run.ts';
import { groupByCheck, isOpenFinding } from '../state/findings.ts';
import { useCurrentConnection } from './current.ts';
import { PAGES } from './pages.tsx';
import { pageAddress } from './addresses.ts';
import type { PaletteEntry } from './palette-entries.ts';
import type { Overlay } from './overlay.ts';
import { MODES } from './ViewMenu.tsx';

/** What the palette offers here and now. */
export function usePaletteEntries(onOverlay: (overlay: Overlay) => void): PaletteEntry[] {
  const navigate = useNavigate();
  const { client } = useBackend();
  const queries = useQueryClient();
  const { setMode } = useColorScheme();
  const connection = useCurrentConnection();
  const { data: connections = [] } = useConnections();
  const { data: audit } = useLatestAudit(connection?.id ?? '', connection !== undefined);
  const { data: checks = [] } = useChecks();
  const { data: indexes } = useIndexOverview(connection?.id ?? '', audit !== undefined && audit !== null);
  const run = useAuditRun(connection?.id ?? null);
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
  if (connection && indexes)
    entries.push(...entriesOfTables(indexes, (query) => go(pageAddress(connection.id, 'indexes', query))));
  return entries;
}

/** Every table with an index leads to its indexes. */
function entriesOfTables({ indexes }: IndexOverview, goTo: (query: string) => () => void): PaletteEntry[] {
  const names = new Set(indexes.table.map((table, row) => `${indexes.schema[row]}.${table}`));
  return [...names].map((name) => ({
    id: `table:${name}`,
    group: 'Tables',
    title: name.startsWith('public.') ? name.slice('public.'.length) : name,
    hint: 'indexes of this table',
    run: goTo(new URLSearchParams({ tab: 'all', q: name }).toString()),
  }));
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
