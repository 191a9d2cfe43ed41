import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import type { ReactElement } from 'react';
import { formatCountOf } from '#shared/model/format.ts';
import type { CapabilityRow } from '#shared/model/privileges.ts';
import { useAddressState } from '#renderer/app/address-state.ts';
import { useCheckTitles } from '#renderer/app/use-check-titles.ts';
import { countColumn, nameColumn, textColumn } from '#renderer/components/columns.tsx';
import { type Column, DataTable } from '#renderer/components/DataTable.tsx';
import { DetailDrawer } from '#renderer/components/DetailDrawer.tsx';
import { DrawerSection } from '#renderer/components/DrawerSection.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { prose } from '#renderer/components/ObjectName.tsx';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { CodeBlock } from '#renderer/components/SqlBlock.tsx';
import { useRowHeight } from '#renderer/state/preferences.ts';
import { VERDICTS } from './verdicts.ts';

const LABEL = 'What PgVitals wants to read or do';

/** Each thing that takes a right: whether this role has it, and what gives it. */
export function CapabilityTab({ rows }: { readonly rows: readonly CapabilityRow[] }): ReactElement {
  const rowHeight = useRowHeight();
  const { get, set } = useAddressState();
  const open = rows.find(({ key }) => key === get('row'));
  return (
    <>
      <DataTable
        label={LABEL}
        rows={rows}
        columns={COLUMNS}
        keyOf={({ key }) => key}
        rowHeight={rowHeight}
        defaultSort={{ columnId: 'verdict', direction: 'descending' }}
        onOpen={({ key }) => set({ row: key })}
        empty={<EmptyState title="Nothing here." />}
      />
      <DetailDrawer isOpen={open !== undefined} label={LABEL} onClose={() => set({ row: null })}>
        {open && <Details row={open} />}
      </DetailDrawer>
    </>
  );
}

const COLUMNS: readonly Column<CapabilityRow>[] = [
  nameColumn(
    'name',
    'What',
    ({ name }) => name,
    () => null,
    { minWidth: 210, grow: 2 },
  ),
  {
    id: 'verdict',
    header: 'This role',
    minWidth: 104,
    value: ({ verdict }) => VERDICTS[verdict].word,
    sortValue: ({ verdict, blocked, partial }) =>
      VERDICTS[verdict].rank * 1_000 + blocked.length * 10 + partial.length,
    cell: ({ verdict }) => <SeverityMark mark={VERDICTS[verdict].mark} word={VERDICTS[verdict].word} />,
  },
  countColumn('blocked', 'Checks blocked', ({ blocked }) => blocked.length, { minWidth: 124 }),
  countColumn('partial', 'In part', ({ partial }) => partial.length, { minWidth: 80 }),
  textColumn('unlock', 'What unlocks it', ({ unlock, step }) => unlock?.replaceAll('\n', ' ') ?? step, {
    minWidth: 220,
    grow: 3,
  }),
  { ...textColumn<CapabilityRow>('why', 'Why', ({ why }) => why, { minWidth: 260, grow: 3 }), isExtra: true },
  {
    ...textColumn<CapabilityRow>('reason', 'What is missing', ({ reason }) => reason, {
      minWidth: 260,
      grow: 3,
    }),
    isExtra: true,
  },
];

function Details({ row }: { readonly row: CapabilityRow }): ReactElement {
  const { name, verdict, why, reason, unlock, step, blocked, partial } = row;
  return (
    <Box
      component="article"
      sx={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 2.5, overflowWrap: 'anywhere' }}
    >
      <div>
        <Typography variant="h1" component="h2">
          {name}
        </Typography>
        <SeverityMark mark={VERDICTS[verdict].mark} word={VERDICTS[verdict].word} />
      </div>
      <DrawerSection title="What it is for">{why}</DrawerSection>
      {reason !== null && (
        <DrawerSection title="What is missing">
          <span dir="auto">{prose(reason)}</span>
        </DrawerSection>
      )}
      {(unlock !== null || step !== null) && (
        <DrawerSection title="What unlocks it">
          <Box sx={{ display: 'grid', gap: 1 }}>
            {unlock !== null && <CodeBlock text={unlock} label="Statements that unlock it" />}
            {step !== null && <span>{step}</span>}
          </Box>
        </DrawerSection>
      )}
      <Checks title="cannot run without it" ids={blocked} />
      <Checks title="see only a part without it" ids={partial} />
    </Box>
  );
}

function Checks({
  title,
  ids,
}: {
  readonly title: string;
  readonly ids: readonly string[];
}): ReactElement | null {
  const titleOf = useCheckTitles();
  if (ids.length === 0) return null;
  return (
    <DrawerSection title={`${formatCountOf(ids.length, 'check')} ${title}`}>
      <Box component="ul" sx={{ m: 0, pl: 2.5 }}>
        {ids.map((id) => (
          <li key={id}>{titleOf(id)}</li>
        ))}
      </Box>
    </DrawerSection>
  );
}
