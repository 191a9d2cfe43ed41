import { type QueryKey, useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { Pending } from './Pending.tsx';

interface Props<T> {
  readonly queryKey: QueryKey;
  readonly load: (options: { readonly signal: AbortSignal }) => Promise<T>;
  /** What failed where it fails: "The index could not be read". */
  readonly failure: string;
  /** CSS pixels of what is to come. */
  readonly height: number;
  readonly children: (data: T) => ReactElement;
}

/** What is read when it is opened, as in a drawer. */
export function QueryDetail<T>({ queryKey, load, failure, height, children }: Props<T>): ReactElement {
  const query = useQuery({ queryKey, queryFn: ({ signal }) => load({ signal }) });
  return query.data === undefined ? (
    <Pending query={query} failure={failure} height={height} />
  ) : (
    children(query.data)
  );
}
