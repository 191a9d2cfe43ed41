import Button from '@mui/material/Button';
import { type ReactElement, useState } from 'react';
import type { LeftOut } from '#shared/model/plan.ts';
import { formatCount } from '#shared/model/format.ts';
import { prose, visible } from '#renderer/components/ObjectName.tsx';

const FEW = 3;

/** What a plan leaves alone, by reason: names first where they are few, all of them on request. */
export function LeftOutList({ leftOut }: { readonly leftOut: readonly LeftOut[] }): ReactElement {
  const groups = [...Map.groupBy(leftOut, ({ reason }) => reason)];
  return (
    <ul className="plain" aria-label="Left out">
      {groups.map(([reason, members]) => (
        <Group key={reason} reason={reason} names={members.map(({ name }) => name)} />
      ))}
    </ul>
  );
}

function Group({
  reason,
  names,
}: {
  readonly reason: string;
  readonly names: readonly string[];
}): ReactElement {
  const [isAll, setAll] = useState(false);
  const shown = isAll ? names : names.slice(0, FEW);
  const rest = names.length - shown.length;
  return (
    <li dir="auto">
      <strong>{prose(shown.join(', '))}</strong>
      {rest > 0 && (
        <Button color="inherit" onClick={() => setAll(true)} sx={{ minWidth: 0, py: 0 }}>
          and {formatCount(rest)} more
        </Button>
      )}
      : {visible(reason)}
    </li>
  );
}
