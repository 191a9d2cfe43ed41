import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { type ReactElement, type ReactNode, useDeferredValue, useMemo, useState } from 'react';
import { formatCount } from '#shared/model/format.ts';
import type { Verdict } from '#shared/model/security.ts';
import { useAddressState } from '#renderer/app/address-state.ts';
import { FindingFixButton } from '#renderer/app/plan/FindingFixButton.tsx';
import { useCheckTitles } from '#renderer/app/use-check-titles.ts';
import { FindingLinks } from '#renderer/app/FindingLinks.tsx';
import { type Column, DataTable } from '#renderer/components/DataTable.tsx';
import { DetailDrawer } from '#renderer/components/DetailDrawer.tsx';
import { DrawerSection } from '#renderer/components/DrawerSection.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { FilterField } from '#renderer/components/FilterField.tsx';
import { FixView } from '#renderer/components/FixView.tsx';
import { prose } from '#renderer/components/ObjectName.tsx';
import type { Sort } from '#renderer/components/sort-rows.ts';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';

interface Row {
  readonly key: string;
  readonly name: string;
  readonly verdicts: readonly Verdict[];
}

interface Props<R extends Row> {
  readonly connectionId: string;
  readonly label: string;
  /** Null = this role may not read them. */
  readonly rows: readonly R[] | null;
  readonly columns: readonly Column<R>[];
  readonly note?: string;
  readonly defaultSort?: Sort;
  /** Further filters and buttons above the table. */
  readonly toolbar?: ReactNode;
  /** What the drawer says besides the columns. */
  readonly more?: (row: R) => ReactNode;
}

const WORST_FIRST: Sort = { columnId: 'verdict', direction: 'descending' };

/** One list of the page: what is judged badly first, details and fixes in a drawer. */
export function SecurityTable<R extends Row>(props: Props<R>): ReactElement {
  const { connectionId, label, rows, columns, note, defaultSort = WORST_FIRST, toolbar, more } = props;
  const rowHeight = useRowHeight();
  const { get, set } = useAddressState();
  const [typed, setTyped] = useState(get('q') ?? '');
  const text = useDeferredValue(typed).toLowerCase().trim();
  const shown = useMemo(
    () =>
      (rows ?? []).filter((row) =>
        columns.some((column) =>
          String(column.value(row) ?? '')
            .toLowerCase()
            .includes(text),
        ),
      ),
    [rows, columns, text],
  );
  const open = rows?.find((row) => row.key === get('row'));
  if (rows === null) {
    return (
      <EmptyState title="Not readable for this role.">
        The notice at the top of the page says what would unlock it.
      </EmptyState>
    );
  }
  return (
    <>
      {note !== undefined && <Typography sx={{ color: 'text.secondary', mt: 1.5 }}>{note}</Typography>}
      <DataTable
        label={label}
        rows={shown}
        columns={columns}
        keyOf={(row) => row.key}
        rowHeight={rowHeight}
        defaultSort={defaultSort}
        onOpen={(row) => set({ row: row.key })}
        toolbar={
          <>
            <FilterField
              label={`Filter ${inSentence(label)}`}
              value={typed}
              onChange={(value) => {
                setTyped(value);
                set({ q: value }, { replace: true });
              }}
            />
            {toolbar}
          </>
        }
        empty={
          <EmptyState title={rows.length === 0 ? 'Nothing here.' : 'Nothing matches.'}>
            Looked at {formatCount(rows.length)}.
          </EmptyState>
        }
      />
      <DetailDrawer isOpen={open !== undefined} label={label} onClose={() => set({ row: null })}>
        {open && <Details row={open} columns={columns} connectionId={connectionId} more={more} />}
      </DetailDrawer>
    </>
  );
}

/** "Roles" inside a sentence; "SECURITY DEFINER functions" stays as it is. */
function inSentence(label: string): string {
  return /^[A-Z][a-z]/.test(label) ? label.charAt(0).toLowerCase() + label.slice(1) : label;
}

interface DetailsProps<R extends Row> extends Pick<Props<R>, 'columns' | 'connectionId'> {
  readonly row: R;
  readonly more: Props<R>['more'];
}

function Details<R extends Row>({ row, columns, connectionId, more }: DetailsProps<R>): ReactElement {
  const messages = new Set(row.verdicts.map((v) => v.message));
  return (
    <Box component="article" sx={{ display: 'grid', gap: 2.5 }}>
      <Typography variant="h1" component="h2" sx={{ overflowWrap: 'anywhere' }} dir="auto">
        {prose(row.name)}
      </Typography>
      <Box component="dl" sx={{ m: 0, display: 'grid', gridTemplateColumns: '38% 1fr', gap: '6px 12px' }}>
        {columns
          .filter((column) => column.id !== 'name')
          .map((column) => (
            <Fact key={column.id} label={column.header} text={String(column.value(row) ?? '') || '–'} />
          ))}
      </Box>
      {more?.(row)}
      <Verdicts connectionId={connectionId} verdicts={row.verdicts} />
      <FindingLinks connectionId={connectionId} isAbout={(finding) => messages.has(finding.message)} />
    </Box>
  );
}

/** What the checks say, each with its fix. */
export function Verdicts({
  connectionId,
  verdicts,
}: {
  readonly connectionId: string;
  readonly verdicts: readonly Verdict[];
}): ReactElement {
  const titleOf = useCheckTitles();
  return (
    <>
      {verdicts.map((verdict) => (
        <Box key={`${verdict.check} ${verdict.message}`} sx={{ display: 'grid', gap: 2 }}>
          <DrawerSection title={titleOf(verdict.check)}>
            <SeverityMark mark={verdict.severity} />
            <Typography sx={{ mt: 0.5, overflowWrap: 'anywhere' }} dir="auto">
              {prose(verdict.message)}
            </Typography>
          </DrawerSection>
          {verdict.fix && (
            <FixView
              fix={verdict.fix}
              run={
                <FindingFixButton
                  connectionId={connectionId}
                  isMeant={({ check, message }) => check === verdict.check && message === verdict.message}
                />
              }
            />
          )}
        </Box>
      ))}
    </>
  );
}

/** One line of a drawer's list of facts. */
export function Fact({ label, text }: { readonly label: string; readonly text: string }): ReactElement {
  return (
    <>
      <Box component="dt" sx={{ color: 'text.secondary' }}>
        {label}
      </Box>
      <Box component="dd" sx={{ m: 0, overflowWrap: 'anywhere' }} dir="auto">
        {prose(text)}
      </Box>
    </>
  );
}
