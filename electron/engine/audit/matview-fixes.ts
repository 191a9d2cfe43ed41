import type { TableFact } from '#shared/model/facts.ts';
import type { Fix } from '#shared/model/finding.ts';
import type { Catalog } from './catalog.ts';
import { ONLINE, statementFix } from './fixes.ts';

/** `isConcurrent` needs data and a key: see `servesConcurrentRefresh`. */
export function refreshMatview(
  view: TableFact,
  isConcurrent: boolean,
  catalog: Catalog,
  notes: readonly string[] = [],
): Fix {
  const label = catalog.label(view);
  return statementFix({
    title: isConcurrent ? `Refresh ${label} while it is read` : `Refresh ${label}`,
    sql: [`REFRESH MATERIALIZED VIEW ${isConcurrent ? 'CONCURRENTLY ' : ''}${catalog.quoted(view)}`],
    undo: [],
    ...(isConcurrent
      ? {
          risk: 'R2',
          lock: 'EXCLUSIVE',
          lockInWords: `${ONLINE(label)} Another refresh of it waits. It takes longer than a plain one where much changed.`,
        }
      : {
          risk: 'R3',
          lock: 'ACCESS EXCLUSIVE',
          lockInWords: `Nobody can read ${label} until the refresh is done${view.isPopulated ? '.' : '; it cannot be read before either.'}`,
        }),
    notes: [...notes, 'Nothing to undo: the data is made anew from the tables.'],
  });
}
