import LinearProgress from '@mui/material/LinearProgress';
import { styled } from '@mui/material/styles';
import type { ReactElement } from 'react';
import { formatCount } from '#shared/model/format.ts';

interface Props {
  readonly label: string;
  readonly done: number;
  /** 0 = not known yet. */
  readonly total: number;
}

/** One line of words over one line of progress, always of the same height. */
export function ProgressLine({ label, done, total }: Props): ReactElement {
  const isKnown = total > 0;
  return (
    <Root>
      <div className="words">
        <span className="label" title={label}>
          {label}
        </span>
        {isKnown && (
          <span className="count">
            {formatCount(done)} of {formatCount(total)}
          </span>
        )}
      </div>
      <LinearProgress
        aria-label={label}
        variant={isKnown ? 'determinate' : 'indeterminate'}
        {...(isKnown ? { value: Math.min(100, (done / total) * 100) } : {})}
      />
    </Root>
  );
}

const Root = styled('div')(({ theme }) => ({
  display: 'grid',
  gridTemplateColumns: 'minmax(0, 1fr)',
  gap: 4,
  minWidth: 0,
  '& .words': { display: 'flex', gap: 12, justifyContent: 'space-between', ...theme.typography.caption },
  '& .count': { flex: 'none' },
  '& .label': { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
}));
