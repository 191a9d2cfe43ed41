import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import type { Machine, SettingsOverview } from '#shared/model/settings.ts';
import { useBackend } from '#renderer/api/client.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { keys } from '#renderer/api/queries.ts';
import { RunPlanButton } from '#renderer/app/plan/RunPlanButton.tsx';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';
import { FixView } from '#renderer/components/FixView.tsx';
import { Fold } from '#renderer/components/Fold.tsx';
import { Panel } from '#renderer/components/Panel.tsx';

interface Props {
  readonly connectionId: string;
  readonly data: SettingsOverview;
}

/** Asks for the machine, then says what does not fit it and why. */
export function AdviceTab({ connectionId, data }: Props): ReactElement {
  return (
    <Box sx={{ display: 'grid', gap: 1.5 }}>
      <MachineForm connectionId={connectionId} machine={data.machine} />
      {data.machine !== null && (
        <Panel title="Advice">
          {data.advice.length === 0 ? (
            <EmptyState title="Nothing to change." isGood>
              The settings fit this machine.
            </EmptyState>
          ) : (
            <Box sx={{ display: 'grid', gap: 1 }}>
              {data.advice.map((advice) => (
                <Fold key={advice.name} title={`${advice.name}: ${advice.now} → ${advice.advised}`}>
                  <p>{advice.reason}</p>
                  <FixView
                    fix={advice.fix}
                    run={
                      <RunPlanButton
                        connectionId={connectionId}
                        request={{ verb: 'server-setting', name: advice.name, value: advice.advised }}
                        isProposed
                      >
                        Change…
                      </RunPlanButton>
                    }
                  />
                </Fold>
              ))}
            </Box>
          )}
        </Panel>
      )}
    </Box>
  );
}

const DISKS = [
  { value: 'ssd', title: 'SSD or NVMe' },
  { value: 'network', title: 'Network or cloud volume' },
  { value: 'hdd', title: 'Spinning disk' },
] as const;
const WORKLOADS = [
  { value: 'web', title: 'Web application: many short statements' },
  { value: 'mixed', title: 'Mixed' },
  { value: 'analytics', title: 'Analytics: few long statements' },
] as const;

function MachineForm({
  connectionId,
  machine,
}: {
  readonly connectionId: string;
  readonly machine: Machine | null;
}) {
  const { client } = useBackend();
  const queries = useQueryClient();
  const [memory, setMemory] = useState(String(machine?.memoryGb ?? ''));
  const [cpus, setCpus] = useState(String(machine?.cpus ?? ''));
  const [disk, setDisk] = useState<Machine['disk']>(machine?.disk ?? 'ssd');
  const [workload, setWorkload] = useState<Machine['workload']>(machine?.workload ?? 'web');
  const save = useMutation({
    mutationFn: (described: Machine) => client.settings.setMachine({ connectionId, machine: described }),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.insight(connectionId) }),
  });
  const memoryGb = Number(memory);
  const count = Math.round(Number(cpus));
  const isUsable = memoryGb >= 0.25 && memoryGb <= 65_536 && count >= 1 && count <= 4_096;
  return (
    <Panel title="The server's machine">
      <p>
        SQL cannot tell how much memory and how many CPUs a server has. PgVitals remembers what you say here.
      </p>
      <Box
        component="form"
        sx={{ display: 'flex', flexWrap: 'wrap', gap: 1.5, alignItems: 'center' }}
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate({ memoryGb, cpus: count, disk, workload });
        }}
      >
        <TextField
          size="small"
          label="RAM in GB"
          type="number"
          value={memory}
          onChange={(event) => setMemory(event.target.value)}
          sx={{ width: 120 }}
          slotProps={{ htmlInput: { min: 0.25, step: 'any' } }}
        />
        <TextField
          size="small"
          label="CPUs"
          type="number"
          value={cpus}
          onChange={(event) => setCpus(event.target.value)}
          sx={{ width: 100 }}
          slotProps={{ htmlInput: { min: 1 } }}
        />
        <TextField
          select
          size="small"
          label="Disk"
          value={disk}
          onChange={(event) => setDisk(DISKS.find((d) => d.value === event.target.value)?.value ?? 'ssd')}
          sx={{ minWidth: 190 }}
        >
          {DISKS.map(({ value, title }) => (
            <MenuItem key={value} value={value}>
              {title}
            </MenuItem>
          ))}
        </TextField>
        <TextField
          select
          size="small"
          label="Work"
          value={workload}
          onChange={(event) =>
            setWorkload(WORKLOADS.find((w) => w.value === event.target.value)?.value ?? 'web')
          }
          sx={{ minWidth: 220, maxWidth: '100%' }}
        >
          {WORKLOADS.map(({ value, title }) => (
            <MenuItem key={value} value={value}>
              {title}
            </MenuItem>
          ))}
        </TextField>
        <Button type="submit" variant="contained" disabled={!isUsable || save.isPending}>
          Advise
        </Button>
      </Box>
      {save.error && <ErrorNotice error={toUserError(save.error)} title="Not saved" />}
    </Panel>
  );
}
