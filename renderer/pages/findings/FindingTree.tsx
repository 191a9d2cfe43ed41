import { styled } from '@mui/material/styles';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type ReactElement, useEffect, useId, useRef, useState } from 'react';
import type { Finding } from '#shared/model/finding.ts';
import { formatCountOf } from '#shared/model/format.ts';
import type { FindingGroup } from '#renderer/state/findings.ts';
import { useRowHeight } from '#renderer/state/preferences.ts';
import { COLUMN_TEMPLATE, FindingRow } from './FindingRow.tsx';
import { fixableOf, moveInTree, type TreeRow, treeRows } from './tree-rows.ts';

interface Props {
  readonly groups: readonly FindingGroup[];
  readonly titleOf: (check: string) => string;
  readonly onOpen: (finding: Finding) => void;
  /** Fingerprints of what is to be fixed together; null = nothing can be chosen now. */
  readonly chosen: ReadonlySet<string> | null;
  readonly onChoose: (findings: readonly Finding[], on: boolean) => void;
}

/** Lines of two rows of text: the check, and the object or the sentence. */
const TALL_EXTRA = 18;
const HEADERS = ['Choose', 'Severity', 'Finding', 'Category', 'Confidence', 'Gain', 'Status'] as const;

/** One line per check, its objects below; a tree grid of any length. */
export function FindingTree({ groups, titleOf, onOpen, chosen, onChoose }: Props): ReactElement {
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const [active, setActive] = useState(0);
  const rowHeight = useRowHeight();
  const scroller = useRef<HTMLDivElement>(null);
  const id = useId();

  // A list of one check has nothing else to show: unfold it unless it was folded by hand.
  const only = groups.length === 1 ? groups[0]?.check : undefined;
  const expanded = new Set(toggled);
  if (only !== undefined && !expanded.delete(only)) expanded.add(only);
  const rows = treeRows(groups, expanded);
  const current = Math.min(active, Math.max(0, rows.length - 1));

  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => (rows[index]?.kind === 'member' ? rowHeight : rowHeight + TALL_EXTRA),
    getItemKey: (index) => keyOf(rows[index], index),
    overscan: 12,
    scrollPaddingStart: 30,
  });

  // The virtualizer remembers sizes until it is told that they changed.
  useEffect(() => virtualizer.measure(), [virtualizer, rowHeight]);

  const choose = (row: TreeRow): void => {
    const fixable = fixableOf(row);
    if (chosen === null || fixable.length === 0) return;
    onChoose(fixable, !fixable.every(({ fingerprint }) => chosen.has(fingerprint)));
  };

  const toggle = (check: string): void => setToggled((before) => flip(before, check));

  const activate = (index: number): void => {
    setActive(index);
    const row = rows[index];
    if (row?.kind === 'group') toggle(row.group.check);
    else if (row) onOpen(row.finding);
  };

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(
      1,
      Math.floor((scroller.current?.clientHeight ?? 0) / (rowHeight + TALL_EXTRA)) - 1,
    );
    const move = moveInTree(event.key, rows, current, page);
    if (!move) return;
    event.preventDefault();
    if (move.type === 'open') onOpen(move.finding);
    else if (move.type === 'choose') choose(move.row);
    else if (move.type === 'select') {
      setActive(move.index);
      virtualizer.scrollToIndex(move.index, { align: 'auto' });
    } else toggle(move.check);
  };

  return (
    <Root
      ref={scroller}
      role="treegrid"
      aria-label={`Findings, ${formatCountOf(groups.length, 'check')}`}
      aria-rowcount={rows.length + 1}
      aria-colcount={HEADERS.length}
      aria-activedescendant={rows.length > 0 ? `${id}-${current}` : undefined}
      tabIndex={0}
      onKeyDown={onKeyDown}
    >
      <div role="rowgroup" className="head">
        <div role="row" aria-rowindex={1} className="columns">
          {HEADERS.map((header) => (
            <div key={header} role="columnheader" className={header.toLowerCase()}>
              <span className={header === 'Choose' ? 'visually-hidden' : undefined}>{header}</span>
            </div>
          ))}
        </div>
      </div>
      <div role="rowgroup" className="body" style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map(({ index, key, start, size }) => {
          const row = rows[index];
          if (!row) return null;
          return (
            <FindingRow
              key={key}
              row={row}
              id={`${id}-${index}`}
              rowIndex={index + 2}
              isActive={index === current}
              title={titleOf(row.group.check)}
              style={{ transform: `translateY(${start}px)`, height: size }}
              onClick={() => activate(index)}
              chosen={chosen}
              onChoose={() => choose(row)}
            />
          );
        })}
      </div>
    </Root>
  );
}

function flip(before: ReadonlySet<string>, check: string): ReadonlySet<string> {
  const next = new Set(before);
  if (!next.delete(check)) next.add(check);
  return next;
}

function keyOf(row: TreeRow | undefined, index: number): string | number {
  if (!row) return index;
  return row.kind === 'group' ? row.group.check : row.finding.fingerprint;
}

const Root = styled('div')(({ theme }) => ({
  position: 'relative',
  minHeight: 0,
  overflow: 'auto',
  border: `1px solid ${theme.vars.palette.divider}`,
  borderRadius: 8,
  background: theme.vars.palette.background.paper,
  '&:focus-visible': { outline: `2px solid ${theme.vars.palette.primary.main}`, outlineOffset: -1 },
  '& .columns': {
    display: 'grid',
    gridTemplateColumns: COLUMN_TEMPLATE,
    alignItems: 'center',
    gap: 12,
    padding: '0 12px',
  },
  '& .head': {
    position: 'sticky',
    insetBlockStart: 0,
    zIndex: 1,
    background: theme.vars.palette.background.paper,
    boxShadow: `inset 0 -1px ${theme.vars.palette.divider}`,
  },
  '& .head .columns': {
    height: 30,
    ...theme.typography.caption,
    fontWeight: 600,
    color: theme.vars.palette.text.secondary,
  },
  '& .gain': { textAlign: 'end' },
  '& .body': { position: 'relative' },
}));
