import type { TableFact } from '#shared/model/facts.ts';
import { changeTableOptions, isTableOption, type OptionChanges } from '#engine/audit/table-options.ts';
import type { MeasureSpec } from '../plan.ts';
import { type ActionBuilder, type Built, missing, refused } from './action.ts';

export const tableOptions: ActionBuilder<'table-options'> = {
  needs: ['tables'],
  build: ({ table: oid, options }, { catalog, snapshot }): Built => {
    const table = catalog.table(oid);
    if (!table) throw missing('This table');
    const label = catalog.label(table);
    if (table.kind === 'p')
      throw refused(
        `${label} is partitioned: it holds no rows, so it has no storage parameters.`,
        'Set them on its partitions.',
      );
    if (table.kind === 'f')
      throw refused(`${label} is a foreign table: its rows are stored elsewhere.`, null);
    const changes = changesOf(table, options);
    const names = Object.keys(changes);
    const { versionNum, version } = snapshot.facts.server;
    for (const name of names) {
      // What is set already can be taken back, whatever it is.
      const isKnown = isTableOption(name, versionNum) || (changes[name] === null && name in table.options);
      if (!isKnown)
        throw refused(
          `${name} is not a storage or autovacuum parameter of tables on PostgreSQL ${version}.`,
          'Check its name; those of a TOAST table begin with "toast.".',
        );
      if (name.startsWith('toast.') && table.toastOid === null)
        throw refused(`${label} has no TOAST table: ${name} would change nothing.`, null);
    }
    if (names.length === 0)
      throw refused(`${label} has these parameters already.`, 'Read the page again to see them.');
    const fix = changeTableOptions(table, changes, catalog);
    return {
      title: fix.title,
      verb: 'Change parameters',
      drafts: [{ fix, object: catalog.tableRef(table), measures: [parametersOf(table)], estimateMs: 50 }],
    };
  },
};

/** Without what is so already. Names are lower case in the catalog, whatever they were written as. */
function changesOf(table: TableFact, wanted: OptionChanges): OptionChanges {
  const entries = Object.entries(wanted).map(([name, value]) => [name.toLowerCase(), value] as const);
  return Object.fromEntries(entries.filter(([name, value]) => value !== (table.options[name] ?? null)));
}

function parametersOf({ oid }: TableFact): MeasureSpec {
  return {
    label: 'Parameters',
    unit: 'text',
    sql: `SELECT pg_catalog.concat_ws(', ', pg_catalog.array_to_string(c.reloptions, ', '),
      (SELECT 'toast.' || pg_catalog.array_to_string(t.reloptions, ', toast.') FROM pg_catalog.pg_class t WHERE t.oid = c.reltoastrelid))
      FROM pg_catalog.pg_class c WHERE c.oid = ${oid}::pg_catalog.oid`,
  };
}
