import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import Typography from '@mui/material/Typography';
import { useMutation } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { formatBytes, formatDuration, formatPercent } from '#shared/model/format.ts';
import type { BloatRow, PgstattupleState } from '#shared/model/vacuum.ts';
import { useBackend } from '#renderer/api/client.ts';
import { isAbort, toUserError } from '#renderer/api/errors.ts';
import { keys } from '#renderer/api/queries.ts';
import { PlanButtons } from '#renderer/app/plan/PlanButtons.tsx';
import { RunPlanButton } from '#renderer/app/plan/RunPlanButton.tsx';
import { DrawerSection } from '#renderer/components/DrawerSection.tsx';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';
import { EvidenceList } from '#renderer/components/EvidenceList.tsx';
import { visible } from '#renderer/components/ObjectName.tsx';
import { ProgressLine } from '#renderer/components/ProgressLine.tsx';
import { QueryDrawer } from '#renderer/components/QueryDrawer.tsx';
import { SqlBlock } from '#renderer/components/SqlBlock.tsx';

interface Props {
  readonly connectionId: string;
  readonly oid: number | null;
  readonly pgstattuple: PgstattupleState;
  readonly onClose: () => void;
}

/** One estimate, what it rests on, and the way to measure it. */
export function BloatDrawer({ connectionId, oid, pgstattuple, onClose }: Props): ReactElement {
  const { client } = useBackend();
  return (
    <QueryDrawer
      id={oid}
      label="Bloat"
      failure="The estimate could not be read"
      queryKey={(id) => [...keys.insight(connectionId), 'bloat-of', id]}
      height={300}
      load={(id, { signal }) => client.vacuum.bloatDetail({ connectionId, oid: id }, { signal })}
      onClose={onClose}
    >
      {(data) => <Detail connectionId={connectionId} data={data} pgstattuple={pgstattuple} />}
    </QueryDrawer>
  );
}

function Detail({
  connectionId,
  data,
  pgstattuple,
}: Omit<Props, 'oid' | 'onClose'> & { readonly data: BloatRow }): ReactElement {
  const { oid } = data;
  return (
    <>
      <Typography variant="h1" component="h2" sx={{ overflowWrap: 'anywhere' }}>
        <bdi>{visible(data.name)}</bdi>
      </Typography>
      <DrawerSection
        title={data.confidence === null ? 'Not estimated' : `Estimate, ${data.confidence} confidence`}
      >
        <Typography sx={{ mb: 1 }}>Because {data.reason}.</Typography>
        <EvidenceList
          evidence={{
            sizeBytes: data.sizeBytes,
            wastedBytes: data.wastedBytes,
            wastedPercent: data.wastedPercent,
            deadRowsBytes: data.deadBytes,
            freeSpaceBytes: data.freeBytes,
            fillFactorReserveBytes: data.reserveBytes,
          }}
        />
      </DrawerSection>
      <PlanButtons title="Give it back">
        {data.kind === 'table' ? (
          <>
            <RunPlanButton
              connectionId={connectionId}
              request={{ verb: 'vacuum', tables: [oid], mode: 'plain' }}
            >
              Vacuum…
            </RunPlanButton>
            <RunPlanButton
              connectionId={connectionId}
              request={{ verb: 'vacuum', tables: [oid], mode: 'full' }}
            >
              Rewrite (FULL)…
            </RunPlanButton>
            <RunPlanButton connectionId={connectionId} request={{ verb: 'reindex-table', table: oid }}>
              Rebuild its indexes…
            </RunPlanButton>
          </>
        ) : (
          <RunPlanButton connectionId={connectionId} request={{ verb: 'reindex', indexes: [oid] }}>
            Rebuild…
          </RunPlanButton>
        )}
      </PlanButtons>
      <Measure connectionId={connectionId} row={data} pgstattuple={pgstattuple} />
    </>
  );
}

function Measure({
  connectionId,
  row,
  pgstattuple,
}: Omit<Props, 'oid' | 'onClose'> & { readonly row: BloatRow }): ReactElement {
  const { client } = useBackend();
  const [accepted, setAccepted] = useState(false);
  const [stop, setStop] = useState<AbortController | null>(null);
  const measure = useMutation({
    mutationFn: () => {
      const controller = new AbortController();
      setStop(controller);
      return client.vacuum.measure(
        { connectionId, oid: row.oid, confirmed: true },
        { signal: controller.signal },
      );
    },
  });
  if (pgstattuple.state === 'unavailable')
    return (
      <DrawerSection title="Measure">This server does not offer the extension pgstattuple.</DrawerSection>
    );
  if (pgstattuple.state === 'missing')
    return (
      <DrawerSection title="Measure">
        <Typography sx={{ mb: 1 }}>
          Measuring needs the extension pgstattuple in this database. It takes no restart.
        </Typography>
        <SqlBlock statements={[pgstattuple.sql]} label="SQL that installs pgstattuple" />
        <Box sx={{ mt: 1 }}>
          <RunPlanButton
            connectionId={connectionId}
            request={{ verb: 'create-extension', name: 'pgstattuple', schema: null }}
          >
            Install pgstattuple…
          </RunPlanButton>
        </Box>
      </DrawerSection>
    );
  return (
    <DrawerSection title="Measure">
      <Typography>
        {row.kind === 'table'
          ? `pgstattuple_approx reads the pages of the table that the visibility map does not vouch for, at most ${formatBytes(row.sizeBytes)}.`
          : `pgstatindex reads the whole index, ${formatBytes(row.sizeBytes)}.`}{' '}
        It locks out no reads and no writes, and is stopped after two minutes.
      </Typography>
      <FormControlLabel
        control={<Checkbox size="small" checked={accepted} onChange={(_, on) => setAccepted(on)} />}
        label="Read it now"
      />
      {measure.isPending ? (
        <Box sx={{ display: 'grid', gridTemplateColumns: '1fr auto', gap: 1.5, alignItems: 'center' }}>
          <ProgressLine label="Measuring" done={0} total={0} />
          <Button variant="outlined" color="inherit" onClick={() => stop?.abort()}>
            Cancel
          </Button>
        </Box>
      ) : (
        <Button variant="contained" disabled={!accepted} onClick={() => measure.mutate()}>
          Measure
        </Button>
      )}
      {measure.error && !isAbort(measure.error, stop?.signal) && (
        <ErrorNotice error={toUserError(measure.error)} title="It could not be measured" />
      )}
      {measure.data && (
        <Box role="status" sx={{ mt: 1.5 }}>
          <Typography sx={{ mb: 1 }}>
            <strong>Measured: {formatPercent(measure.data.wastedPercent)} wasted</strong> by{' '}
            {measure.data.method} in {formatDuration(measure.data.durationMs)}
            {row.wastedPercent !== null && `; the estimate said ${formatPercent(row.wastedPercent)}`}.
          </Typography>
          <EvidenceList
            evidence={{
              sizeBytes: measure.data.sizeBytes,
              deadRowsBytes: measure.data.deadBytes,
              freeSpaceBytes: measure.data.freeBytes,
            }}
          />
        </Box>
      )}
    </DrawerSection>
  );
}
