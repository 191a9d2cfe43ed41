import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import type { ReactElement } from 'react';
import type { IndexFamily } from '#shared/model/indexes.ts';
import { formatBytes, formatCount } from '#shared/model/format.ts';
import { DetailDrawer } from '#renderer/components/DetailDrawer.tsx';
import { ObjectName, visible } from '#renderer/components/ObjectName.tsx';
import { PlainTable } from '#renderer/components/PlainTable.tsx';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { FAMILY_WORD } from './FamilyTable.tsx';

interface Props {
  readonly family: IndexFamily | undefined;
  readonly onClose: () => void;
}

export function FamilyDrawer({ family, onClose }: Props): ReactElement {
  return (
    <DetailDrawer isOpen={family !== undefined} label="Index family" onClose={onClose}>
      {family && <Detail family={family} />}
    </DetailDrawer>
  );
}

const VERDICT = {
  keep: { mark: 'pass', word: 'Keep' },
  drop: { mark: 'medium', word: 'Drop' },
  review: { mark: 'info', word: 'Review' },
} as const;

function Detail({ family }: { readonly family: IndexFamily }): ReactElement {
  return (
    <Box sx={{ display: 'grid', gap: 2.5 }}>
      <div>
        <Typography variant="h1" component="h2" sx={{ overflowWrap: 'anywhere' }}>
          {FAMILY_WORD[family.kind]} on <bdi>{visible(family.table)}</bdi>
        </Typography>
        <Typography sx={{ color: 'text.secondary' }}>
          {formatBytes(family.reclaimableBytes)} could be freed by dropping what is marked so.
        </Typography>
      </div>
      <section>
        <Typography variant="h2" component="h3" sx={{ overflowWrap: 'anywhere' }}>
          Keep <bdi>{visible(family.keep)}</bdi>
        </Typography>
        <Typography dir="auto">{visible(family.keepReason)}</Typography>
      </section>
      <PlainTable>
        <thead>
          <tr>
            <th scope="col">Index</th>
            <th scope="col">Verdict</th>
            <th scope="col" className="number">
              Size
            </th>
            <th scope="col" className="number">
              Scans
            </th>
          </tr>
        </thead>
        <tbody>
          {family.members.map((member) => (
            <tr key={member.oid}>
              <td className="name">
                <ObjectName name={member.name} />
              </td>
              <td>
                <SeverityMark {...VERDICT[member.verdict]} size={14} />
              </td>
              <td className="number">{formatBytes(member.sizeBytes)}</td>
              <td className="number">{formatCount(member.scans)}</td>
            </tr>
          ))}
        </tbody>
      </PlainTable>
      <Typography sx={{ color: 'text.secondary' }}>
        The SQL to drop one, with its undo, stands in its finding.
      </Typography>
    </Box>
  );
}
