import type { TableFact } from '#shared/model/facts.ts';
import type { Fix } from '#shared/model/finding.ts';
import type { Catalog } from './catalog.ts';
import { guidedFix, ONLINE, statementFix } from './fixes.ts';

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

/** Makes a view that is missing, as it was when it was last seen, with its indexes; its rights have to be granted anew. */
export function createMatview(
  view: { readonly schema: string; readonly name: string },
  statements: readonly string[],
  catalog: Catalog,
): Fix {
  const title = `Create ${catalog.label(view)}`;
  if (statements.length === 0)
    return guidedFix(title, [
      'PgVitals has never seen this view, so it does not know its query: create it with the migration of its application.',
    ]);
  return statementFix({
    title,
    sql: statements,
    undo: [`DROP MATERIALIZED VIEW ${catalog.quoted(view)}`],
    risk: 'R2',
    lock: 'ACCESS SHARE',
    lockInWords:
      'Reads and writes of the tables go on; only changes of their columns wait until the view is filled.',
    notes: [
      'It belongs to the role that creates it: grant the readers their rights.',
      'It runs the query of the view and takes as long.',
    ],
  });
}
