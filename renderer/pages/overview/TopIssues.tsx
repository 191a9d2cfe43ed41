import Button from '@mui/material/Button';
import { styled } from '@mui/material/styles';
import type { ReactElement } from 'react';
import { Link } from 'react-router';
import type { Audit } from '#shared/model/audit.ts';
import { formatBytes, formatCount } from '#shared/model/format.ts';
import { pageAddress } from '#renderer/app/addresses.ts';
import { RunPlanButton } from '#renderer/app/plan/RunPlanButton.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { gainText } from '#renderer/components/gain-text.ts';
import { visible } from '#renderer/components/ObjectName.tsx';
import { Panel } from '#renderer/components/Panel.tsx';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';
import { useCheckTitles } from '#renderer/app/use-check-titles.ts';
import { type FindingGroup, groupByCheck, isOpenFinding } from '#renderer/state/findings.ts';

const SHOWN = 6;

interface Props {
  readonly audit: Audit;
  readonly connectionId: string;
}

/** What to do first. */
export function TopIssues({ audit, connectionId }: Props): ReactElement {
  const groups = groupByCheck(audit.findings.filter((f) => isOpenFinding(f) && f.severity !== 'info'));
  const titleOf = useCheckTitles();
  return (
    <Panel
      title="Fix first"
      actions={
        <>
          {groups.length > 0 && (
            <RunPlanButton connectionId={connectionId} request={{ kind: 'safe-findings' }}>
              Fix all safe ones…
            </RunPlanButton>
          )}
          {groups.length > SHOWN && (
            <Button component={Link} to={pageAddress(connectionId, 'findings')} color="inherit">
              All {formatCount(groups.length)} issues
            </Button>
          )}
        </>
      }
    >
      {groups.length === 0 ? (
        <EmptyState title="Nothing to fix." isGood>
          {formatCount(audit.coverage.run)} checks ran and found nothing that counts.
        </EmptyState>
      ) : (
        <List>
          {groups.slice(0, SHOWN).map((group) => (
            <li key={group.check}>
              <Link
                to={pageAddress(
                  connectionId,
                  'findings',
                  new URLSearchParams({ check: group.check }).toString(),
                )}
              >
                <span className="mark">
                  <SeverityMark mark={group.worst.severity} />
                </span>
                <span className="words">
                  <span className="title">{titleOf(group.check)}</span>
                  <bdi className="message" title={visible(group.worst.message)}>
                    {visible(group.worst.message)}
                  </bdi>
                </span>
                <span className="end">
                  <span>
                    {group.findings.length > 1 ? `${formatCount(group.findings.length)} objects` : ''}
                  </span>
                  <span className="gain">{gainOfGroup(group)}</span>
                </span>
              </Link>
            </li>
          ))}
        </List>
      )}
    </Panel>
  );
}

function gainOfGroup(group: FindingGroup): string | null {
  return group.gainBytes > 0 ? `≈ ${formatBytes(group.gainBytes)}` : shortGain(group);
}

function shortGain(group: FindingGroup): string | null {
  const { gain } = group.worst;
  return gain?.text === undefined ? gainText(gain) : null;
}

const List = styled('ol')(({ theme }) => ({
  margin: 0,
  padding: 0,
  listStyle: 'none',
  '& li + li': { borderTop: `1px solid ${theme.vars.palette.divider}` },
  '& a': {
    display: 'grid',
    gridTemplateColumns: '84px minmax(0, 1fr) auto',
    gap: 12,
    padding: '7px 6px',
    marginInline: -6,
    borderRadius: 6,
    color: theme.vars.palette.text.primary,
    textDecoration: 'none',
  },
  '& a:hover': { background: theme.vars.palette.row.hover },
  '& .words': { display: 'grid', minWidth: 0 },
  '& .title': { fontWeight: 600 },
  '& .title, & .message': { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  '& .message': { ...theme.typography.caption, color: theme.vars.palette.text.secondary },
  '& .end': { display: 'grid', justifyItems: 'end', whiteSpace: 'nowrap', ...theme.typography.caption },
  '& .gain': { color: theme.vars.palette.text.secondary },
}));
