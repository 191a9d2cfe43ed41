import { z } from 'zod';
import type {
  IndexDetail,
  IndexedTable,
  IndexFamily,
  IndexFamilyDetail,
  IndexMap,
  IndexOverview,
  IndexRow,
  MissingIndex,
  MissingIndexDetail,
  RemovalPlan,
  RemovalRow,
  ScriptPiece,
  StatementAdvice,
} from '../model/indexes.ts';
import type { GridPage, Insight } from '../model/insight.ts';
import type { BloatRow } from '../model/vacuum.ts';
import { base, connectionId, output } from './base.ts';
import { gridInput, insightInput } from './insight.ts';

export const INDEX_VIEWS = ['all', 'unused', 'removable', 'rare', 'used', 'invalid'] as const;

const oid = z.int().positive();
const ofOne = z.strictObject({ connectionId, oid });
const removal = { withUnproven: z.boolean() };

export const indexes = {
  /** Totals, lengths of the lists, and how far "never scanned" can be trusted. */
  overview: base.input(insightInput).output(output<Insight<IndexOverview>>()),
  /** Indexes; `tableOid` null = of all tables. */
  list: base
    .input(gridInput.extend({ view: z.enum(INDEX_VIEWS), tableOid: oid.nullable() }))
    .output(output<GridPage<IndexRow>>()),
  /** Definition and usage of one index. NOT_FOUND where it is gone. */
  detail: base.input(ofOne).output(output<IndexDetail>()),
  /** Tables that have indexes. */
  tables: base.input(gridInput).output(output<GridPage<IndexedTable>>()),
  /** One of them. NOT_FOUND where it has no index, or is gone. */
  table: base.input(ofOne).output(output<IndexedTable>()),
  /** Indexes that can stand in for each other. */
  families: base.input(gridInput).output(output<GridPage<IndexFamily>>()),
  /** One family, by the index to keep. NOT_FOUND where there is none (any more). */
  family: base.input(ofOne).output(output<IndexFamilyDetail>()),
  /** Foreign keys without an index, and large tables read from end to end. */
  missing: base.input(gridInput).output(output<GridPage<MissingIndex>>()),
  /** What to do about one of them. NOT_FOUND where it is no longer missing. */
  missingDetail: base
    .input(z.strictObject({ connectionId, key: z.string().min(1).max(64) }))
    .output(output<MissingIndexDetail>()),
  /** Plans the 20 heaviest statements, running none, and says which indexes they ask for. NOT_FOUND without pg_stat_statements. */
  statementAdvice: base.input(z.strictObject({ connectionId })).output(output<StatementAdvice>()),
  /** Estimates for btree indexes of 8 MB and more; `vacuum.measure` measures one. */
  bloated: base.input(gridInput).output(output<GridPage<BloatRow>>()),
  /** The largest indexes as points of a chart. */
  map: base.input(z.strictObject({ connectionId })).output(output<IndexMap>()),
  /** How much would go, how much stays and why, and how long the scripts are. */
  removalPlan: base.input(z.strictObject({ connectionId, ...removal })).output(output<RemovalPlan>()),
  /** Every never scanned index that is no key, with what the plan does about it. */
  removals: base.input(gridInput.extend(removal)).output(output<GridPage<RemovalRow>>()),
  /** A piece of the script that drops what may go, or of the one that builds it again; `from` 0, then `next`. */
  removalScript: base
    .input(
      z.strictObject({
        connectionId,
        ...removal,
        which: z.enum(['drop', 'create']),
        from: z.int().min(0),
      }),
    )
    .output(output<ScriptPiece>()),
  /** Remembers that the user has looked at the standbys. */
  confirmStandbys: base.input(z.strictObject({ connectionId })).output(output<null>()),
};
