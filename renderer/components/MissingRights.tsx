import type { ReactElement } from 'react';
import type { Coverage } from '#shared/model/audit.ts';
import { formatCountOf } from '#shared/model/format.ts';
import { mostWantedGrant } from '../state/coverage.ts';
import { GrantNotice } from './GrantNotice.tsx';

/** Says above the results that this role did not see everything, with the GRANT that helps most. */
export function MissingRights({ coverage }: { readonly coverage: Coverage }): ReactElement | null {
  const wanted = mostWantedGrant(coverage.skipped);
  if (!wanted) return null;
  return (
    <GrantNotice grant={wanted.grant}>
      This role does not see everything. {formatCountOf(wanted.checks, 'check')} would see more with:
    </GrantNotice>
  );
}
