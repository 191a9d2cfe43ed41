import { styled } from '@mui/material/styles';
import type { ReactElement } from 'react';
import type { Evidence } from '#shared/model/finding.ts';
import { formatEvidence } from '#shared/model/format.ts';

/** Every number a finding rests on, with its unit. */
export function EvidenceList({ evidence }: { readonly evidence: Evidence }): ReactElement {
  return (
    <List>
      {Object.entries(evidence).map(([key, value]) => {
        const { label, text } = formatEvidence(key, value);
        return (
          <div key={key}>
            <dt>{label}</dt>
            <dd className={typeof value === 'number' ? 'number' : undefined} dir="auto">
              {text}
            </dd>
          </div>
        );
      })}
    </List>
  );
}

const List = styled('dl')(({ theme }) => ({
  margin: 0,
  border: `1px solid ${theme.vars.palette.divider}`,
  borderRadius: 6,
  '& > div': {
    display: 'grid',
    gridTemplateColumns: 'minmax(120px, 38%) 1fr',
    gap: 12,
    padding: '5px 12px',
  },
  '& > div + div': { borderTop: `1px solid ${theme.vars.palette.divider}` },
  '& dt': { color: theme.vars.palette.text.secondary },
  '& dd': { margin: 0, overflowWrap: 'anywhere' },
}));
