import Skeleton from '@mui/material/Skeleton';
import type { ReactElement } from 'react';
import { toUserError } from '../api/errors.ts';
import { ErrorNotice } from './ErrorNotice.tsx';

interface Props {
  readonly query: { readonly error: unknown; readonly refetch: () => unknown };
  /** What failed where it fails: "The index could not be read". */
  readonly failure: string;
  /** CSS pixels of what is to come. */
  readonly height: number;
}

/** In place of what is still being read, as in a drawer: its shape, or why it does not come. */
export function Pending({ query: { error, refetch }, failure, height }: Props): ReactElement {
  if (!error) return <Skeleton variant="rounded" height={height} />;
  return <ErrorNotice error={toUserError(error)} title={failure} onRetry={() => void refetch()} />;
}
