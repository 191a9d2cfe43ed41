import Box from '@mui/material/Box';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';
import { type ReactElement, useDeferredValue } from 'react';
import { formatCount, formatCountOf } from '#shared/model/format.ts';
import type { RowSecurityCounts, RowSecurityDetail } from '#shared/model/security.ts';
import { useBackend } from '#renderer/api/client.ts';
import { keys } from '#renderer/api/queries.ts';
import { useAddressState } from '#renderer/app/address-state.ts';
import { FindingLinks } from '#renderer/app/FindingLinks.tsx';
import { DetailDrawer } from '#renderer/components/DetailDrawer.tsx';
import { DrawerSection } from '#renderer/components/DrawerSection.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { FilterField } from '#renderer/components/FilterField.tsx';
import { FixView } from '#renderer/components/FixView.tsx';
import { GridTable } from '#renderer/components/GridTable.tsx';
import { prose, visible } from '#renderer/components/ObjectName.tsx';
import { Pending } from '#renderer/components/Pending.tsx';
import type { Sort } from '#renderer/components/sort-rows.ts';
import { useRowHeight } from '#renderer/state/preferences.ts';
import { RightsActions } from './RightsActions.tsx';
import { RowSecurityActions } from './RowSecurityActions.tsx';
import { ROW_SECURITY_COLUMNS, rowSecurityState } from './security-columns.tsx';
import { Fact, Verdicts } from './SecurityTable.tsx';

interface Props {
  readonly connectionId: string;
  readonly counts: RowSecurityCounts;
  /** Those that rights can be given to. */
  readonly roles: readonly string[];
  readonly version: string;
}

const VIEWS = [
  { id: 'all', title: 'All of them' },
  { id: 'open', title: 'Off, and others use it' },
  { id: 'protected', title: 'Row security is on' },
] as const;
const WORST_FIRST: Sort = { columnId: 'weight', direction: 'descending' };

/** Who sees which rows: tables with and without row security. */
export function RowSecurityTab({ connectionId, counts, roles, version }: Props): ReactElement {
  const { client } = useBackend();
  const { get, set } = useAddressState();
  const rowHeight = useRowHeight();
  const typed = get('q') ?? '';
  const filter = useDeferredValue(typed);
  const view = VIEWS.find(({ id }) => id === get('show'))?.id ?? 'all';
  const open = get('row');
  return (
    <>
      <Typography sx={{ color: 'text.secondary', mt: 1.5 }}>
        Tables with policies or row security, tables that others than the owner may use, those with columns
        whose names suggest secrets, and views that go around policies.
        {counts.open > 0 &&
          ` ${formatCountOf(counts.open, 'table')} can be used by others, who see every row: right where everybody may.`}
      </Typography>
      <GridTable
        label="Row security"
        queryKey={[...keys.insight(connectionId), 'row-security', view]}
        version={version}
        load={(query, signal) => client.security.tables({ connectionId, view, ...query }, { signal })}
        columns={ROW_SECURITY_COLUMNS}
        keyOf={(row) => row.oid}
        defaultSort={WORST_FIRST}
        filter={filter}
        rowHeight={rowHeight}
        onOpen={(row) => set({ row: String(row.oid) })}
        toolbar={
          <>
            <FilterField
              label="Filter tables and views"
              value={typed}
              onChange={(q) => set({ q }, { replace: true })}
            />
            <TextField
              select
              size="small"
              label="Show"
              value={view}
              onChange={(event) => set({ show: event.target.value }, { replace: true })}
              sx={{ minWidth: 180 }}
            >
              {VIEWS.map(({ id, title }) => (
                <MenuItem key={id} value={id}>
                  {title}
                </MenuItem>
              ))}
            </TextField>
          </>
        }
        empty={
          <EmptyState title={counts.rows === 0 ? 'Nothing here.' : 'Nothing matches.'}>
            {counts.rows === 0
              ? 'No table has policies, and only owners may use them.'
              : `Looked at ${formatCount(counts.rows)}.`}
          </EmptyState>
        }
      />
      <DetailDrawer isOpen={open !== null} label="Row security" onClose={() => set({ row: null })}>
        {open !== null && (
          <Details connectionId={connectionId} oid={Number(open)} roles={roles} version={version} />
        )}
      </DetailDrawer>
    </>
  );
}

function Details({
  connectionId,
  oid,
  roles,
  version,
}: Pick<Props, 'connectionId' | 'roles' | 'version'> & { readonly oid: number }): ReactElement {
  const { client } = useBackend();
  const query = useQuery({
    queryKey: [...keys.insight(connectionId), 'row-security-of', oid, version],
    queryFn: ({ signal }) => client.security.table({ connectionId, oid }, { signal }),
    placeholderData: (before) => before,
  });
  const { data } = query;
  if (!data) return <Pending query={query} failure="The table could not be read" height={240} />;
  return <Table detail={data} connectionId={connectionId} roles={roles} />;
}

function Table({
  detail,
  connectionId,
  roles,
}: Pick<Props, 'connectionId' | 'roles'> & {
  readonly detail: RowSecurityDetail;
}): ReactElement {
  const messages = new Set(detail.verdicts.map((v) => v.message));
  // The verdict brings the same statement.
  const hasFix = detail.verdicts.some((v) => v.check === 'rls-policy-disabled' && v.fix !== null);
  return (
    <Box component="article" sx={{ display: 'grid', gap: 2.5 }}>
      <Typography variant="h1" component="h2" sx={{ overflowWrap: 'anywhere' }} dir="auto">
        {prose(detail.name)}
      </Typography>
      <Box component="dl" sx={{ m: 0, display: 'grid', gridTemplateColumns: '38% 1fr', gap: '6px 12px' }}>
        <Fact label="Row security" text={rowSecurityState(detail)} />
        <Fact label="Owner" text={detail.owner} />
        <Fact label="Others that use it" text={detail.usedBy ?? 'nobody'} />
        <Fact label="Sensitive columns" text={detail.sensitiveColumns ?? 'none by their names'} />
      </Box>
      {detail.policyTexts.length > 0 && (
        <DrawerSection title="Policies">
          <Box component="ul" sx={{ m: 0, pl: 2.25, display: 'grid', gap: 0.5 }}>
            {detail.policyTexts.map((policy) => (
              <Box component="li" key={policy} sx={{ overflowWrap: 'anywhere' }} dir="auto">
                {prose(policy)}
              </Box>
            ))}
          </Box>
        </DrawerSection>
      )}
      {detail.kind === 'table' && detail.bypassedBy.length > 0 && (
        <DrawerSection title="Who sees every row all the same">
          <Box component="ul" sx={{ m: 0, pl: 2.25, display: 'grid', gap: 0.5 }}>
            {detail.bypassedBy.map(({ role, because }) => (
              <Box component="li" key={role} sx={{ overflowWrap: 'anywhere' }}>
                {visible(role)} {visible(because)}
              </Box>
            ))}
          </Box>
        </DrawerSection>
      )}
      <Verdicts connectionId={connectionId} verdicts={detail.verdicts} />
      {detail.kind === 'table' && <RowSecurityActions connectionId={connectionId} detail={detail} />}
      <RightsActions connectionId={connectionId} on="table" oid={detail.oid} roles={roles} />
      {detail.enable && !hasFix && <FixView fix={detail.enable} />}
      <FindingLinks connectionId={connectionId} isAbout={(finding) => messages.has(finding.message)} />
    </Box>
  );
}
