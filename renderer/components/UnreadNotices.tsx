import type { ReactElement } from 'react';
import type { Unread } from '#shared/model/snapshot.ts';
import { GrantNotice } from './GrantNotice.tsx';

/** What could not be read for this page, each reason once, with the GRANT that would unlock it. */
export function UnreadNotices({ unread }: { readonly unread: readonly Unread[] }): ReactElement | null {
  const causes = new Map(unread.map((entry) => [JSON.stringify([entry.reason, entry.grant]), entry]));
  if (causes.size === 0) return null;
  return (
    <>
      {[...causes].map(([key, { reason, grant }]) => (
        <GrantNotice key={key} grant={grant}>
          {reason}
        </GrantNotice>
      ))}
    </>
  );
}
