import type { ReactElement } from 'react';
import type { Audit } from '#shared/model/audit.ts';
import { formatCount } from '#shared/model/format.ts';
import { CheckList } from './CheckList.tsx';
import { Fold } from './Fold.tsx';
import { SeverityMark } from './SeverityMark.tsx';
import { CATEGORY_WORD } from '../state/words.ts';

interface Props {
  readonly audit: Audit;
  readonly isOpen?: boolean;
}

/** Checks that ran and found nothing. */
export function PassedChecks({ audit, isOpen = false }: Props): ReactElement | null {
  if (audit.passed.length === 0) return null;
  return (
    <Fold isOpen={isOpen} title={`Passed: ${formatCount(audit.passed.length)} checks found nothing`}>
      <CheckList>
        {audit.passed.map(({ check, title, category }) => (
          <li key={check}>
            <SeverityMark mark="pass" isShapeOnly />
            <span>
              <strong>Not found:</strong> {title} <span>({CATEGORY_WORD[category].toLowerCase()})</span>
            </span>
          </li>
        ))}
      </CheckList>
    </Fold>
  );
}
