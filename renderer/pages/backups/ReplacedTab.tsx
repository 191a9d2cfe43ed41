import Button from '@mui/material/Button';
import { styled } from '@mui/material/styles';
import type { ReactElement } from 'react';
import type { ReplacedDatabase } from '#shared/model/backup.ts';
import type { BackupPlanRequest } from '#shared/contract/backups.ts';
import { formatBytes, formatInstant } from '#shared/model/format.ts';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { visible } from '#renderer/components/ObjectName.tsx';
import { PlainTable } from '#renderer/components/PlainTable.tsx';
import { Scroller } from '#renderer/components/Scroller.tsx';

interface Props {
  readonly replaced: readonly ReplacedDatabase[];
  readonly isStandby: boolean;
  readonly onPlan: (request: BackupPlanRequest) => void;
}

/** Databases that a restore put aside: the way back from it, and disk that they take. */
export function ReplacedTab({ replaced, isStandby, onPlan }: Props): ReactElement {
  if (replaced.length === 0)
    return (
      <EmptyState title="No restore has put a database aside." isGood>
        When a backup is restored in place of a database, that one goes on existing under another name, so
        that the swap can be taken back.
      </EmptyState>
    );
  return (
    <Root role="region" aria-label="Databases put aside" tabIndex={0}>
      <PlainTable>
        <thead>
          <tr>
            <th scope="col">Database</th>
            <th scope="col">Put aside as</th>
            <th scope="col">When</th>
            <th scope="col">Kept at least until</th>
            <th scope="col" className="number">
              Size
            </th>
            <th scope="col">
              <span className="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {replaced.map(({ id, database, oldName, replacedAt, keepUntil, sizeBytes, isThere }) => (
            <tr key={id}>
              <td dir="auto">{visible(database)}</td>
              <td dir="auto">{isThere ? visible(oldName) : `${visible(oldName)}: not there any more`}</td>
              <td>{formatInstant(replacedAt)}</td>
              <td>{formatInstant(keepUntil)}</td>
              <td className="number">{sizeBytes === null ? '–' : formatBytes(sizeBytes)}</td>
              <td className="actions">
                <Button
                  variant="outlined"
                  color="inherit"
                  disabled={!isThere || isStandby}
                  onClick={() => onPlan({ kind: 'swap-back', replacedId: id })}
                >
                  Swap back…
                </Button>
                <Button
                  variant="outlined"
                  color="inherit"
                  disabled={!isThere || isStandby}
                  onClick={() => onPlan({ kind: 'drop-old', replacedId: id })}
                >
                  Drop…
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </PlainTable>
    </Root>
  );
}

const Root = styled(Scroller)({
  '& .actions': { whiteSpace: 'nowrap', textAlign: 'end' },
  '& .actions > button + button': { marginInlineStart: 8 },
});
