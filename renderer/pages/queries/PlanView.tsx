import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import Typography from '@mui/material/Typography';
import type { ReactElement } from 'react';
import type { StatementPlan } from '#shared/model/queries.ts';
import { formatCount, formatCountOf, formatDuration } from '#shared/model/format.ts';
import { useAddressState } from '#renderer/app/address-state.ts';
import { FixView } from '#renderer/components/FixView.tsx';
import { RunPlanButton } from '#renderer/app/plan/RunPlanButton.tsx';
import { Fold } from '#renderer/components/Fold.tsx';
import { Scroller } from '#renderer/components/Scroller.tsx';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { CONFIDENCE_WORD } from '#renderer/state/words.ts';
import { PlanActions } from './PlanActions.tsx';
import { PlanTable } from './PlanTable.tsx';
import { PlanText } from './PlanText.tsx';
import { PlanTree } from './PlanTree.tsx';

type View = 'tree' | 'table' | 'text';
const VIEWS: readonly { readonly id: View; readonly title: string }[] = [
  { id: 'tree', title: 'Tree' },
  { id: 'table', title: 'Table' },
  { id: 'text', title: 'Text' },
];

interface Props {
  readonly connectionId: string;
  /** Of the statement. */
  readonly text: string;
  readonly plan: StatementPlan;
}

/** Tips first, then the plan as tree, table or text, then indexes that might help. */
export function PlanView({ connectionId, text, plan }: Props): ReactElement {
  const { get, set } = useAddressState();
  const view = VIEWS.find(({ id }) => id === get('plan'))?.id ?? 'tree';
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
      <ToggleButtonGroup
        exclusive
        size="small"
        value={view}
        onChange={(_, next: View | null) =>
          next && set({ plan: next === 'tree' ? null : next }, { replace: true })
        }
        aria-label="Show the plan as"
      >
        {VIEWS.map(({ id, title }) => (
          <ToggleButton key={id} value={id} sx={TOGGLE}>
            {title}
          </ToggleButton>
        ))}
      </ToggleButtonGroup>
      {view === 'tree' ? (
        <Scroller tabIndex={0} role="region" aria-label="Plan tree">
          <PlanTree nodes={plan.nodes} isAnalyzed={plan.isAnalyzed} />
        </Scroller>
      ) : view === 'table' ? (
        <PlanTable plan={plan} />
      ) : (
        <PlanText text={plan.text} />
      )}
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
          {advice.planId !== null && (
            <Button
              variant="outlined"
              color="inherit"
              sx={{ mb: 1 }}
              onClick={() => set({ left: plan.id, right: advice.planId })}
            >
              Compare the plans before and after
            </Button>
          )}
          <FixView
            fix={advice.fix}
            run={
              <RunPlanButton connectionId={connectionId} request={advice.request}>
                Create…
              </RunPlanButton>
            }
          />
        </Fold>
      ))}
      <PlanActions connectionId={connectionId} text={text} plan={plan} />
    </Box>
  );
}

const TOGGLE = { py: 0.25, px: 1.25, textTransform: 'none', color: 'text.primary' } as const;

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
