import type { ProgressFact } from '#shared/model/facts.ts';
import type { Capabilities } from '#engine/postgres/capabilities.ts';
import type { Row } from '#engine/postgres/read-session.ts';
import { number, numberOrNull, text, textOrNull } from './decode.ts';
import type { SharedFamily } from './family.ts';
import { grantMonitor } from './grants.ts';
import { unreadPart } from './unread.ts';

/** Maintenance that runs in this database, as far as this role may see it. */
export const progressFamily: SharedFamily = {
  facts: ['progress'],
  label: 'progress of maintenance',
  async read(transaction, { capabilities }) {
    const rows = await transaction.rows(progressSql(capabilities), [capabilities.databaseOid]);
    return () => {
      const visible = rows.filter(([, , , , , , , , phase]) => phase !== null);
      const facts = { progress: visible.map(toProgress) };
      if (visible.length === rows.length) return { facts };
      const reason = 'Maintenance that other roles run now is hidden from this role.';
      return { facts, unread: [unreadPart('progress', 'privilege', reason, grantMonitor(capabilities))] };
    };
  },
};

function toProgress(row: Row): ProgressFact {
  const [pid, command, form, relationOid, relation, isToast, indexOid, index, phase, columns] = row;
  return {
    pid: number(pid),
    command: text(command) as ProgressFact['command'],
    form: textOrNull(form),
    relationOid: numberOrNull(relationOid) || null,
    relation: textOrNull(relation),
    isToast: isToast === true,
    indexOid: numberOrNull(indexOid) || null,
    index: textOrNull(index),
    phase: text(phase),
    counters: countersOf(text(columns)),
  };
}

/** The columns of a row that count something; JSON has oids as text, so these stay out by themselves. */
function countersOf(json: string): Record<string, number> {
  const columns: Record<string, unknown> = JSON.parse(json);
  return Object.fromEntries(
    Object.entries(columns).filter(
      (entry): entry is [string, number] => typeof entry[1] === 'number' && entry[0] !== 'pid',
    ),
  );
}

/*
 * Whole rows as JSON: the columns differ from version to version (17 counts the ids of dead rows in bytes), and whoever
 * shows them takes those that are there. A TOAST table is named by the oid of its table.
 */
function progressSql({ has }: Capabilities): string {
  const none = 'NULL::pg_catalog.oid';
  const one = (view: string, command: string, index: string, form: string, phase = 'phase'): string =>
    has(view, 'pid')
      ? `SELECT pid, '${command}' AS command, ${form} AS form, relid, ${index} AS index, ${phase} AS phase,
           pg_catalog.to_jsonb(p)::text AS columns FROM pg_catalog.${view} p WHERE datid = $1::pg_catalog.oid`
      : '';
  const running = [
    one('pg_stat_progress_vacuum', 'vacuum', none, 'NULL'),
    one('pg_stat_progress_analyze', 'analyze', none, 'NULL'),
    one('pg_stat_progress_create_index', 'create-index', 'index_relid', 'command'),
    one('pg_stat_progress_cluster', 'cluster', 'cluster_index_relid', 'command'),
    // 19: VACUUM FULL and CLUSTER are forms of REPACK.
    one(
      'pg_stat_progress_repack',
      'cluster',
      none,
      has('pg_stat_progress_repack', 'command') ? 'command' : 'NULL',
    ),
    one('pg_stat_progress_copy', 'copy', none, 'command', 'command'),
    // A base backup belongs to no database.
    `SELECT pid, 'basebackup', NULL, ${none}, ${none}, phase, pg_catalog.to_jsonb(p)::text
      FROM pg_catalog.pg_stat_progress_basebackup p WHERE $1::pg_catalog.oid IS NOT NULL`,
  ];
  return `
    SELECT r.pid, r.command, r.form, r.relid, tn.nspname || '.' || t.relname, c.relkind = 't', r.index, i.relname,
      r.phase, r.columns
    FROM (${running.filter((sql) => sql !== '').join(' UNION ALL ')}) r
    LEFT JOIN pg_catalog.pg_class c ON c.oid = r.relid
    LEFT JOIN pg_catalog.pg_class t ON t.oid = CASE WHEN c.relkind = 't'
      THEN pg_catalog.substring(c.relname::text, '^pg_toast_([0-9]+)$')::pg_catalog.oid ELSE c.oid END
    LEFT JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
    LEFT JOIN pg_catalog.pg_class i ON i.oid = r.index AND r.index <> 0
    ORDER BY r.pid, r.command`;
}
