import type { Unread } from './snapshot.ts';

/** What a page shows, and how far it can be trusted: how old it is and what could not be read for it. */
export interface Insight<T> {
  /** When the oldest facts behind it were read, server clock, ISO 8601. */
  readonly readAt: string;
  /** How old they were when this answer was made; our clock, so that the page needs no synchronised clocks. */
  readonly ageMs: number;
  /** How long reading these facts took; a page must not refresh so often that reading becomes the load. */
  readonly readMs: number;
  readonly unread: readonly Unread[];
  readonly data: T;
}

/** A stretch of a long list, sorted and filtered by the engine: the page holds only what it shows. */
export interface GridPage<Row> {
  /** Rows that match the filter. */
  readonly total: number;
  /** Rows of the list without any filter. */
  readonly of: number;
  readonly offset: number;
  readonly rows: readonly Row[];
}

export interface GridQuery {
  /** Field of the row; numbers sort as numbers, text in natural order, what is not known comes last. */
  readonly sortBy: string;
  readonly direction: 'ascending' | 'descending';
  /** Every word must occur in the row's text. */
  readonly filter: string;
  readonly offset: number;
  readonly limit: number;
}
