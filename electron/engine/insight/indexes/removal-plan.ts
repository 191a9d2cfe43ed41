import type { IndexFact } from '#shared/model/facts.ts';
import type { HeldIndexes, RemovalPlan, RemovalRow, ScriptPiece } from '#shared/model/indexes.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { isKeyIndex, isNeverScanned } from '#engine/audit/audit-facts.ts';
import { mapRows } from '#engine/collect/yielding.ts';
import type { Grid } from '../grid.ts';
import type { IndexModel } from './model.ts';
import { standbyReason } from './removal.ts';

export type ScriptKind = 'drop' | 'create';

export interface PlannedRemovals {
  readonly summary: RemovalPlan;
  readonly grid: Grid<RemovalRow>;
  /** Texts are made piece by piece: 50,000 statements are megabytes. */
  script(which: ScriptKind, from: number): ScriptPiece;
}

const PIECE_BYTES = 128 * 1024;

/**
 * What to do about every index that is no key and that nothing scans: drop it, with the way back, or keep it, with the reason.
 * Not partitioned indexes, which have no counters of their own. By the rule of the check unused-index, unless
 * `withUnproven` also takes what young counters, small tables and small sizes leave open. Nothing is dropped on a
 * standby, or while standbys, which count scans of their own, were not looked at.
 */
export async function planRemovals(
  snapshot: Snapshot,
  model: IndexModel,
  options: { readonly withUnproven: boolean; readonly standbysCheckedAt: string | null },
): Promise<PlannedRemovals> {
  const standby = standbyReason(snapshot, options.standbysCheckedAt);
  const candidates = model.indexes.filter(
    (index) =>
      !index.isPartitioned && !isKeyIndex(index) && (isNeverScanned(index) || model.removals.isUnused(index)),
  );
  const judged = await mapRows(candidates, (index) => judge(index, model, standby, options.withUnproven));
  const drops = judged.filter(({ row }) => row.verdict === 'drop');
  const script = (which: ScriptKind, from: number): ScriptPiece => {
    const pieces: string[] = from === 0 ? [HEADERS[which]] : [];
    let [bytes, at] = [0, from];
    for (; at < drops.length && bytes < PIECE_BYTES; at += 1) {
      const text = textOf(model, drops[at]?.index, which);
      // A statement that would overflow begins the next piece; one that fills a piece alone is sent alone.
      if (bytes > 0 && bytes + Buffer.byteLength(text) > PIECE_BYTES) break;
      bytes += Buffer.byteLength(text);
      pieces.push(text);
    }
    return { sql: pieces.join(''), next: at < drops.length ? at : null };
  };
  const bytesOf = (which: ScriptKind): number =>
    Buffer.byteLength(HEADERS[which]) + drops.reduce((sum, drop) => sum + drop.bytes[which], 0);
  return {
    summary: {
      indexes: drops.length,
      sizeBytes: drops.reduce((sum, { row }) => sum + row.sizeBytes, 0),
      held: heldByReason(judged),
      dropScriptBytes: bytesOf('drop'),
      createScriptBytes: bytesOf('create'),
    },
    grid: {
      rows: judged.map(({ row }) => row),
      text: (row) => `${row.schema}.${row.table} ${row.name} ${row.verdict} ${row.reason}`,
    },
    script,
  };
}

const HEADERS: Readonly<Record<ScriptKind, string>> = {
  drop: `-- Drops indexes that nothing has scanned. Run each statement on its own, outside of a transaction block.
-- Reads and writes go on; each statement waits for transactions that are older than it.
`,
  create: `-- Builds the dropped indexes again, one at a time, outside of a transaction block. Reads and writes go on.
`,
};

interface Judged {
  readonly index: IndexFact;
  readonly row: RemovalRow;
  readonly isUnproven: boolean;
  /** What it adds to each script. */
  readonly bytes: Readonly<Record<ScriptKind, number>>;
}

function judge(index: IndexFact, model: IndexModel, standby: string | null, withUnproven: boolean): Judged {
  const { catalog, removals, plan } = model;
  const unproven = removals.unprovenReason(index);
  const row = {
    oid: index.oid,
    schema: index.schema,
    table: catalog.table(index.tableOid)?.name ?? '',
    name: index.name,
    sizeBytes: index.sizeBytes,
  };
  const stays = (reason: string, isUnproven = false): Judged => ({
    index,
    row: { ...row, verdict: 'stays', reason },
    isUnproven,
    bytes: { drop: 0, create: 0 },
  });
  if (standby !== null) return stays(standby);
  const keepReason = removals.keepReason(index);
  if (keepReason !== null) return stays(keepReason);
  if (unproven !== null && !withUnproven) return stays(unproven, true);
  const fix = removals.fix(index);
  if (!fix || fix.undo.length === 0)
    return stays('its definition could not be read, so there is no way back');
  const reason = plan.dropped.has(index.oid)
    ? 'another index does the same or more'
    : unproven === null
      ? 'nothing scanned it for long enough'
      : `nothing scanned it, but ${unproven}`;
  return {
    index,
    row: { ...row, verdict: 'drop', reason },
    isUnproven: false,
    bytes: {
      drop: Buffer.byteLength(statementsOf(fix.sql)),
      create: Buffer.byteLength(statementsOf(fix.undo)),
    },
  };
}

function textOf({ removals }: IndexModel, index: IndexFact | undefined, which: ScriptKind): string {
  const fix = index ? removals.fix(index) : null;
  return fix ? statementsOf(which === 'drop' ? fix.sql : fix.undo) : '';
}

function statementsOf(statements: readonly string[]): string {
  return statements.map((statement) => `${statement};\n`).join('');
}

function heldByReason(judged: readonly Judged[]): HeldIndexes[] {
  const held = new Map<string, { reason: string; count: number; sizeBytes: number; isUnproven: boolean }>();
  for (const { row, isUnproven } of judged) {
    if (row.verdict === 'drop') continue;
    const group = held.get(row.reason) ?? { reason: row.reason, count: 0, sizeBytes: 0, isUnproven };
    group.count += 1;
    group.sizeBytes += row.sizeBytes;
    held.set(row.reason, group);
  }
  return [...held.values()].sort((a, b) => b.count - a.count);
}
