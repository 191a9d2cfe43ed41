import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { type ReactElement, type ReactNode, useState } from 'react';
import type { PlanNode } from '#shared/model/queries.ts';
import {
  formatBytes,
  formatCount,
  formatCountOf,
  formatDuration,
  formatRatio,
} from '#shared/model/format.ts';
import { PlainTable } from '#renderer/components/PlainTable.tsx';
import { type Mark, SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { ShareBar } from '#renderer/components/ShareBar.tsx';

interface Props {
  readonly nodes: readonly PlanNode[];
  readonly isAnalyzed: boolean;
}

/** A plan over hundreds of partitions is not read to its end. */
const MOST_NODES = 100;

/** The nodes of a plan, indented, each with its heat, what came against what was expected, and what it did. */
export function PlanTree({ nodes, isAnalyzed }: Props): ReactElement {
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? nodes : nodes.slice(0, MOST_NODES);
  return (
    <>
      <PlainTable>
        <thead>
          <tr>
            <th scope="col">Node</th>
            <th scope="col" className="number">
              {isAnalyzed ? 'Own time' : 'Own cost'}
            </th>
            <th scope="col" className="number">
              Rows expected
            </th>
            {isAnalyzed && (
              <>
                <th scope="col" className="number">
                  Rows
                </th>
                <th scope="col" className="number">
                  Buffers
                </th>
              </>
            )}
          </tr>
        </thead>
        <tbody>
          {shown.map((node) => (
            <Node key={node.id} node={node} isAnalyzed={isAnalyzed} />
          ))}
        </tbody>
      </PlainTable>
      {shown.length < nodes.length && (
        <Button color="inherit" onClick={() => setWhole(true)}>
          Show all {formatCount(nodes.length)} nodes
        </Button>
      )}
    </>
  );
}

function Node({ node, isAnalyzed }: { readonly node: PlanNode; readonly isAnalyzed: boolean }): ReactElement {
  return (
    <tr>
      <td style={{ verticalAlign: 'top' }}>
        <div style={{ paddingInlineStart: node.depth * 14 }}>
          {node.part !== null && <em>{node.part}: </em>}
          <strong>{node.type}</strong> {node.on}
          {notesOf(node).map((note) => (
            <Typography key={note} variant="caption" component="div" sx={{ color: 'text.secondary' }}>
              {note}
            </Typography>
          ))}
        </div>
      </td>
      <td className="number" style={{ minWidth: 92, verticalAlign: 'top' }}>
        <ShareBar share={node.heat}>
          {isAnalyzed && node.ownMs !== null
            ? formatDuration(node.ownMs)
            : formatCount(Math.round(node.ownCost))}
        </ShareBar>
        <Quiet>{formatRatio(node.heat)}</Quiet>
      </td>
      <td className="number" style={{ verticalAlign: 'top' }}>
        {formatCount(node.estimatedRows)}
      </td>
      {isAnalyzed && (
        <>
          <td className="number" style={{ verticalAlign: 'top' }}>
            {node.loops === 0 || node.actualRows === null ? '–' : formatCount(node.actualRows)}
            <Misestimate node={node} />
          </td>
          <td className="number" style={{ verticalAlign: 'top' }}>
            {node.hitBytes === null || node.hitBytes + (node.readBytes ?? 0) === 0
              ? '–'
              : `${formatBytes(node.hitBytes)} hit`}
            {node.readBytes !== null && node.readBytes > 0 && (
              <Quiet>{formatBytes(node.readBytes)} read</Quiet>
            )}
          </td>
        </>
      )}
    </tr>
  );
}

function Quiet({ children }: { readonly children: ReactNode }): ReactElement {
  return (
    <Typography variant="caption" component="div" sx={{ color: 'text.secondary' }}>
      {children}
    </Typography>
  );
}

/** From here on a plan made for the expected rows is likely to be the wrong one. */
const LEVELS: readonly { readonly from: number; readonly mark: Mark }[] = [
  { from: 1_000, mark: 'high' },
  { from: 100, mark: 'medium' },
  { from: 10, mark: 'low' },
];

function Misestimate({ node }: { readonly node: PlanNode }): ReactElement | null {
  const { misestimate, actualRows, estimatedRows } = node;
  const level = LEVELS.find(({ from }) => misestimate !== null && misestimate >= from);
  if (!level || misestimate === null) return null;
  const word = (actualRows ?? 0) > estimatedRows ? 'more' : 'fewer';
  return (
    <SeverityMark mark={level.mark} size={12} word={`${formatCount(Math.round(misestimate))}× ${word}`} />
  );
}

function notesOf(node: PlanNode): string[] {
  const { sort, hash, workers, loops } = node;
  const some = (value: number | null, text: (value: number) => string): string[] =>
    value === null || value === 0 ? [] : [text(value)];
  return [
    ...node.conditions,
    ...(loops === 0 ? ['never executed'] : []),
    ...some(node.rowsRemoved, (rows) => `${formatCount(Math.round(rows))} rows thrown away`),
    ...(sort === null
      ? []
      : [`${sort.method}, ${formatBytes(sort.bytes)} ${sort.isOnDisk ? 'on disk' : 'of memory'}`]),
    ...(hash === null
      ? []
      : [
          `${formatCountOf(hash.batches, 'batch', 'batches')}${hash.memoryBytes > 0 ? `, ${formatBytes(hash.memoryBytes)} of memory` : ''}`,
        ]),
    ...some(node.spilledBytes, (bytes) => `${formatBytes(bytes)} spilled to disk`),
    ...some(node.heapFetches, (rows) => `${formatCount(rows)} rows looked up in the table`),
    ...(workers === null
      ? []
      : [
          workers.launched === null
            ? `${formatCountOf(workers.planned, 'parallel worker')} planned`
            : `${workers.launched} of ${formatCountOf(workers.planned, 'parallel worker')} launched`,
        ]),
    ...(loops !== null && loops > 1 ? [`${formatCount(loops)} loops`] : []),
  ];
}
