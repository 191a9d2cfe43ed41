import type { TableFact } from '#shared/model/facts.ts';
import type { Fix } from '#shared/model/finding.ts';
import { formatBytes, formatDuration } from '#shared/model/format.ts';
import type { Catalog } from './catalog.ts';
import { statementFix } from './fixes.ts';

/** A careful guess of what a rewrite with its index builds writes per second on ordinary disks. */
const BYTES_PER_SECOND = 50 * 1024 ** 2;

/**
 * Gives free space back to the disk. 19 rewrites online with REPACK (CONCURRENTLY), which needs a key to follow
 * changes by; before that only VACUUM FULL is in the server, and pg_repack is the online way.
 */
export function rewriteTable(
  table: TableFact,
  expectedBytes: number,
  catalog: Catalog,
  versionNum: number,
): Fix {
  const indexes = catalog.indexesOf(table.oid);
  const neededBytes = expectedBytes + indexes.reduce((sum, index) => sum + index.sizeBytes, 0);
  const label = catalog.label(table);
  const room = `It needs about ${formatBytes(neededBytes)} of free disk for the copy with its indexes; SQL can't see the free space, so look first.`;
  const time = `Roughly ${formatDuration((neededBytes / BYTES_PER_SECOND) * 1000)} at 50 MB/s.`;
  const hasKey = indexes.some((index) => (index.isPrimary || index.isReplicaIdentity) && index.isValid);
  if (versionNum >= 190000 && hasKey && table.kind === 'r') {
    return statementFix({
      title: `Rewrite ${label} online`,
      sql: [`REPACK (CONCURRENTLY) ${catalog.quoted(table)}`],
      undo: [],
      risk: 'R3',
      lock: 'ACCESS EXCLUSIVE',
      lockInWords: `Reads and writes of ${label} go on while it is copied; at the end nobody can use it for a moment. It takes a replication slot.`,
      inTransaction: false,
      notes: [room, time, 'REPACK (CONCURRENTLY) is new in 19: try it on a copy first.'],
    });
  }
  return statementFix({
    title: `Rewrite ${label}`,
    sql: [`VACUUM (FULL) ${catalog.quoted(table)}`],
    undo: [],
    risk: 'R3',
    lock: 'ACCESS EXCLUSIVE',
    lockInWords: `Nobody can read or write ${label} until it ends: plan downtime.`,
    inTransaction: false,
    notes: [
      room,
      time,
      `Online instead, where the extension pg_repack is installed and the table has a primary key or a unique index without NULLs: pg_repack --no-order --table=${shellQuoted(catalog.quoted(table))}`,
    ],
  });
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
