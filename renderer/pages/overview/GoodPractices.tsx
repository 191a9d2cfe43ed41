import type { ReactElement } from 'react';
import type { GoodPractice } from '#shared/model/finding.ts';
import { formatCount } from '#shared/model/format.ts';
import { CheckList } from '#renderer/components/CheckList.tsx';
import { Fold } from '#renderer/components/Fold.tsx';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';

/** What is done well; results too, and worth keeping. */
export function GoodPractices({
  practices,
}: {
  readonly practices: readonly GoodPractice[];
}): ReactElement | null {
  if (practices.length === 0) return null;
  return (
    <Fold isOpen title={`Good practices: ${formatCount(practices.length)}`}>
      <CheckList>
        {practices.map((practice) => (
          <li key={practice.id}>
            <SeverityMark mark="pass" isShapeOnly />
            <span>
              <strong>{practice.title}</strong> <span dir="auto">{unbroken(practice.message)}</span>
            </span>
          </li>
        ))}
      </CheckList>
    </Fold>
  );
}

/** A percent sign stays with its number. */
function unbroken(text: string): string {
  return text.replaceAll(/(?<=\d) %/g, '\u00A0%');
}
