import RefreshIcon from '@mui/icons-material/RefreshOutlined';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import Skeleton from '@mui/material/Skeleton';
import Tooltip from '@mui/material/Tooltip';
import Typography from '@mui/material/Typography';
import { styled } from '@mui/material/styles';
import { type UseQueryResult, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, type ReactNode, useEffect, useState } from 'react';
import { LINK_ERRORS, LINK_RETRY_MS } from '#shared/model/error-codes.ts';
import { formatDuration } from '#shared/model/format.ts';
import type { Insight } from '#shared/model/insight.ts';
import { toUserError } from '../api/errors.ts';
import { keys } from '../api/queries.ts';
import { ErrorNotice } from '../components/ErrorNotice.tsx';
import { UnreadNotices } from '../components/UnreadNotices.tsx';
import { refreshInsight } from '../state/refresh.ts';
import { FactsAge } from './FactsAge.tsx';
import { useCurrentConnection } from './current.ts';

interface Props<T> {
  readonly title: string;
  /** The question that the page answers, in the user's words. */
  readonly question: string;
  readonly insight: UseQueryResult<Insight<T>>;
  readonly children: (data: T, insight: Insight<T>) => ReactNode;
  /** In the shape of the page. */
  readonly skeleton?: ReactNode;
  /** Beside the age, at the end of the line. */
  readonly actions?: ReactNode;
  /** As given to `useInsight`, where the page has its own. */
  readonly refreshSeconds?: number | undefined;
}

/** The frame of a page that keeps itself fresh: its question, the age of what it shows, and its states. */
export function InsightPage<T>(props: Props<T>): ReactElement {
  const { title, question, insight, children, skeleton, actions } = props;
  const { data, error, refetch } = insight;
  return (
    <Page>
      <header>
        <div className="words">
          <Typography variant="h1">{title}</Typography>
          <Typography className="question">{question}</Typography>
        </div>
        {data && (
          <FactsAge
            insight={data}
            receivedAtMs={insight.dataUpdatedAt}
            isReading={insight.isFetching}
            hasFailed={error !== null}
            refreshSeconds={props.refreshSeconds}
          />
        )}
        <RefreshButton isReading={insight.isFetching} />
        {actions}
      </header>
      {error && (
        <ErrorNotice
          error={toUserError(error)}
          title={
            data ? 'Could not be read again. What you see is from before.' : `${title} could not be read`
          }
          onRetry={() => void refetch()}
        >
          {LINK_ERRORS.has(toUserError(error).code) && (
            <Typography sx={{ mt: 0.5 }}>
              PgVitals tries again by itself, every {formatDuration(LINK_RETRY_MS)}.
            </Typography>
          )}
        </ErrorNotice>
      )}
      {data && <UnreadNotices unread={data.unread} />}
      {data ? children(data.data, data) : error ? null : <Loading>{skeleton}</Loading>}
    </Page>
  );
}

function RefreshButton({ isReading }: { readonly isReading: boolean }): ReactElement {
  const queries = useQueryClient();
  const connection = useCurrentConnection();
  return (
    <Tooltip title="Read again now (F5)">
      <span>
        <IconButton
          aria-label="Read again now"
          aria-keyshortcuts="F5"
          disabled={isReading || !connection}
          onClick={() => connection && refreshInsight(queries, connection.id)}
        >
          <RefreshIcon fontSize="small" />
        </IconButton>
      </span>
    </Tooltip>
  );
}

const PATIENCE_MS = 3_000;

/** The shape of what comes; after a while with a way out. */
function Loading({ children }: { readonly children: ReactNode }): ReactElement {
  const [isLong, setLong] = useState(false);
  const queries = useQueryClient();
  const connection = useCurrentConnection();
  useEffect(() => {
    const timer = window.setTimeout(() => setLong(true), PATIENCE_MS);
    return () => window.clearTimeout(timer);
  }, []);
  return (
    <Box aria-busy="true" sx={{ display: 'flex', flexDirection: 'column', gap: 1.5, flex: 1 }}>
      {isLong && connection && (
        <Box sx={{ display: 'flex', alignItems: 'center', gap: 1.5 }}>
          <Typography role="status">Reading takes longer than usual.</Typography>
          <Button
            variant="outlined"
            color="inherit"
            onClick={() => void queries.cancelQueries({ queryKey: keys.insight(connection.id) })}
          >
            Cancel
          </Button>
        </Box>
      )}
      {children ?? (
        <>
          <Skeleton variant="rounded" height={66} />
          <Skeleton variant="rounded" height={36} width={420} />
          <Skeleton variant="rounded" sx={{ flex: 1, minHeight: 240 }} />
        </>
      )}
    </Box>
  );
}

const Page = styled('div')(({ theme }) => ({
  display: 'flex',
  flexDirection: 'column',
  gap: 12,
  padding: '16px 24px 24px',
  flex: 1,
  minHeight: 560,
  boxSizing: 'border-box',
  '& > header': { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '4px 12px' },
  '& > header > .words': { flex: '1 1 320px', minWidth: 0 },
  '& .question': { color: theme.vars.palette.text.secondary },
}));
