import { styled } from '@mui/material/styles';
import type { ReactElement } from 'react';
import type { Audit } from '#shared/model/audit.ts';
import { formatCount, formatCountOf } from '#shared/model/format.ts';
import { Fold } from '#renderer/components/Fold.tsx';
import { GrantNotice } from '#renderer/components/GrantNotice.tsx';
import { useCheckTitles } from '#renderer/app/use-check-titles.ts';
import { groupByCause } from '#renderer/state/coverage.ts';

/** What was not seen, why, and what would change that: unknown is not healthy. */
export function Coverage({ audit }: { readonly audit: Audit }): ReactElement | null {
  const { coverage } = audit;
  const titleOf = useCheckTitles();
  if (coverage.skipped.length === 0 && coverage.notApplicable.length === 0) return null;
  const causes = groupByCause(coverage.skipped);
  return (
    <>
      {causes.length > 0 && (
        <Fold
          isOpen
          title={`Not fully checked: ${formatCountOf(new Set(coverage.skipped.map((s) => s.check)).size, 'check')}`}
        >
          <List>
            {causes.map((cause) => (
              <li key={`${cause.reason} ${cause.grant}`}>
                <GrantNotice grant={cause.grant}>
                  <span dir="auto">{cause.reason}</span>
                </GrantNotice>
                <p>
                  {cause.checks
                    .map((skipped) => `${titleOf(skipped.check)}${skipped.isPartial ? ' (in part)' : ''}`)
                    .join(' · ')}
                </p>
              </li>
            ))}
          </List>
        </Fold>
      )}
      {coverage.notApplicable.length > 0 && (
        <Fold title={`Does not apply here: ${formatCount(coverage.notApplicable.length)}`}>
          <List>
            {coverage.notApplicable.map(({ check, reason }) => (
              <li key={check}>
                <strong>{titleOf(check)}</strong> <span dir="auto">{reason}</span>
              </li>
            ))}
          </List>
        </Fold>
      )}
    </>
  );
}

const List = styled('ul')(({ theme }) => ({
  margin: 0,
  padding: 0,
  listStyle: 'none',
  display: 'grid',
  gap: 8,
  '& p': { ...theme.typography.caption, margin: '3px 12px 0', color: theme.vars.palette.text.secondary },
}));
