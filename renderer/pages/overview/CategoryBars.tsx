import { styled } from '@mui/material/styles';
import type { ReactElement } from 'react';
import { Link } from 'react-router';
import type { Audit } from '#shared/model/audit.ts';
import { CATEGORIES } from '#shared/model/finding.ts';
import { formatCountOf } from '#shared/model/format.ts';
import { pageAddress } from '#renderer/app/addresses.ts';
import { toneOf } from '#renderer/components/GradeDial.tsx';
import { Panel } from '#renderer/components/Panel.tsx';
import { isOpenFinding } from '#renderer/state/findings.ts';
import { CATEGORY_WORD } from '#renderer/state/words.ts';

interface Props {
  readonly audit: Audit;
  readonly connectionId: string;
}

/** Six bars, each a way to its findings. */
export function CategoryBars({ audit, connectionId }: Props): ReactElement {
  const open = audit.findings.filter(isOpenFinding);
  return (
    <Panel title="Categories">
      <List>
        {CATEGORIES.map((category) => {
          const { grade, score } = audit.grade.categories[category];
          const count = open.filter((finding) => finding.category === category).length;
          return (
            <li key={category}>
              <Link to={pageAddress(connectionId, 'findings', `category=${category}`)}>
                <span className="name">{CATEGORY_WORD[category]}</span>
                <span className="track">
                  <span className={`bar ${toneOf(grade)}`} style={{ width: `${score}%` }} />
                </span>
                <span className="letter">{grade}</span>
                <span className="score">{score.toFixed(1)}</span>
                <span className="count">{formatCountOf(count, 'finding')}</span>
              </Link>
            </li>
          );
        })}
      </List>
    </Panel>
  );
}

const List = styled('ul')(({ theme }) => ({
  margin: 0,
  padding: 0,
  listStyle: 'none',
  display: 'grid',
  gap: 1,
  '& a': {
    display: 'grid',
    gridTemplateColumns: '104px minmax(40px, 1fr) 24px 38px 84px',
    alignItems: 'center',
    gap: 10,
    minHeight: 24,
    padding: '0 6px',
    marginInline: -6,
    borderRadius: 6,
    color: theme.vars.palette.text.primary,
    textDecoration: 'none',
  },
  '& a:hover': { background: theme.vars.palette.row.hover },
  '& .track': { height: 8, borderRadius: 4, background: theme.vars.palette.divider, overflow: 'hidden' },
  '& .bar': { display: 'block', height: '100%', borderRadius: 4 },
  '& .bar.pass': { background: theme.vars.palette.severity.pass },
  '& .bar.medium': { background: theme.vars.palette.severity.medium },
  '& .bar.high': { background: theme.vars.palette.severity.high },
  '& .bar.critical': { background: theme.vars.palette.severity.critical },
  '& .letter': { fontWeight: 650 },
  '& .score, & .count': { textAlign: 'end', fontVariantNumeric: 'tabular-nums' },
  '& .count': { color: theme.vars.palette.text.secondary, ...theme.typography.caption },
}));
