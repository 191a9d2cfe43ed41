import Skeleton from '@mui/material/Skeleton';
import { type QueryKey, useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { toUserError } from '../api/errors.ts';
import { ErrorNotice } from './ErrorNotice.tsx';

interface Props<T> {
  readonly queryKey: QueryKey;
  readonly load: (options: { readonly signal: AbortSignal }) => Promise<T>;
  /** What failed where it fails: "The index could not be read". */
  readonly failure: string;
  /** CSS pixels of what is to come. */
  readonly height: number;
  readonly children: (data: T) => ReactElement;
}

/** What is read when it is opened, as in a drawer: its shape while it comes, and why where it does not. */
export function QueryDetail<T>({ queryKey, load, failure, height, children }: Props<T>): ReactElement {
  const { data, error, refetch } = useQuery({ queryKey, queryFn: ({ signal }) => load({ signal }) });
  if (error) {
    return <ErrorNotice error={toUserError(error)} title={failure} onRetry={() => void refetch()} />;
  }
  return data === undefined ? <Skeleton variant="rounded" height={height} /> : children(data);
}
