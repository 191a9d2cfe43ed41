import { z } from 'zod';
import type { GridPage, Insight } from '../model/insight.ts';
import type { RowSecurityDetail, RowSecurityRow, SecurityOverview } from '../model/security.ts';
import { base, connectionId, output } from './base.ts';
import { gridInput, insightInput } from './insight.ts';

export const security = {
  /** Roles, what PUBLIC may do, definer functions, sessions, pg_hba.conf, extensions and audit triggers. */
  overview: base.input(insightInput).output(output<Insight<SecurityOverview>>()),
  /** Tables by row security. Columns: `RowSecurityRow`. */
  tables: base
    .input(gridInput.extend({ view: z.enum(['all', 'open', 'protected']) }))
    .output(output<GridPage<RowSecurityRow>>()),
  /** One table or view of that list; NOT_FOUND where it is no longer in it. */
  table: base
    .input(z.strictObject({ connectionId, oid: z.int().min(1) }))
    .output(output<RowSecurityDetail>()),
  /** Remembers which tables should be audited: `schema.table`, with `*` for any text; null = infer it. */
  setAudited: base
    .input(
      z.strictObject({ connectionId, patterns: z.array(z.string().min(1).max(130)).max(500).nullable() }),
    )
    .output(output<null>()),
};
