import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Link from '@mui/material/Link';
import Typography from '@mui/material/Typography';
import type { ReactElement } from 'react';
import type { ExcludedStatement, QueriesOverview } from '#shared/model/queries.ts';
import {
  formatCount,
  formatCountOf,
  formatDuration,
  formatInstant,
  formatPercent,
} from '#shared/model/format.ts';
import { useBackend } from '#renderer/api/client.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { EmptyState } from '#renderer/components/EmptyState.tsx';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';
import { Panel } from '#renderer/components/Panel.tsx';
import { PlainTable } from '#renderer/components/PlainTable.tsx';
import { Scroller } from '#renderer/components/Scroller.tsx';
import { useExclusionChange } from './Exclusion.tsx';

interface Props {
  readonly connectionId: string;
  readonly excluded: QueriesOverview['excluded'];
  /** Key of the statement. */
  readonly onOpen: (key: string) => void;
}

/** Statements that the user took out of the lists, with what they amount to, and the way back. */
export function ExcludedTab({ connectionId, excluded, onOpen }: Props): ReactElement {
  const { client } = useBackend();
  const all = useExclusionChange(connectionId, () => client.queries.include({ connectionId, queryId: null }));
  if (excluded.list.length === 0) {
    return (
      <Panel title="Excluded statements">
        <EmptyState title="No statement is excluded.">
          A backup or a report that hides all others: open it and choose “Exclude from the lists”.
        </EmptyState>
      </Panel>
    );
  }
  return (
    <Panel
      title="Excluded statements"
      actions={
        <Button color="inherit" variant="outlined" onClick={() => !all.isPending && all.mutate()}>
          Bring all back
        </Button>
      }
    >
      <p>
        {formatCountOf(excluded.list.length, 'statement')}, kept for this database by{' '}
        {excluded.list.length === 1 ? 'its id' : 'their ids'}: {formatDuration(excluded.totalMs)} (
        {formatPercent(excluded.timePercent)} of all time) in {formatCountOf(excluded.calls, 'call')} (
        {formatPercent(excluded.callsPercent)} of all calls). No list and no total has them.
      </p>
      {all.error && <ErrorNotice error={toUserError(all.error)} title="Not saved" />}
      <Scroller role="region" aria-label="List of excluded statements" tabIndex={0}>
        <PlainTable>
          <thead>
            <tr>
              <th scope="col">Statement</th>
              <th scope="col" className="number">
                Of all time
              </th>
              <th scope="col" className="number">
                Total
              </th>
              <th scope="col" className="number">
                Calls
              </th>
              <th scope="col">Excluded</th>
              <th scope="col" className="number">
                Action
              </th>
            </tr>
          </thead>
          <tbody>
            {excluded.list.map((one) => (
              <Row key={one.queryId} connectionId={connectionId} one={one} onOpen={onOpen} />
            ))}
          </tbody>
        </PlainTable>
      </Scroller>
    </Panel>
  );
}

interface RowProps {
  readonly connectionId: string;
  readonly one: ExcludedStatement;
  readonly onOpen: (key: string) => void;
}

function Row({ connectionId, one, onOpen }: RowProps): ReactElement {
  const { client } = useBackend();
  const { queryId, query, key } = one;
  const { mutate, isPending, error } = useExclusionChange(connectionId, () =>
    client.queries.include({ connectionId, queryId }),
  );
  const text = query ?? `Statement ${queryId}`;
  return (
    <tr>
      <td style={{ minWidth: 220 }}>
        {key === null ? (
          <>
            {text}{' '}
            <Typography component="span" variant="caption" sx={{ color: 'text.secondary' }}>
              did not run in this window
            </Typography>
          </>
        ) : (
          <Link
            component="button"
            color="inherit"
            onClick={() => onOpen(key)}
            sx={{ textAlign: 'start', overflowWrap: 'anywhere' }}
          >
            {text}
          </Link>
        )}
        {error && <ErrorNotice error={toUserError(error)} title="Not saved" />}
      </td>
      <td className="number">{formatPercent(one.timePercent)}</td>
      <td className="number">{formatDuration(one.totalMs)}</td>
      <td className="number">{formatCount(one.calls)}</td>
      <td style={{ whiteSpace: 'nowrap' }}>{formatInstant(one.excludedAt)}</td>
      <td className="number">
        <Button
          color="inherit"
          size="small"
          variant="outlined"
          aria-label={`Bring back ${text}`}
          onClick={() => !isPending && mutate()}
        >
          Bring back
        </Button>
      </td>
    </tr>
  );
}

interface ShareProps {
  readonly excluded: QueriesOverview['excluded'];
  readonly onOpen: () => void;
}

/** Beside the totals: what is missing from them because the user said so. */
export function ExcludedShare({ excluded, onOpen }: ShareProps): ReactElement {
  return (
    <Box role="note" sx={{ color: 'text.secondary' }}>
      {formatCountOf(excluded.list.length, 'statement')} excluded: {formatPercent(excluded.timePercent)} of
      all time, {formatPercent(excluded.callsPercent)} of all calls.{' '}
      <Link component="button" onClick={onOpen}>
        Show {excluded.list.length === 1 ? 'it' : 'them'}
      </Link>
    </Box>
  );
}
