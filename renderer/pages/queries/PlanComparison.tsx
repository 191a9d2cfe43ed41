import CloseIcon from '@mui/icons-material/Close';
import SwapIcon from '@mui/icons-material/SwapHoriz';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import Typography from '@mui/material/Typography';
import { type ReactElement, useId } from 'react';
import type { ComparedPlan, PlanComparison } from '#shared/model/statement-plans.ts';
import { formatCount, formatDuration, formatInstant } from '#shared/model/format.ts';
import { useBackend } from '#renderer/api/client.ts';
import { useAddressState } from '#renderer/app/address-state.ts';
import { CopyButton } from '#renderer/components/CopyButton.tsx';
import { DrawerButton } from '#renderer/components/DetailDrawer.tsx';
import { QueryDetail } from '#renderer/components/QueryDetail.tsx';
import { PlanPairs } from './PlanPairs.tsx';
import { capitalized, KeepButton, planListKey } from './PlanActions.tsx';

/** Two plans of one statement over the page, as long as the address names them; Esc and Back close it. */
export function PlanComparisonDialog({ connectionId }: { readonly connectionId: string }): ReactElement {
  const { client } = useBackend();
  const { get, set } = useAddressState();
  const [left, right] = [get('left'), get('right')];
  const titleId = useId();
  const close = (): void => set({ left: null, right: null });
  return (
    <Dialog fullScreen open={left !== null && right !== null} onClose={close} aria-labelledby={titleId}>
      <Box sx={{ display: 'flex', alignItems: 'center', gap: 1, px: 2.5, py: 1, flex: 'none' }}>
        <Typography id={titleId} variant="h1" component="h2" sx={{ flex: 1 }}>
          Two plans side by side
        </Typography>
        <Button
          color="inherit"
          startIcon={<SwapIcon />}
          onClick={() => set({ left: right, right: left }, { replace: true })}
        >
          Swap
        </Button>
        <DrawerButton label="Close" onClick={close} icon={<CloseIcon />} />
      </Box>
      <Box sx={{ flex: 1, minHeight: 0, overflowY: 'auto', px: 2.5, pb: 2.5 }}>
        {left !== null && right !== null && (
          <QueryDetail
            queryKey={[...planListKey(connectionId), 'compared', left, right]}
            load={(options) => client.queries.comparePlans({ connectionId, left, right }, options)}
            failure="The plans cannot be compared"
            height={420}
          >
            {(comparison) => <Comparison connectionId={connectionId} comparison={comparison} />}
          </QueryDetail>
        )}
      </Box>
    </Dialog>
  );
}

interface Props {
  readonly connectionId: string;
  readonly comparison: PlanComparison;
}

function Comparison({ connectionId, comparison }: Props): ReactElement {
  const { left, right, differences } = comparison;
  return (
    <Box sx={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 2 }}>
      <Box
        sx={{
          display: 'grid',
          gap: 1.5,
          gridTemplateColumns: { xs: 'minmax(0, 1fr)', md: 'repeat(2, minmax(0, 1fr))' },
        }}
      >
        <Side connectionId={connectionId} plan={left} name="Left" />
        <Side connectionId={connectionId} plan={right} name="Right" />
      </Box>
      <section>
        <Typography variant="h2" component="h3" sx={{ mb: 0.75 }}>
          What differs
        </Typography>
        <Box component="ul" aria-label="What differs" sx={{ m: 0, pl: 2.25, display: 'grid', gap: 0.5 }}>
          {differences.map((text) => (
            <li key={text}>{text}</li>
          ))}
        </Box>
      </section>
      <section>
        <Typography variant="h2" component="h3" sx={{ mb: 0.75 }}>
          Node by node
        </Typography>
        <PlanPairs comparison={comparison} />
      </section>
    </Box>
  );
}

interface SideProps {
  readonly connectionId: string;
  readonly plan: ComparedPlan;
  readonly name: 'Left' | 'Right';
}

function Side({ connectionId, plan, name }: SideProps): ReactElement {
  const facts = [
    `cost ${formatCount(Math.round(plan.totalCost))}`,
    `${formatCount(plan.estimatedRows)} rows expected`,
    ...(plan.actualRows === null ? [] : [`${formatCount(plan.actualRows)} rows`]),
    ...(plan.executionMs === null ? ['not run'] : [`ran in ${formatDuration(plan.executionMs)}`]),
  ];
  return (
    <Box
      component="section"
      aria-label={`${name} plan`}
      sx={{ border: 1, borderColor: 'divider', borderRadius: 2, p: 1.5, display: 'grid', gap: 1 }}
    >
      <Box sx={{ overflowWrap: 'anywhere' }}>
        <Typography variant="caption" component="div" sx={{ color: 'text.secondary' }}>
          {name} · {formatInstant(plan.madeAt)}
        </Typography>
        <Typography sx={{ fontWeight: 600 }}>{capitalized(plan.how)}</Typography>
        <Typography sx={{ fontVariantNumeric: 'tabular-nums' }}>{facts.join(' · ')}</Typography>
      </Box>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1 }}>
        <KeepButton connectionId={connectionId} id={plan.id} isKept={plan.isKept} />
        <CopyButton text={plan.text} what={`${name.toLowerCase()} plan as text`} label="Text" />
        <CopyButton text={plan.json} what={`${name.toLowerCase()} plan as JSON`} label="JSON" />
      </Box>
    </Box>
  );
}
