import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import type { ReactElement } from 'react';
import type { PlanNode, StatementPlan } from '#shared/model/queries.ts';
import { formatBytes, formatCount, formatDuration, formatRatio } from '#shared/model/format.ts';
import { CopyButton } from '#renderer/components/CopyButton.tsx';
import { FixView } from '#renderer/components/FixView.tsx';
import { Fold } from '#renderer/components/Fold.tsx';
import { PlainTable } from '#renderer/components/PlainTable.tsx';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { ShareBar } from '#renderer/components/ShareBar.tsx';
import { CONFIDENCE_WORD } from '#renderer/state/words.ts';

/** Tips first, then the tree with its heat, then indexes that might help. */
export function PlanView({ plan }: { readonly plan: StatementPlan }): ReactElement {
  return (
    <Box sx={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 1.5 }}>
      <Typography role="status">
        {plan.isAnalyzed
          ? `Ran in ${formatDuration(plan.executionMs ?? 0)}, planned in ${formatDuration(plan.planningMs ?? 0)}.`
          : (plan.note ?? 'Planned only: nothing was run.')}
      </Typography>
      {plan.tips.length === 0 ? (
        <SeverityMark mark="pass" word="Nothing stands out in this plan." />
      ) : (
        <Box component="ul" aria-label="Tips" sx={{ m: 0, pl: 2.25, display: 'grid', gap: 0.5 }}>
          {plan.tips.map((tip) => (
            <li key={tip.text}>
              {tip.text} <em>{CONFIDENCE_WORD[tip.confidence]}.</em>
            </li>
          ))}
        </Box>
      )}
      <Box tabIndex={0} role="region" aria-label="Plan tree" sx={{ overflowX: 'auto' }}>
        <PlainTable>
          <thead>
            <tr>
              <th scope="col">Node</th>
              <th scope="col" className="number">
                {plan.isAnalyzed ? 'Own time' : 'Own cost'}
              </th>
              <th scope="col" className="number">
                Rows expected
              </th>
              {plan.isAnalyzed && (
                <th scope="col" className="number">
                  Rows
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {plan.nodes.map((node) => (
              <Node key={node.id} node={node} isAnalyzed={plan.isAnalyzed} />
            ))}
          </tbody>
        </PlainTable>
      </Box>
      <Typography sx={{ color: 'text.secondary' }}>
        Reads {plan.relations.join(', ') || 'no table'}
        {plan.indexes.length > 0 && ` by ${plan.indexes.join(', ')}`}.
      </Typography>
      {plan.advice.map((advice) => (
        <Fold
          key={advice.fix.title + advice.columns.join()}
          title={`An index on ${advice.table} (${advice.columns.join(', ')})`}
          isOpen
        >
          <p>
            {advice.verdict}
            {advice.costBefore !== null &&
              advice.costAfter !== null &&
              ` Cost ${formatCount(Math.round(advice.costBefore))} → ${formatCount(Math.round(advice.costAfter))}.`}
          </p>
          <FixView fix={advice.fix} />
        </Fold>
      ))}
      <div>
        <CopyButton text={plan.json} what="plan as JSON" label="Plan as JSON" />
      </div>
    </Box>
  );
}

function Node({ node, isAnalyzed }: { readonly node: PlanNode; readonly isAnalyzed: boolean }): ReactElement {
  const notes = [
    ...node.conditions,
    ...(node.rowsRemoved ? [`${formatCount(Math.round(node.rowsRemoved))} rows thrown away`] : []),
    ...(node.spilledBytes ? [`${formatBytes(node.spilledBytes)} spilled to disk`] : []),
    ...(node.loops !== null && node.loops > 1 ? [`${formatCount(node.loops)} loops`] : []),
  ];
  return (
    <tr>
      <td>
        <div style={{ paddingInlineStart: node.depth * 14 }}>
          <strong>{node.type}</strong> {node.on}
          {notes.map((note) => (
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
        <Typography variant="caption" component="div" sx={{ color: 'text.secondary' }}>
          {formatRatio(node.heat)}
        </Typography>
      </td>
      <td className="number" style={{ verticalAlign: 'top' }}>
        {formatCount(node.estimatedRows)}
      </td>
      {isAnalyzed && (
        <td className="number" style={{ verticalAlign: 'top' }}>
          {node.actualRows === null ? '–' : formatCount(node.actualRows)}
          {node.misestimate !== null && node.misestimate >= 10 && (
            <SeverityMark mark="medium" word={`×${formatCount(Math.round(node.misestimate))}`} />
          )}
        </td>
      )}
    </tr>
  );
}
