import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Chip from '@mui/material/Chip';
import Typography from '@mui/material/Typography';
import { type ReactElement, useDeferredValue, useMemo, useState } from 'react';
import { useSearchParams } from 'react-router';
import type { Audit } from '#shared/model/audit.ts';
import type { Finding } from '#shared/model/finding.ts';
import { formatCountOf } from '#shared/model/format.ts';
import { useLatestAudit } from '#renderer/api/queries.ts';
import type { PageProps } from '#renderer/app/addresses.ts';
import { AuditGate } from '#renderer/app/AuditGate.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { FilterField } from '#renderer/components/FilterField.tsx';
import { GrantNotice } from '#renderer/components/GrantNotice.tsx';
import { MissingRights } from '#renderer/components/MissingRights.tsx';
import { PassedChecks } from '#renderer/components/PassedChecks.tsx';
import { useCheckTitles } from '#renderer/app/use-check-titles.ts';
import { type AuditRun, useAuditRun } from '#renderer/state/audit-run.ts';
import { groupByCheck } from '#renderer/state/findings.ts';
import { Facets } from './Facets.tsx';
import { FindingDrawer } from './FindingDrawer.tsx';
import { FindingTree } from './FindingTree.tsx';
import { FixButtons } from './FixButtons.tsx';
import { filterFindings, readFilter } from './finding-filter.ts';
import { useChosen } from './use-chosen.ts';

/** What is wrong, why, and how sure are you? */
export function FindingsPage({ connectionId }: PageProps): ReactElement {
  const { data: audit } = useLatestAudit(connectionId);
  const run = useAuditRun(connectionId);
  // The first audit shows its findings as they come; a later one leaves the old list until it is done.
  if (audit === null && run && run.findings.length > 0) {
    return (
      <Findings connectionId={connectionId} findings={run.findings} notice={<StreamNotice run={run} />} />
    );
  }
  return (
    <AuditGate connectionId={connectionId}>
      {(latest) => <Findings connectionId={connectionId} findings={latest.findings} audit={latest} />}
    </AuditGate>
  );
}

function StreamNotice({ run }: { readonly run: AuditRun }): ReactElement {
  const checks = formatCountOf(run.checksEnded, 'check');
  return (
    <GrantNotice>
      {run.state === 'running'
        ? `The audit is running: ${checks} ended so far.`
        : `The audit did not end: ${checks} ran.`}
    </GrantNotice>
  );
}

interface Props extends PageProps {
  readonly findings: readonly Finding[];
  readonly audit?: Audit;
  readonly notice?: ReactElement;
}

function Findings({ connectionId, findings, audit, notice }: Props): ReactElement {
  const [params, setParams] = useSearchParams();
  const titleOf = useCheckTitles();
  const [typed, setTyped] = useState(params.get('q') ?? '');
  const text = useDeferredValue(typed);
  const filter = useMemo(() => ({ ...readFilter(params), text }), [params, text]);
  const groups = useMemo(
    () => groupByCheck(filterFindings(findings, filter, titleOf)),
    [findings, filter, titleOf],
  );
  const shown = groups.flatMap((group) => group.findings);
  const openId = params.get('finding');
  const open = openId === null ? undefined : findings.find((finding) => finding.fingerprint === openId);

  const filterBy = (value: string): void => {
    setTyped(value);
    setParams((before) => withParam(before, 'q', value || null), { replace: true });
  };

  const { chosen, choose, clear } = useChosen(findings);

  const show = (finding: Finding | null): void => {
    setParams(
      (before) => withParam(before, 'finding', finding?.fingerprint ?? null),
      // Walking from one finding to the next should not fill the history.
      { replace: openId !== null && finding !== null },
    );
  };

  return (
    <Box sx={PAGE}>
      <Box sx={{ display: 'flex', alignItems: 'center', flexWrap: 'wrap', gap: 2 }}>
        <Typography variant="h1">Findings</Typography>
        <Typography sx={{ color: 'text.secondary' }} role="status">
          {formatCountOf(shown.length, 'finding')} by {formatCountOf(groups.length, 'check')}
        </Typography>
        {filter.check !== null && (
          <Chip
            size="small"
            label={`Only: ${titleOf(filter.check)}`}
            onDelete={() => setParams(withParam(params, 'check', null))}
            sx={{ maxWidth: 380 }}
          />
        )}
        <Box sx={{ flex: 1 }} />
        {audit && findings.length > 0 && (
          <FixButtons connectionId={connectionId} chosen={chosen} onDone={clear} />
        )}
        <FilterField label="Filter findings" value={typed} onChange={filterBy} />
      </Box>
      {notice}
      {audit && <MissingRights coverage={audit.coverage} />}
      {findings.length === 0 ? (
        <AllClear audit={audit} />
      ) : (
        <Box sx={BODY}>
          <Facets findings={findings} filter={filter} titleOf={titleOf} />
          {shown.length > 0 ? (
            <FindingTree
              groups={groups}
              titleOf={titleOf}
              onOpen={show}
              chosen={audit ? chosen : null}
              onChoose={choose}
            />
          ) : (
            <NoMatch
              onClear={() => {
                setTyped('');
                setParams({});
              }}
            />
          )}
        </Box>
      )}
      <FindingDrawer connectionId={connectionId} finding={open} among={shown} onShow={show} />
    </Box>
  );
}

function withParam(params: URLSearchParams, name: string, value: string | null): URLSearchParams {
  const next = new URLSearchParams(params);
  if (value === null) next.delete(name);
  else next.set(name, value);
  return next;
}

function NoMatch({ onClear }: { readonly onClear: () => void }): ReactElement {
  return (
    <EmptyState
      title="No finding matches."
      action={
        <Button variant="outlined" color="inherit" onClick={onClear}>
          Clear the filters
        </Button>
      }
    >
      Fixed and accepted findings are shown only where their status is chosen.
    </EmptyState>
  );
}

function AllClear({ audit }: { readonly audit: Audit | undefined }): ReactElement {
  const skipped = new Set(audit?.coverage.skipped.map((s) => s.check)).size;
  return (
    <>
      <EmptyState
        title={`No findings. ${formatCountOf(audit?.coverage.run ?? 0, 'check')} ran.`}
        isGood={skipped === 0}
      >
        {skipped > 0
          ? `${formatCountOf(skipped, 'check')} could not look everywhere: the overview says which, and why.`
          : 'Every check that makes sense for this server ran to its end.'}
      </EmptyState>
      {/* Longer than the page: what is below it needs its own margin. */}
      <Box sx={{ pb: 3 }}>{audit && <PassedChecks audit={audit} isOpen />}</Box>
    </>
  );
}

const PAGE = {
  display: 'flex',
  flexDirection: 'column',
  gap: 1.5,
  p: 3,
  flex: 1,
  minHeight: 0,
  boxSizing: 'border-box',
} as const;
const BODY = {
  display: 'grid',
  gap: 2,
  flex: 1,
  minHeight: 320,
  gridTemplateColumns: { xs: 'minmax(0, 1fr)', md: '164px minmax(0, 1fr)' },
  gridTemplateRows: { xs: 'max-content minmax(320px, 1fr)', md: 'minmax(0, 1fr)' },
} as const;
