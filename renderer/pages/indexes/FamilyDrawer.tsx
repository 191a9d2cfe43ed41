import Typography from '@mui/material/Typography';
import type { ReactElement } from 'react';
import type { IndexFamilyDetail } from '#shared/model/indexes.ts';
import { formatBytes, formatCount } from '#shared/model/format.ts';
import { useBackend } from '#renderer/api/client.ts';
import { keys } from '#renderer/api/queries.ts';
import { RunPlanButton } from '#renderer/app/plan/RunPlanButton.tsx';
import { ObjectName, visible } from '#renderer/components/ObjectName.tsx';
import { PlainTable } from '#renderer/components/PlainTable.tsx';
import { QueryDrawer } from '#renderer/components/QueryDrawer.tsx';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { FAMILY_WORD } from './FamiliesTab.tsx';

interface Props {
  readonly connectionId: string;
  /** Of the index to keep; null = closed. */
  readonly oid: number | null;
  readonly onClose: () => void;
}

export function FamilyDrawer({ connectionId, oid, onClose }: Props): ReactElement {
  const { client } = useBackend();
  return (
    <QueryDrawer
      id={oid}
      label="Index family"
      failure="The family could not be read"
      queryKey={(id) => [...keys.insight(connectionId), 'index-family', id]}
      height={320}
      load={(id, { signal }) => client.indexes.family({ connectionId, oid: id }, { signal })}
      onClose={onClose}
    >
      {(detail) => <Detail connectionId={connectionId} detail={detail} />}
    </QueryDrawer>
  );
}

const VERDICT = {
  keep: { mark: 'pass', word: 'Keep' },
  drop: { mark: 'medium', word: 'Drop' },
} as const;

function Detail({
  connectionId,
  detail,
}: {
  readonly connectionId: string;
  readonly detail: IndexFamilyDetail;
}): ReactElement {
  const { family, keepReason, members } = detail;
  const drops = members.filter(({ verdict }) => verdict === 'drop').map(({ oid }) => oid);
  return (
    <>
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
        <Typography dir="auto">Because {visible(keepReason)}.</Typography>
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
          {members.map((member) => (
            <tr key={member.oid}>
              <td className="name">
                <ObjectName name={member.name} />
                <Typography variant="caption" component="div" sx={{ color: 'text.secondary' }}>
                  <ObjectName name={`(${member.columns})`} />
                </Typography>
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
        {members.length < family.members &&
          `The first ${formatCount(members.length)} of ${formatCount(family.members)} are shown. `}
        The SQL to drop one, with its undo, stands with each index under All.
      </Typography>
      {drops.length > 0 && (
        <div>
          <RunPlanButton connectionId={connectionId} request={{ verb: 'drop-index', indexes: drops }}>
            {drops.length === 1 ? 'Drop the one that may go…' : `Drop these ${drops.length}…`}
          </RunPlanButton>
        </div>
      )}
    </>
  );
}
