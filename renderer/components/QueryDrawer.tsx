import Box from '@mui/material/Box';
import type { QueryKey } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { DetailDrawer } from './DetailDrawer.tsx';
import { QueryDetail } from './QueryDetail.tsx';

interface Props<Id extends string | number, T> {
  /** Of what is open; null = closed. */
  readonly id: Id | null;
  readonly label: string;
  readonly queryKey: (id: Id) => QueryKey;
  readonly load: (id: Id, options: { readonly signal: AbortSignal }) => Promise<T>;
  /** What failed where it fails: "The index could not be read". */
  readonly failure: string;
  /** CSS pixels of what is to come. */
  readonly height: number;
  readonly onClose: () => void;
  readonly children: (data: T, id: Id) => ReactElement;
}

/** The details of one row, read when it is opened; its parts one below the other. */
export function QueryDrawer<Id extends string | number, T>({
  id,
  label,
  queryKey,
  load,
  failure,
  height,
  onClose,
  children,
}: Props<Id, T>): ReactElement {
  return (
    <DetailDrawer isOpen={id !== null} label={label} onClose={onClose}>
      {id !== null && (
        <QueryDetail
          key={id}
          failure={failure}
          queryKey={queryKey(id)}
          height={height}
          load={(options) => load(id, options)}
        >
          {(data) => (
            <Box sx={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 2.5 }}>
              {children(data, id)}
            </Box>
          )}
        </QueryDetail>
      )}
    </DetailDrawer>
  );
}
