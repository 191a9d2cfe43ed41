/** What every page of a connection is given. */
export interface PageProps {
  readonly connectionId: string;
}

/** The address of a page; `query` as URLSearchParams writes it. */
export function pageAddress(connectionId: string, path: string, query = ''): string {
  return `/c/${encodeURIComponent(connectionId)}/${path}${query && `?${query}`}`;
}
