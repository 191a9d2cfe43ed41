import Box from '@mui/material/Box';
import MenuItem from '@mui/material/MenuItem';
import Skeleton from '@mui/material/Skeleton';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import type { Finding } from '#shared/model/finding.ts';
import type { AuditSummary } from '#shared/model/history.ts';
import { formatCountOf, formatInstant } from '#shared/model/format.ts';
import { useBackend } from '#renderer/api/client.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { keys } from '#renderer/api/queries.ts';
import { DetailDrawer } from '#renderer/components/DetailDrawer.tsx';
import { DrawerSection } from '#renderer/components/DrawerSection.tsx';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';
import { visible } from '#renderer/components/ObjectName.tsx';
import { SeverityMark } from '#renderer/components/SeverityMark.tsx';

interface Props {
  readonly connectionId: string;
  /** Null = closed. */
  readonly newer: AuditSummary | null;
  /** What it is compared with; null = there is no earlier one. */
  readonly older: AuditSummary | null;
  /** All before `newer`, newest first. */
  readonly earlier: readonly AuditSummary[];
  readonly onCompare: (id: number) => void;
  readonly onClose: () => void;
}

/** What changed between an audit and an earlier one. */
export function DiffDrawer({ newer, onClose, ...rest }: Props): ReactElement {
  return (
    <DetailDrawer isOpen={newer !== null} label="Compare audits" onClose={onClose}>
      {newer && <Diff key={newer.id} newer={newer} {...rest} />}
    </DetailDrawer>
  );
}

function Diff({
  connectionId,
  newer,
  older,
  earlier,
  onCompare,
}: Omit<Props, 'onClose' | 'newer'> & { readonly newer: AuditSummary }): ReactElement {
  const { client } = useBackend();
  const { data, error, refetch } = useQuery({
    enabled: older !== null,
    queryKey: [...keys.insight(connectionId), 'diff', older?.id, newer.id],
    queryFn: ({ signal }) =>
      client.history.diff({ connectionId, older: older?.id ?? 0, newer: newer.id }, { signal }),
  });
  return (
    <Box sx={{ display: 'grid', gap: 2.5 }}>
      <Typography variant="h1" component="h2">
        {newer.grade}, {formatInstant(newer.at)}
      </Typography>
      {older === null ? (
        <Typography>This is the oldest audit kept: there is nothing to compare it with.</Typography>
      ) : (
        <TextField
          select
          size="small"
          label="Compared with"
          value={older.id}
          onChange={(event) => onCompare(Number(event.target.value))}
        >
          {earlier.map((audit) => (
            <MenuItem key={audit.id} value={audit.id}>
              {audit.grade}, {formatInstant(audit.at)}
            </MenuItem>
          ))}
        </TextField>
      )}
      {error ? (
        <ErrorNotice error={toUserError(error)} onRetry={() => void refetch()} />
      ) : older !== null && !data ? (
        <Skeleton variant="rounded" height={240} />
      ) : data ? (
        <>
          <Typography role="status">
            {data.older.grade} → {data.newer.grade}; {formatCountOf(data.unchanged, 'finding')} as before.
          </Typography>
          <Findings title="New" findings={data.added} />
          <Findings title="Worse" findings={data.worse} />
          <Findings title="Better" findings={data.better} />
          <Findings title="Fixed" findings={data.fixed} />
        </>
      ) : null}
    </Box>
  );
}

function Findings({ title, findings }: { readonly title: string; readonly findings: readonly Finding[] }) {
  return (
    <DrawerSection title={`${title} (${findings.length})`}>
      {findings.length === 0 ? (
        <Typography sx={{ color: 'text.secondary' }}>None.</Typography>
      ) : (
        <Box component="ul" sx={{ m: 0, p: 0, listStyle: 'none', display: 'grid', gap: 0.75 }}>
          {findings.map((finding) => (
            <li key={finding.fingerprint}>
              <SeverityMark mark={finding.severity} isShapeOnly /> {visible(finding.message)}
            </li>
          ))}
        </Box>
      )}
    </DrawerSection>
  );
}
