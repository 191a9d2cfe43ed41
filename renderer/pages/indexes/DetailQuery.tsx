import Skeleton from '@mui/material/Skeleton';
import { type QueryKey, useQuery } from '@tanstack/react-query';
import type { ReactElement, ReactNode } from 'react';
import { toUserError } from '#renderer/api/errors.ts';
import { ErrorNotice } from '#renderer/components/ErrorNotice.tsx';

interface Props<Data> {
  /** "The index could not be read". */
  readonly errorTitle: string;
  readonly queryKey: QueryKey;
  readonly load: (signal: AbortSignal) => Promise<Data>;
  readonly children: (data: Data) => ReactNode;
}

/** The content of a drawer that is read when the drawer opens. */
export function DetailQuery<Data>({ errorTitle, queryKey, load, children }: Props<Data>): ReactElement {
  const { data, error, refetch } = useQuery({ queryKey, queryFn: ({ signal }) => load(signal) });
  if (error)
    return <ErrorNotice error={toUserError(error)} title={errorTitle} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton variant="rounded" height={320} />;
  return <>{children(data)}</>;
}
