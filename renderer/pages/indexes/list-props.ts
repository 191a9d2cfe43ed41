import type { ReactNode } from 'react';

/** What every list of this page is given. */
export interface ListProps {
  readonly connectionId: string;
  /** When the facts behind the list were read. */
  readonly version: string;
  readonly filter: string;
  readonly toolbar: ReactNode;
}
