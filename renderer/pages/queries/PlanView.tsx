import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import type { ReactElement } from 'react';
import type { StatementPlan } from '#shared/model/queries.ts';
import { formatCount, formatCountOf, formatDuration } from '#shared/model/format.ts';
import { CopyButton } from '#renderer/components/CopyButton.tsx';
import { FixView } from '#renderer/components/FixView.tsx';
import { Fold } from '#renderer/components/Fold.tsx';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { CONFIDENCE_WORD } from '#renderer/state/words.ts';
import { PlanTree } from './PlanTree.tsx';

/** Tips first, then the tree with its heat, then indexes that might help. */
export function PlanView({ plan }: { readonly plan: StatementPlan }): ReactElement {
  return (
    <Box sx={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 1.5 }}>
      <Typography role="status">
        {plan.isAnalyzed ? ranIn(plan) : (plan.note ?? 'Planned only: nothing was run.')}
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
        <PlanTree nodes={plan.nodes} isAnalyzed={plan.isAnalyzed} />
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

function ranIn({ executionMs, planningMs, jitMs, triggers, note }: StatementPlan): string {
  const parts = [
    `Ran in ${formatDuration(executionMs ?? 0)}, planned in ${formatDuration(planningMs ?? 0)}.`,
    ...(jitMs === null ? [] : [`Compiling (JIT) took ${formatDuration(jitMs)} of that.`]),
    ...triggers.map(
      ({ name, calls, timeMs }) =>
        `Trigger ${name}: ${formatDuration(timeMs)} in ${formatCountOf(calls, 'call')}.`,
    ),
    ...(note === null ? [] : [note]),
  ];
  return parts.join(' ');
}
