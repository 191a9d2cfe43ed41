import type { TableFact } from '#shared/model/facts.ts';
import type { Fix } from '#shared/model/finding.ts';
import { formatBytes } from '#shared/model/format.ts';
import type { PreflightItem } from '#shared/model/plan.ts';
import type { ActionOf } from '#shared/model/plan-request.ts';
import { analyzeTable, statementFix, vacuumTable } from '#engine/audit/fixes.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { describeSession } from '#engine/audit/session-fixes.ts';
import type { Catalog } from '#engine/audit/catalog.ts';
import { quoteLiteral } from '#engine/postgres/quote.ts';
import type { ActionDraft, MeasureSpec } from '../plan.ts';
import { note, stop } from '../preflight.ts';
import { type ActionBuilder, type BuildContext, type Built, missing, refused, titleOf } from './action.ts';

type Mode = ActionOf<'vacuum'>['mode'];

/** A rough pace for estimates: what one worker reads of a table that is not in memory. */
const BYTES_PER_MS = 100_000;

export const vacuum: ActionBuilder<'vacuum'> = {
  needs: ['tables', 'indexes', 'activity'],
  build: ({ tables, mode }, context) => {
    const chosen = tables.map((oid) => tableOf(oid, context));
    const names = chosen.map((table) => context.catalog.label(table));
    return {
      title: titleOf(TITLES[mode], names, 'tables'),
      verb: VERBS[mode],
      drafts: chosen.map((table) => draftOf(table, mode, context)),
    };
  },
};

export const analyze: ActionBuilder<'analyze'> = {
  needs: ['tables'],
  build: ({ tables }, context): Built => {
    const chosen = tables.map((oid) => tableOf(oid, context));
    return {
      title: titleOf(
        'Analyze',
        chosen.map((table) => context.catalog.label(table)),
        'tables',
      ),
      verb: 'Analyze',
      drafts: chosen.map((table) => ({
        fix: analyzeTable(table, context.catalog),
        object: context.catalog.tableRef(table),
        measures: [lastAnalyzed(table)],
      })),
    };
  },
};

const TITLES: Readonly<Record<Mode, string>> = {
  plain: 'Vacuum',
  analyze: 'Vacuum and analyze',
  freeze: 'Freeze',
  full: 'Rewrite',
};
const VERBS: Readonly<Record<Mode, string>> = {
  plain: 'Vacuum',
  analyze: 'Vacuum and analyze',
  freeze: 'Vacuum and freeze',
  full: 'Rewrite',
};

function tableOf(oid: number, { catalog }: BuildContext): TableFact {
  const table = catalog.table(oid);
  if (!table) throw missing('This table');
  if (table.kind === 'f')
    throw refused(`${table.name} is a foreign table: there is nothing to vacuum here.`, null);
  return table;
}

function draftOf(table: TableFact, mode: Mode, { catalog, snapshot }: BuildContext): ActionDraft {
  const object = catalog.tableRef(table);
  const measures = [deadRows(table), sizeOf(table)];
  if (mode === 'full') {
    return {
      fix: vacuumFull(table, catalog),
      object,
      measures,
      preflight: backupsNow(snapshot),
      estimateMs: (2 * totalBytes(table, catalog)) / BYTES_PER_MS,
      // SQL cannot see how much room the server's disk has left.
      mustAccept: [
        {
          id: 'disk space',
          text: `The server's disk has at least ${formatBytes(2 * totalBytes(table, catalog))} free: twice the size of ${catalog.label(table)} with its indexes.`,
        },
      ],
    };
  }
  const options = mode === 'analyze' ? 'ANALYZE' : mode === 'freeze' ? 'FREEZE' : '';
  return {
    fix: vacuumTable(table, catalog, options),
    object,
    measures: mode === 'freeze' ? [...measures, freezeAge(table)] : measures,
    estimateMs: totalBytes(table, catalog) / BYTES_PER_MS,
    preflight: [
      note('Space is given back to the table for new rows, not to the disk, but for empty pages at its end.'),
    ],
  };
}

/** Both want the table, for long: a dump would wait for the rewrite, or the rewrite stop everybody behind the dump. */
function backupsNow({ facts }: Snapshot): PreflightItem[] {
  const dumps = (facts.activity ?? []).filter(
    ({ application, database }) =>
      /^(pg_dump|pgvitals\/backup)/.test(application) && database === facts.server?.database,
  );
  return dumps.map((session) =>
    stop(
      `A backup of this database is being made: ${describeSession(session)}.`,
      'Wait until it is done; then preview the change again.',
    ),
  );
}

function vacuumFull(table: TableFact, catalog: Catalog): Fix {
  return statementFix({
    title: `Rewrite ${catalog.label(table)}`,
    sql: [`VACUUM (FULL, ANALYZE) ${catalog.quoted(table)}`],
    undo: [],
    risk: 'R3',
    lock: 'ACCESS EXCLUSIVE',
    lockInWords: `Nobody can read or write ${catalog.label(table)} until it is done. While the lock is not free it gives up instead of queueing others.`,
    inTransaction: false,
    notes: [
      'It writes the table and its indexes anew: their size is needed once more until it is done.',
      'Nothing to undo: the rows stay the same. When it is cancelled the table is as it was.',
    ],
  });
}

/** Heap, TOAST and indexes, as pg_total_relation_size has them but for small forks. */
function totalBytes(table: TableFact, catalog: Catalog): number {
  const indexes = catalog.indexesOf(table.oid).reduce((sum, index) => sum + index.sizeBytes, 0);
  return table.sizeBytes + table.toastPages * PAGE_BYTES + indexes;
}

const PAGE_BYTES = 8_192;

function relation(table: TableFact): string {
  return `${table.oid}::pg_catalog.oid`;
}

function deadRows(table: TableFact): MeasureSpec {
  return {
    label: 'Dead rows',
    unit: 'rows',
    sql: `SELECT pg_catalog.pg_stat_get_dead_tuples(${relation(table)})`,
  };
}

function sizeOf(table: TableFact): MeasureSpec {
  return {
    label: 'Size with indexes',
    unit: 'bytes',
    sql: `SELECT pg_catalog.pg_total_relation_size(${relation(table)}::pg_catalog.regclass)`,
    isFreed: true,
  };
}

function freezeAge(table: TableFact): MeasureSpec {
  return {
    label: 'Age of the oldest row version, in transactions',
    unit: 'rows',
    sql: `SELECT pg_catalog.age(relfrozenxid) FROM pg_catalog.pg_class WHERE oid = ${relation(table)} AND relname = ${quoteLiteral(table.name)}`,
  };
}

function lastAnalyzed(table: TableFact): MeasureSpec {
  return {
    label: 'Rows changed since the last ANALYZE',
    unit: 'rows',
    sql: `SELECT pg_catalog.pg_stat_get_mod_since_analyze(${relation(table)})`,
  };
}
