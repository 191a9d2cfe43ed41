import FoldIcon from '@mui/icons-material/ChevronRight';
import { styled } from '@mui/material/styles';
import type { CSSProperties, ReactElement } from 'react';
import { formatCountOf } from '#shared/model/format.ts';
import { gainFigure, gainText } from '#renderer/components/gain-text.ts';
import { contextOf, ObjectName, visible } from '#renderer/components/ObjectName.tsx';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { CATEGORY_WORD, CONFIDENCE_WORD, STATUS_WORD } from '#renderer/state/words.ts';
import { fixableOf, type TreeRow } from './tree-rows.ts';

export const COLUMN_TEMPLATE = '18px 112px minmax(180px, 1fr) 88px 84px 68px 58px';

interface Props {
  readonly row: TreeRow;
  readonly id: string;
  readonly rowIndex: number;
  readonly isActive: boolean;
  readonly title: string;
  readonly style: CSSProperties;
  readonly onClick: () => void;
  /** Null = nothing can be chosen now. */
  readonly chosen: ReadonlySet<string> | null;
  readonly onChoose: () => void;
}

export function FindingRow(props: Props): ReactElement {
  const { row, id, rowIndex, isActive, title, style, onClick, chosen, onChoose } = props;
  const finding = row.kind === 'group' ? row.group.worst : row.finding;
  const gain = row.kind === 'group' ? gainFigure({ bytes: row.group.gainBytes }) : gainFigure(finding.gain);
  return (
    <Root
      id={id}
      role="row"
      aria-rowindex={rowIndex}
      aria-level={row.kind === 'member' ? 2 : 1}
      aria-expanded={row.kind === 'group' ? row.isExpanded : undefined}
      aria-selected={isActive}
      className={`columns ${row.kind}${isActive ? ' active' : ''}`}
      style={style}
      onClick={onClick}
    >
      <div role="gridcell">{chosen && <ChooseBox row={row} chosen={chosen} onChoose={onChoose} />}</div>
      <div role="gridcell" className="severity">
        {row.kind === 'group' ? (
          <FoldIcon fontSize="small" aria-hidden className={row.isExpanded ? 'fold open' : 'fold'} />
        ) : (
          <span className="fold" />
        )}
        <SeverityMark mark={finding.severity} />
      </div>
      <div role="gridcell" className="what">
        <What row={row} title={title} />
      </div>
      <div role="gridcell">{row.kind === 'member' ? '' : CATEGORY_WORD[finding.category]}</div>
      <div role="gridcell">{CONFIDENCE_WORD[finding.confidence]}</div>
      <div role="gridcell" className="gain" title={gainText(finding.gain) ?? undefined}>
        {gain}
      </div>
      <div role="gridcell">{row.kind === 'group' ? '' : STATUS_WORD[finding.status]}</div>
    </Root>
  );
}

/** By pointer; the keyboard chooses the line it is on with the space bar. */
function ChooseBox({
  row,
  chosen,
  onChoose,
}: Pick<Props, 'row' | 'onChoose'> & { readonly chosen: ReadonlySet<string> }): ReactElement | null {
  const fixable = fixableOf(row);
  if (fixable.length === 0) return null;
  const count = fixable.filter(({ fingerprint }) => chosen.has(fingerprint)).length;
  return (
    <input
      type="checkbox"
      tabIndex={-1}
      aria-label={
        row.kind === 'group'
          ? `Choose all ${fixable.length} to fix`
          : `Choose ${row.finding.object.name} to fix`
      }
      checked={count === fixable.length}
      ref={(box) => {
        if (box) box.indeterminate = count > 0 && count < fixable.length;
      }}
      onChange={onChoose}
      onClick={(event) => event.stopPropagation()}
    />
  );
}

function What({ row, title }: { readonly row: TreeRow; readonly title: string }): ReactElement {
  if (row.kind === 'member') {
    return <ObjectName name={row.finding.object.name} context={contextOf(row.finding.object)} />;
  }
  return (
    <>
      <div className="title">
        <span className="text" title={title}>
          {title}
        </span>
        {row.kind === 'group' && (
          <span className="count">{formatCountOf(row.group.findings.length, 'object')}</span>
        )}
      </div>
      <div className="second" title={row.group.worst.message}>
        <bdi>{row.kind === 'group' ? namesOf(row) : visible(row.finding.message)}</bdi>
      </div>
    </>
  );
}

/** The first few objects, so that a folded line already says what it is about. */
function namesOf(row: Extract<TreeRow, { kind: 'group' }>): string {
  return row.group.findings
    .slice(0, 6)
    .map((finding) => visible(finding.object.name))
    .join(', ');
}

const Root = styled('div')(({ theme }) => ({
  position: 'absolute',
  insetInline: 0,
  boxSizing: 'border-box',
  borderBottom: `1px solid ${theme.vars.palette.divider}`,
  cursor: 'default',
  '&:hover': { background: theme.vars.palette.row.hover },
  '&.active': { background: theme.vars.palette.row.active },
  '& > div': { minWidth: 0, overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  '& .severity': { display: 'flex', alignItems: 'center', gap: 4 },
  '&.member .severity': { paddingInlineStart: 10 },
  '& .fold': { width: 20, flex: 'none' },
  '& .fold.open': { transform: 'rotate(90deg)' },
  '& .title': { display: 'flex', alignItems: 'center', gap: 8 },
  '& .text': { fontWeight: 600, overflow: 'hidden', textOverflow: 'ellipsis' },
  '& .count': {
    ...theme.typography.caption,
    flex: 'none',
    padding: '0 7px',
    borderRadius: 9,
    fontWeight: 600,
    background: theme.vars.palette.divider,
  },
  '& .second': {
    ...theme.typography.caption,
    color: theme.vars.palette.text.secondary,
    overflow: 'hidden',
    textOverflow: 'ellipsis',
  },
  '& .gain': { textAlign: 'end' },
  '& input': {
    display: 'block',
    width: 16,
    height: 16,
    margin: 0,
    accentColor: theme.vars.palette.primary.main,
  },
}));
