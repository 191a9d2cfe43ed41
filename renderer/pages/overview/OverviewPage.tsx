import Box from '@mui/material/Box';
import Skeleton from '@mui/material/Skeleton';
import Typography from '@mui/material/Typography';
import type { ReactElement } from 'react';
import type { Audit } from '#shared/model/audit.ts';
import type { PageProps } from '#renderer/app/addresses.ts';
import { AuditGate } from '#renderer/app/AuditGate.tsx';
import { GrantNotice } from '#renderer/components/GrantNotice.tsx';
import { MissingRights } from '#renderer/components/MissingRights.tsx';
import { PassedChecks } from '#renderer/components/PassedChecks.tsx';
import { CategoryBars } from './CategoryBars.tsx';
import { Coverage } from './Coverage.tsx';
import { GoodPractices } from './GoodPractices.tsx';
import { GradePanel } from './GradePanel.tsx';
import { KeyFigures } from './KeyFigures.tsx';
import { LargestRelations } from './LargestRelations.tsx';
import { TopIssues } from './TopIssues.tsx';

/** Is my database healthy, and what do I do first? */
export function OverviewPage({ connectionId }: PageProps): ReactElement {
  return (
    <AuditGate connectionId={connectionId} skeleton={<OverviewSkeleton />}>
      {(audit) => <Overview audit={audit} connectionId={connectionId} />}
    </AuditGate>
  );
}

function Overview({
  audit,
  connectionId,
}: {
  readonly audit: Audit;
  readonly connectionId: string;
}): ReactElement {
  return (
    <Box sx={PAGE}>
      <Typography variant="h1" className="visually-hidden">
        Overview
      </Typography>
      <MissingRights coverage={audit.coverage} />
      {audit.notices.map((notice) => (
        <GrantNotice key={notice}>{notice}</GrantNotice>
      ))}
      <Box
        sx={{
          ...COLUMNS,
          gridTemplateColumns: { xs: 'minmax(0, 1fr)', md: 'minmax(0, 9fr) minmax(0, 11fr)' },
        }}
      >
        <GradePanel audit={audit} />
        <CategoryBars audit={audit} connectionId={connectionId} />
      </Box>
      <KeyFigures facts={audit.facts} />
      <Box
        sx={{
          ...COLUMNS,
          gridTemplateColumns: { xs: 'minmax(0, 1fr)', md: 'minmax(0, 11fr) minmax(0, 9fr)' },
        }}
      >
        <TopIssues audit={audit} connectionId={connectionId} />
        <LargestRelations connectionId={connectionId} />
      </Box>
      <Coverage audit={audit} />
      <GoodPractices practices={audit.goodPractices} />
      <PassedChecks audit={audit} />
    </Box>
  );
}

const PAGE = { display: 'grid', gap: 2, p: 3, minWidth: 0 } as const;
const COLUMNS = { display: 'grid', gap: 2, alignItems: 'stretch' } as const;

function OverviewSkeleton(): ReactElement {
  return (
    <Box sx={PAGE} aria-busy="true">
      <Box sx={{ ...COLUMNS, gridTemplateColumns: { xs: '1fr', md: '9fr 11fr' } }}>
        <Skeleton variant="rounded" height={196} />
        <Skeleton variant="rounded" height={196} />
      </Box>
      <Skeleton variant="rounded" height={126} />
      <Box sx={{ ...COLUMNS, gridTemplateColumns: { xs: '1fr', md: '11fr 9fr' } }}>
        <Skeleton variant="rounded" height={330} />
        <Skeleton variant="rounded" height={330} />
      </Box>
    </Box>
  );
}
