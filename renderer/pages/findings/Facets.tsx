import { styled } from '@mui/material/styles';
import type { ReactElement, ReactNode } from 'react';
import { useSearchParams } from 'react-router';
import type { Category, Confidence, Finding, Severity, Status } from '#shared/model/finding.ts';
import { formatCount } from '#shared/model/format.ts';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { CATEGORY_WORD, CONFIDENCE_WORD, STATUS_WORD } from '#renderer/state/words.ts';
import { countFacet, FACET_VALUES, type Facet, type FindingFilter, toggleFacet } from './finding-filter.ts';

interface Props {
  readonly findings: readonly Finding[];
  readonly filter: FindingFilter;
  readonly titleOf: (check: string) => string;
}

/** Choices beside the list; each says how many findings it would show. */
export function Facets(props: Props): ReactElement {
  return (
    <Root aria-label="Filters">
      <FacetGroup
        {...props}
        facet="severity"
        title="Severity"
        label={(value: Severity) => <SeverityMark mark={value} />}
      />
      <FacetGroup
        {...props}
        facet="category"
        title="Category"
        label={(value: Category) => CATEGORY_WORD[value]}
      />
      <FacetGroup
        {...props}
        facet="confidence"
        title="Confidence"
        label={(value: Confidence) => CONFIDENCE_WORD[value]}
      />
      <FacetGroup {...props} facet="status" title="Status" label={(value: Status) => STATUS_WORD[value]} />
    </Root>
  );
}

interface GroupProps<F extends Facet> extends Props {
  readonly facet: F;
  readonly title: string;
  readonly label: (value: (typeof FACET_VALUES)[F][number]) => ReactNode;
}

function FacetGroup<F extends Facet>({
  findings,
  filter,
  titleOf,
  facet,
  title,
  label,
}: GroupProps<F>): ReactElement {
  const [params, setParams] = useSearchParams();
  const counts = countFacet(findings, filter, facet, titleOf);
  const values: readonly (typeof FACET_VALUES)[F][number][] = FACET_VALUES[facet];
  const chosen: readonly string[] = filter[facet];
  return (
    <fieldset>
      <legend>{title}</legend>
      {values.map((value) => {
        const count = counts.get(value) ?? 0;
        return (
          <label key={value} className={count === 0 ? 'none' : undefined}>
            <input
              type="checkbox"
              checked={chosen.includes(value)}
              onChange={() => setParams(toggleFacet(params, facet, value), { replace: true })}
            />
            <span className="word">{label(value)}</span>
            <span className="count">{formatCount(count)}</span>
          </label>
        );
      })}
    </fieldset>
  );
}

const Root = styled('aside')(({ theme }) => ({
  display: 'flex',
  flexDirection: 'column',
  gap: 14,
  minHeight: 0,
  overflow: 'auto',
  '& fieldset': { border: 0, margin: 0, padding: 0, minWidth: 0 },
  '& legend': {
    ...theme.typography.caption,
    fontWeight: 600,
    padding: '0 0 3px',
    color: theme.vars.palette.text.secondary,
  },
  '& label': {
    display: 'flex',
    alignItems: 'center',
    gap: 8,
    minHeight: 26,
    padding: '0 6px 0 2px',
    borderRadius: 4,
  },
  '& label:hover': { background: theme.vars.palette.row.hover },
  '& label.none': { color: theme.vars.palette.text.secondary },
  '& input': { width: 15, height: 15, margin: 0, flex: 'none', accentColor: theme.vars.palette.primary.main },
  '& .word': { flex: 1, minWidth: 0 },
  '& .count': { color: theme.vars.palette.text.secondary, fontVariantNumeric: 'tabular-nums' },
  [theme.breakpoints.down('md')]: {
    flexDirection: 'row',
    flexWrap: 'wrap',
    gap: 24,
    maxHeight: 180,
    '& fieldset': { minWidth: 140 },
  },
}));
