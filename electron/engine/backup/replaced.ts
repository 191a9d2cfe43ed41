import type { ReplacedDatabase } from '#shared/model/backup.ts';
import { number, numberOrNull, text, textOrNull } from '#engine/collect/decode.ts';
import type { ReadRows } from '#engine/plans/guards.ts';
import { type DatabaseMark, readMark } from './database-mark.ts';

/** A database that was put aside, with all that its comment says. */
export interface FoundReplaced {
  readonly shown: ReplacedDatabase;
  readonly mark: DatabaseMark;
}

/**
 * The databases of this server that a restore put aside, newest first, known by their comments alone; sizes in bytes,
 * null where the role may not see them.
 */
export async function readReplaced(read: ReadRows): Promise<readonly FoundReplaced[]> {
  const rows = await read(
    `SELECT d.oid, d.datname, pg_catalog.shobj_description(d.oid, 'pg_database'),
       CASE WHEN pg_catalog.has_database_privilege(d.oid, 'CONNECT') OR pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE')
         THEN pg_catalog.pg_database_size(d.oid) END
     FROM pg_catalog.pg_database d WHERE pg_catalog.strpos(d.datname, '__pgv_old_') > 0`,
    [],
  );
  return rows
    .flatMap(([oid, name, comment, size]): FoundReplaced[] => {
      const mark = readMark(textOrNull(comment), number(oid));
      if (mark?.kind !== 'old') return [];
      const shown = {
        id: mark.token,
        database: mark.of,
        oldName: text(name),
        replacedAt: mark.at,
        keepUntil: mark.keepUntil ?? mark.at,
        sizeBytes: numberOrNull(size),
        backupId: mark.backupId,
        isThere: true,
      };
      return [{ shown, mark }];
    })
    .sort((a, b) => Date.parse(b.shown.replacedAt) - Date.parse(a.shown.replacedAt));
}
