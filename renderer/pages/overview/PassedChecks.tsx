import type { ReactElement } from 'react';
import type { Audit } from '#shared/model/audit.ts';
import { formatCount } from '#shared/model/format.ts';
import { Fold } from '../../components/Fold.tsx';
import { SeverityMark } from '../../components/SeverityMark.tsx';
import { CATEGORY_WORD } from '../../state/words.ts';
import { List } from './GoodPractices.tsx';

/** Checks that ran and found nothing. */
export function PassedChecks({ audit }: { readonly audit: Audit }): ReactElement | null {
  if (audit.passed.length === 0) return null;
  return (
    <Fold title={`Passed: ${formatCount(audit.passed.length)} checks found nothing`}>
      <List>
        {audit.passed.map(({ check, title, category }) => (
          <li key={check}>
            <SeverityMark mark="pass" isShapeOnly />
            <span>
              <strong>Not found:</strong> {title} <span>({CATEGORY_WORD[category].toLowerCase()})</span>
            </span>
          </li>
        ))}
      </List>
    </Fold>
  );
}
