import { styled } from '@mui/material/styles';
import type { ReactElement } from 'react';
import type { Severity } from '#shared/model/finding.ts';

export type Mark = Severity | 'pass';

export const MARK_WORD: Readonly<Record<Mark, string>> = {
  critical: 'Critical',
  high: 'High',
  medium: 'Medium',
  low: 'Low',
  info: 'Info',
  pass: 'Passed',
};

interface Props {
  readonly mark: Mark;
  /** Only the shape, where the word stands close by or a label names it. */
  readonly isShapeOnly?: boolean;
  readonly size?: number;
  /** Another word for the same shape: a verdict, an outcome. */
  readonly word?: string;
}

/** Shape, colour and word: never colour alone. */
export function SeverityMark({
  mark,
  isShapeOnly = false,
  size = 16,
  word = MARK_WORD[mark],
}: Props): ReactElement {
  return (
    <Root>
      <Shape
        className={mark}
        width={size}
        height={size}
        viewBox="0 0 16 16"
        role={isShapeOnly ? 'img' : undefined}
        aria-label={isShapeOnly ? word : undefined}
        aria-hidden={isShapeOnly ? undefined : true}
      >
        {SHAPES[mark]}
      </Shape>
      {!isShapeOnly && <span>{word}</span>}
    </Root>
  );
}

const SHAPES: Readonly<Record<Mark, ReactElement>> = {
  critical: (
    <>
      <path d="M5 1h6l4 4v6l-4 4H5l-4-4V5z" fill="currentColor" />
      <path d="M8 4.2v4.6M8 10.6v1.4" className="cut" />
    </>
  ),
  high: (
    <>
      <path d="M8 1.2 15.4 14.6H.6z" fill="currentColor" />
      <path d="M8 6v4M8 11.6v1.2" className="cut" />
    </>
  ),
  medium: <path d="M8 .8 15.2 8 8 15.2.8 8z" fill="currentColor" />,
  low: <circle cx="8" cy="8" r="6.6" fill="currentColor" />,
  info: (
    <>
      <rect x="1.5" y="1.5" width="13" height="13" rx="3.5" fill="currentColor" />
      <path d="M8 7v5M8 4v1.2" className="cut" />
    </>
  ),
  pass: <path d="m2 8.6 4 4.2L14.2 3.4" className="tick" />,
};

const Root = styled('span')({ display: 'inline-flex', alignItems: 'baseline', gap: 6, whiteSpace: 'nowrap' });

const Shape = styled('svg')(({ theme }) => ({
  flex: 'none',
  // Out of the baseline: the words of a line stand on one, the shape in the middle of them.
  alignSelf: 'center',
  '& .cut': {
    fill: 'none',
    stroke: theme.vars.palette.background.paper,
    strokeWidth: 1.8,
    strokeLinecap: 'round',
  },
  '& .tick': {
    fill: 'none',
    stroke: 'currentColor',
    strokeWidth: 2.4,
    strokeLinecap: 'round',
    strokeLinejoin: 'round',
  },
  '&.critical': { color: theme.vars.palette.severity.critical },
  '&.high': { color: theme.vars.palette.severity.high },
  '&.medium': { color: theme.vars.palette.severity.medium },
  '&.low': { color: theme.vars.palette.severity.low },
  '&.info': { color: theme.vars.palette.severity.info },
  '&.pass': { color: theme.vars.palette.severity.pass },
}));
