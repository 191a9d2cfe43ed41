import Typography from '@mui/material/Typography';
import type { ReactElement } from 'react';
import { INDEX_FLAG, type IndexDetail } from '#shared/model/indexes.ts';
import { useBackend } from '#renderer/api/client.ts';
import { keys } from '#renderer/api/queries.ts';
import { FindingLinks } from '#renderer/app/FindingLinks.tsx';
import { PlanButtons } from '#renderer/app/plan/PlanButtons.tsx';
import { RunPlanButton } from '#renderer/app/plan/RunPlanButton.tsx';
import { DrawerSection } from '#renderer/components/DrawerSection.tsx';
import { EvidenceList } from '#renderer/components/EvidenceList.tsx';
import { FixView } from '#renderer/components/FixView.tsx';
import { visible } from '#renderer/components/ObjectName.tsx';
import { QueryDrawer } from '#renderer/components/QueryDrawer.tsx';
import { SqlBlock } from '#renderer/components/SqlBlock.tsx';
import { flagWords } from './index-rows.ts';

interface Props {
  readonly connectionId: string;
  /** Null = closed. */
  readonly oid: number | null;
  readonly onClose: () => void;
}

/** One index: definition, use, the findings about it, and how it would go. */
export function IndexDrawer({ connectionId, oid, onClose }: Props): ReactElement {
  const { client } = useBackend();
  return (
    <QueryDrawer
      id={oid}
      label="Index"
      failure="The index could not be read"
      queryKey={(id) => [...keys.insight(connectionId), 'index', id]}
      height={320}
      load={(id, { signal }) => client.indexes.detail({ connectionId, oid: id }, { signal })}
      onClose={onClose}
    >
      {(detail) => <Detail connectionId={connectionId} detail={detail} />}
    </QueryDrawer>
  );
}

interface DetailProps {
  readonly connectionId: string;
  readonly detail: IndexDetail;
}

function Detail({ connectionId, detail }: DetailProps): ReactElement {
  const { row, fix, invalidReason, unprovenReason } = detail;
  const flags = flagWords(row.flags);
  return (
    <>
      <div>
        <Typography variant="h1" component="h2" sx={{ overflowWrap: 'anywhere' }}>
          <bdi>{visible(row.name)}</bdi>
        </Typography>
        <Typography sx={{ color: 'text.secondary', overflowWrap: 'anywhere' }}>
          {row.accessMethod} index on <bdi>{visible(`${row.schema}.${row.table}`)}</bdi>
          {flags.length > 0 && ` · ${flags.join(', ')}`}
        </Typography>
      </div>
      {invalidReason !== null && <DrawerSection title="Invalid">{visible(invalidReason)}</DrawerSection>}
      <DrawerSection title="Definition">
        <SqlBlock statements={[detail.definition]} label="Index definition" />
      </DrawerSection>
      <DrawerSection title="Use">
        <EvidenceList evidence={useOf(detail)} />
      </DrawerSection>
      <PlanButtons>
        {(row.flags & NEVER_DROPPED) === 0 && (
          <RunPlanButton connectionId={connectionId} request={{ verb: 'drop-index', indexes: [row.oid] }}>
            Drop…
          </RunPlanButton>
        )}
        <RunPlanButton connectionId={connectionId} request={{ verb: 'reindex', indexes: [row.oid] }}>
          Rebuild…
        </RunPlanButton>
      </PlanButtons>
      <FindingLinks
        connectionId={connectionId}
        isAbout={(finding) => finding.object.kind === 'index' && finding.object.oid === row.oid}
      />
      {row.keepReason !== null && invalidReason === null ? (
        <DrawerSection title="Keep it">
          {row.scans === 0
            ? `It may not simply go: ${row.keepReason}.`
            : `It is in use, and ${row.keepReason}.`}
        </DrawerSection>
      ) : (
        <>
          {fix && unprovenReason !== null && (
            <DrawerSection title="Not proven to be unused">
              Nothing scanned it, but {unprovenReason}.
            </DrawerSection>
          )}
          {fix && <FixView fix={fix} />}
        </>
      )}
    </>
  );
}

/** What serves a constraint goes with that alone. */
const NEVER_DROPPED = INDEX_FLAG.primary | INDEX_FLAG.constraint | INDEX_FLAG.exclusion;

const BASIS = {
  samples: 'stored samples of the last 24 hours',
  counters: 'the whole time that scans are counted',
} as const;

function useOf({ row, ...detail }: IndexDetail) {
  return {
    sizeBytes: row.sizeBytes,
    scans: row.scans,
    ...(row.lastScanAt === null ? {} : { lastScanAt: row.lastScanAt }),
    ...(detail.perDayFrom === null
      ? {}
      : { scansPerDay: round(row.scansPerDay), scansPerDayFrom: BASIS[detail.perDayFrom] }),
    entriesRead: detail.rowsRead,
    rowsFetched: detail.rowsFetched,
    tableRows: detail.tableRows,
    tableWrites: row.tableWrites,
    scansPerWrite: row.scansPerWrite === null ? 'no writes counted' : round(row.scansPerWrite),
    backsConstraint: detail.constraint ?? 'none',
    doesTheSameAs: row.coveredBy ?? 'none',
  };
}

function round(value: number | null): number | null {
  return value === null ? null : Math.round(value * 100) / 100;
}
