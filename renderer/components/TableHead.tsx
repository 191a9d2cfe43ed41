import DownIcon from '@mui/icons-material/ArrowDownward';
import UpIcon from '@mui/icons-material/ArrowUpward';
import ButtonBase from '@mui/material/ButtonBase';
import { styled } from '@mui/material/styles';
import type { CSSProperties, ReactElement } from 'react';
import type { Sort } from './sort-rows.ts';

interface HeadColumn {
  readonly id: string;
  readonly header: string;
  readonly isNumeric?: boolean;
}

interface Props {
  readonly columns: readonly HeadColumn[];
  readonly sort: Sort;
  readonly style: CSSProperties;
  readonly onSort: (sort: Sort) => void;
}

/** Sticky column headers; each is a button that sorts. */
export function TableHead({ columns, sort, style, onSort }: Props): ReactElement {
  return (
    <Group role="rowgroup">
      <div role="row" aria-rowindex={1} className="head" style={style}>
        {columns.map((column) => {
          const direction = sort.columnId === column.id ? sort.direction : undefined;
          return (
            <div
              key={column.id}
              role="columnheader"
              aria-sort={direction}
              className={column.isNumeric ? 'header number' : 'header'}
            >
              <ButtonBase onClick={() => onSort(nextSort(column, sort))}>
                {column.header}
                {direction === 'ascending' && <UpIcon fontSize="inherit" aria-hidden />}
                {direction === 'descending' && <DownIcon fontSize="inherit" aria-hidden />}
              </ButtonBase>
            </div>
          );
        })}
      </div>
    </Group>
  );
}

/** The largest number first, the first name first; a second click turns it round. */
function nextSort(column: HeadColumn, sort: Sort): Sort {
  const first = column.isNumeric ? 'descending' : 'ascending';
  if (sort.columnId !== column.id) return { columnId: column.id, direction: first };
  return { columnId: column.id, direction: sort.direction === 'ascending' ? 'descending' : 'ascending' };
}

const Group = styled('div')(({ theme }) => ({
  position: 'sticky',
  insetBlockStart: 0,
  zIndex: 1,
  minWidth: 'fit-content',
  background: theme.vars.palette.background.paper,
  boxShadow: `inset 0 -1px ${theme.vars.palette.divider}`,
  '& .head': { display: 'grid', alignItems: 'center' },
  '& .header': { minWidth: 0, padding: '0 4px' },
  '& .header.number': { textAlign: 'end' },
  '& .header button': {
    ...theme.typography.caption,
    fontWeight: 600,
    gap: 4,
    maxWidth: '100%',
    padding: '3px 6px',
    borderRadius: 4,
    color: theme.vars.palette.text.secondary,
    whiteSpace: 'nowrap',
  },
  '& .header[aria-sort] button': { color: theme.vars.palette.text.primary },
}));
