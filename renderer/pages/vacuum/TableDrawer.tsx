import Typography from '@mui/material/Typography';
import type { ReactElement } from 'react';
import { formatCountOf, formatInstant, formatPercent } from '#shared/model/format.ts';
import type { VacuumTableDetail } from '#shared/model/vacuum.ts';
import { useBackend } from '#renderer/api/client.ts';
import { keys } from '#renderer/api/queries.ts';
import { FindingLinks } from '#renderer/app/FindingLinks.tsx';
import { PlanButtons } from '#renderer/app/plan/PlanButtons.tsx';
import { RunPlanButton } from '#renderer/app/plan/RunPlanButton.tsx';
import { DrawerSection } from '#renderer/components/DrawerSection.tsx';
import { EvidenceList } from '#renderer/components/EvidenceList.tsx';
import { FixView } from '#renderer/components/FixView.tsx';
import { QueryDrawer } from '#renderer/components/QueryDrawer.tsx';
import { nextInWords } from './next-words.ts';
import { TableParameters } from './TableParameters.tsx';

interface Props {
  readonly connectionId: string;
  readonly oid: number | null;
  readonly onClose: () => void;
}

/** One table: its triggers with their numbers, what was done to it, and what to run. */
export function TableDrawer({ connectionId, oid, onClose }: Props): ReactElement {
  const { client } = useBackend();
  return (
    <QueryDrawer
      id={oid}
      label="Table"
      failure="The table could not be read"
      queryKey={(id) => [...keys.insight(connectionId), 'vacuum-table', id]}
      height={420}
      load={(id, { signal }) => client.vacuum.detail({ connectionId, oid: id }, { signal })}
      onClose={onClose}
    >
      {(data, id) => <Detail connectionId={connectionId} oid={id} data={data} />}
    </QueryDrawer>
  );
}

function Detail({
  connectionId,
  oid,
  data,
}: {
  readonly connectionId: string;
  readonly oid: number;
  readonly data: VacuumTableDetail;
}): ReactElement {
  return (
    <>
      <Typography variant="h1" component="h2" sx={{ overflowWrap: 'anywhere' }}>
        <bdi>{data.name}</bdi>
      </Typography>
      <PlanButtons>
        <RunPlanButton connectionId={connectionId} request={{ verb: 'vacuum', tables: [oid], mode: 'plain' }}>
          Vacuum…
        </RunPlanButton>
        <RunPlanButton
          connectionId={connectionId}
          request={{ verb: 'vacuum', tables: [oid], mode: 'analyze' }}
        >
          Vacuum and analyze…
        </RunPlanButton>
        <RunPlanButton connectionId={connectionId} request={{ verb: 'analyze', tables: [oid] }}>
          Analyze…
        </RunPlanButton>
        <RunPlanButton
          connectionId={connectionId}
          request={{ verb: 'vacuum', tables: [oid], mode: 'freeze' }}
        >
          Freeze…
        </RunPlanButton>
        <RunPlanButton connectionId={connectionId} request={{ verb: 'vacuum', tables: [oid], mode: 'full' }}>
          Rewrite (FULL)…
        </RunPlanButton>
      </PlanButtons>
      <DrawerSection title="When autovacuum acts">
        <Typography sx={{ mb: 1 }}>
          {sentence(nextInWords(data.next))}.
          {data.pace &&
            ` An estimate, from the pace between ${formatInstant(data.pace.from)} and ${formatInstant(data.pace.to)}; autovacuum looks once in autovacuum_naptime.`}
          {data.next.state === 'waiting' &&
            data.pace === null &&
            ' When is unknown: it takes samples over five minutes or more in which rows were added.'}
        </Typography>
        <EvidenceList evidence={triggersOf(data)} />
      </DrawerSection>
      <DrawerSection title="What was done">
        <EvidenceList
          evidence={{
            autovacuums: data.counts.autovacuum,
            manualVacuums: data.counts.vacuum,
            autoanalyzes: data.counts.autoanalyze,
            manualAnalyzes: data.counts.analyze,
            ...data.options,
          }}
        />
      </DrawerSection>
      <DrawerSection title="HOT updates">
        <Typography>
          {data.hotPercent === null
            ? 'No row was updated since the statistics began.'
            : `${formatPercent(data.hotPercent)} of ${formatCountOf(data.updated, 'update')} stayed on their page and touched no index (heap-only tuples). The more, the less there is to vacuum: room on the pages (fillfactor) and few indexes on columns that change make it so.`}
        </Typography>
      </DrawerSection>
      <FindingLinks connectionId={connectionId} isAbout={(finding) => finding.object.oid === oid} />
      <TableParameters connectionId={connectionId} oid={oid} parameters={data.parameters} />
      {data.fixes.map(({ fix, request }) => (
        <FixView
          key={fix.title}
          fix={fix}
          run={
            <RunPlanButton connectionId={connectionId} request={request}>
              Apply…
            </RunPlanButton>
          }
        />
      ))}
    </>
  );
}

function triggersOf(data: VacuumTableDetail) {
  return {
    ...(data.parent === null ? {} : { partOf: data.parent }),
    deadRows: data.deadRows,
    vacuumStartsAboveRows: data.triggerRows,
    thatIs: data.formula,
    insertedSinceVacuumRows: data.insertedRows,
    ...(data.insertTriggerRows === null
      ? { insertsStart: 'never a VACUUM' }
      : { insertsStartAboveRows: data.insertTriggerRows, insertsRule: data.insertFormula }),
    changedSinceAnalyzeRows: data.modifiedRows,
    analyzeStartsAboveRows: data.analyzeTriggerRows,
    autovacuumForThisTable: data.isEnabled ? 'on' : 'off',
    heldBackBy: data.holder ?? 'nobody',
  };
}

function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
