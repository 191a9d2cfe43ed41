import FoldIcon from '@mui/icons-material/ChevronRight';
import ButtonBase from '@mui/material/ButtonBase';
import { styled } from '@mui/material/styles';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactElement, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import type { ObjectRef } from '#shared/model/finding.ts';
import { contextOf, ObjectName } from '#renderer/components/ObjectName.tsx';

interface Props<Action> {
  readonly label: string;
  readonly actions: readonly Action[];
  /** Before the title: shape and word of an outcome. */
  readonly mark?: (action: Action) => ReactNode;
  /** At the end of the line: a size, a time. */
  readonly end: (action: Action) => ReactNode;
  /** What a line unfolds to. */
  readonly more: (action: Action) => ReactNode;
  /** The line to keep in sight while nothing is unfolded; null = none. */
  readonly follow?: number | null;
}

const LINE = 32;
/** Lines of nothing but themselves that are seen at once; half of one says that there are more. */
const MOST_LINES = 8.5;

/** The actions of a plan or of a job, of any number; each unfolds to its SQL. */
export function ActionList<Action extends { readonly title: string; readonly object: ObjectRef }>(
  props: Props<Action>,
): ReactElement {
  const { label, actions, mark, end, more, follow = null } = props;
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const scroller = useRef<HTMLDivElement>(null);
  const id = useId();
  const virtualizer = useVirtualizer({
    count: actions.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE,
    overscan: 6,
  });
  const isFollowing = follow !== null && open.size === 0;
  useEffect(() => {
    if (isFollowing && follow !== null) virtualizer.scrollToIndex(follow, { align: 'auto' });
  }, [virtualizer, isFollowing, follow]);
  const toggle = (index: number): void =>
    setOpen((before) => {
      const next = new Set(before);
      if (!next.delete(index)) next.add(index);
      return next;
    });
  return (
    <Scroller
      ref={scroller}
      role="region"
      aria-label={label}
      tabIndex={0}
      style={{ maxHeight: open.size > 0 ? 360 : LINE * MOST_LINES + 2 }}
    >
      <div role="list" style={{ height: virtualizer.getTotalSize(), position: 'relative' }}>
        {virtualizer.getVirtualItems().map(({ index, start }) => {
          const action = actions[index];
          if (!action) return null;
          const isOpen = open.has(index);
          return (
            <div
              key={index}
              ref={virtualizer.measureElement}
              data-index={index}
              role="listitem"
              aria-setsize={actions.length}
              aria-posinset={index + 1}
              className="item"
              style={{ transform: `translateY(${start}px)` }}
            >
              <ButtonBase
                className={mark ? 'line marked' : 'line'}
                aria-expanded={isOpen}
                aria-controls={isOpen ? `${id}-${index}` : undefined}
                onClick={() => toggle(index)}
              >
                <FoldIcon fontSize="small" aria-hidden className={isOpen ? 'fold open' : 'fold'} />
                {mark?.(action)}
                <ObjectName name={action.title} context={contextOf(action.object)} />
                <span className="end">{end(action)}</span>
              </ButtonBase>
              {isOpen && (
                <div className="more" id={`${id}-${index}`}>
                  {more(action)}
                </div>
              )}
            </div>
          );
        })}
      </div>
    </Scroller>
  );
}

const Scroller = styled('div')(({ theme }) => ({
  overflow: 'auto',
  border: `1px solid ${theme.vars.palette.divider}`,
  borderRadius: 6,
  '&:focus-visible': { outline: `2px solid ${theme.vars.palette.primary.main}`, outlineOffset: 1 },
  '& .item': {
    position: 'absolute',
    insetInline: 0,
    boxSizing: 'border-box',
    borderBottom: `1px solid ${theme.vars.palette.divider}`,
  },
  '& .line': {
    display: 'grid',
    gridTemplateColumns: '20px minmax(0, 1fr) auto',
    alignItems: 'center',
    gap: 8,
    width: '100%',
    height: LINE - 1,
    padding: '0 10px 0 6px',
    font: 'inherit',
    textAlign: 'start',
  },
  '& .line.marked': { gridTemplateColumns: '20px 92px minmax(0, 1fr) auto' },
  '& .line:hover': { background: theme.vars.palette.row.hover },
  '& .line:focus-visible': { outline: `2px solid ${theme.vars.palette.primary.main}`, outlineOffset: -2 },
  '& .fold.open': { transform: 'rotate(90deg)' },
  '& .end': { whiteSpace: 'nowrap', fontVariantNumeric: 'tabular-nums' },
  '& .more': { display: 'grid', gap: 8, padding: '4px 12px 12px 34px' },
}));
