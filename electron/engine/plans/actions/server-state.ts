import type { ObjectRef } from '#shared/model/finding.ts';
import { formatBytes, formatDuration } from '#shared/model/format.ts';
import { statementFix } from '#engine/audit/fixes.ts';
import { dropSlot as dropSlotFix, rollbackPrepared as rollbackFix } from '#engine/audit/session-fixes.ts';
import { quoteLiteral, quoteQualified } from '#engine/postgres/quote.ts';
import { MOST_COPIES } from '#engine/store/copies.ts';
import { note, stop, warning } from '../preflight.ts';
import { type ActionBuilder, type Built, missing, refused } from './action.ts';

/** Of the whole server, all at once; a copy of every row is kept before. */
export const resetStatements: ActionBuilder<'reset-statements'> = {
  needs: ['extensions'],
  build: async (_request, { snapshot, read }): Promise<Built> => {
    const extension = snapshot.facts.extensions?.find(({ name }) => name === 'pg_stat_statements');
    const schema = extension?.installedVersion ? extension.schema : null;
    if (!extension || schema === null)
      throw refused(
        'pg_stat_statements is not installed in this database.',
        'Connect to a database that has it, or create the extension.',
      );
    const reset = quoteQualified(schema, 'pg_stat_statements_reset');
    const view = quoteQualified(schema, 'pg_stat_statements');
    const [[mayReset, seesAll] = []] = await read(
      `SELECT pg_catalog.bool_or(pg_catalog.has_function_privilege(p.oid, 'EXECUTE')), pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE')
       FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
       WHERE p.proname = 'pg_stat_statements_reset' AND n.nspname = $1`,
      [schema],
    );
    return {
      title: 'Reset the statistics of statements',
      verb: 'Reset statistics',
      drafts: [
        {
          fix: statementFix({
            title: 'Reset the statistics of statements',
            sql: [`SELECT ${reset}()`],
            undo: [],
            risk: 'R4',
            lock: 'none',
            lockInWords:
              'No table is locked. The counters of all databases and roles of the server begin anew.',
            inTransaction: false,
            notes: [
              `Cannot be undone: the server takes no counters back. PgVitals keeps a copy of every row with this job, to be read later; the last ${MOST_COPIES} copies of a database stay.`,
            ],
          }),
          object: { kind: 'extension', oid: 0, schema, name: 'pg_stat_statements', table: null },
          keep: {
            title: 'Statistics of statements before the reset',
            sql: `SELECT pg_catalog.to_jsonb(s)::pg_catalog.text FROM ${view} s`,
          },
          measures: [
            {
              label: 'Statements with statistics',
              unit: 'rows',
              sql: `SELECT pg_catalog.count(*) FROM ${view}`,
            },
          ],
          preflight: [
            ...(mayReset === true
              ? []
              : [
                  stop(
                    'The role that you are connected as may not reset them.',
                    `Connect as a superuser, or ask one for GRANT EXECUTE ON FUNCTION ${reset}.`,
                  ),
                ]),
            ...(seesAll === true
              ? []
              : [
                  warning(
                    'This role does not see the texts of other roles’ statements: the copy lacks them.',
                    'Connect as a member of pg_read_all_stats for a whole copy.',
                  ),
                ]),
            note('Other tools that read these counters see them fall to zero.'),
          ],
        },
      ],
    };
  },
};

/** Only one that nobody uses. */
export const dropSlot: ActionBuilder<'drop-slot'> = {
  needs: ['replicationSlots'],
  build: async ({ name }, { snapshot, read }): Promise<Built> => {
    const slot = snapshot.facts.replicationSlots?.find((candidate) => candidate.name === name);
    if (!slot) throw missing(`The replication slot ${name}`);
    if (slot.isActive) {
      const [[who] = []] = await read(
        `SELECT pg_catalog.concat_ws(', ', 'pid ' || r.active_pid, nullif(a.application_name, ''), 'role ' || a.usename, pg_catalog.host(a.client_addr))
         FROM pg_catalog.pg_replication_slots r LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = r.active_pid
         WHERE r.slot_name = $1`,
        [name],
      );
      throw refused(
        `The slot ${name} is in use${typeof who === 'string' && who !== '' ? ` (${who})` : ''}: dropping it would cut off its consumer.`,
        'Stop the consumer first, if the slot has to go.',
      );
    }
    const [[mayIt] = []] = await read(
      'SELECT rolsuper OR rolreplication FROM pg_catalog.pg_roles WHERE rolname = current_user',
      [],
    );
    const retained =
      slot.retainedBytes === null ? '' : `, and keeps ${formatBytes(slot.retainedBytes)} of WAL`;
    return {
      title: `Drop the replication slot ${name}`,
      verb: 'Drop slot',
      drafts: [
        {
          fix: dropSlotFix(slot, ['Cannot be undone.']),
          object: slotRef(name),
          measures: [
            {
              label: 'Slot',
              unit: 'text',
              sql: `SELECT CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_replication_slots WHERE slot_name = ${quoteLiteral(name)}) THEN 'there' ELSE 'gone' END`,
            },
          ],
          preflight: [
            ...(mayIt === true
              ? []
              : [
                  stop(
                    'The role that you are connected as may not drop slots.',
                    'Connect as a role with REPLICATION.',
                  ),
                ]),
            note(
              `It is a ${slot.type} slot${slot.database === null ? '' : ` of the database ${slot.database}`}${slot.inactiveMs === null ? '' : `, unused for ${formatDuration(slot.inactiveMs)}`}${retained}.`,
            ),
          ],
        },
      ],
    };
  },
};

/** Only where it was prepared: the server refuses it elsewhere. */
export const rollbackPrepared: ActionBuilder<'rollback-prepared'> = {
  needs: ['preparedTransactions'],
  build: async ({ gid }, { snapshot, read }): Promise<Built> => {
    const { server, preparedTransactions = [] } = snapshot.facts;
    const transaction = preparedTransactions.find((candidate) => candidate.gid === gid);
    if (!transaction) throw missing(`The prepared transaction ${gid}`);
    if (transaction.database !== server.database)
      throw refused(
        `${gid} was prepared in the database ${transaction.database}: it can be ended only there.`,
        `Connect to ${transaction.database}.`,
      );
    const [[mayIt] = []] = await read(
      'SELECT rolsuper OR rolname = $1 FROM pg_catalog.pg_roles WHERE rolname = current_user',
      [transaction.owner],
    );
    return {
      title: `Roll back the prepared transaction ${gid}`,
      verb: 'Roll back',
      drafts: [
        {
          fix: rollbackFix(transaction, server.database, ['Cannot be undone.']),
          object: { kind: 'transaction', oid: 0, schema: null, name: gid, table: null },
          measures: [
            {
              label: 'Locks that it holds',
              unit: 'rows',
              sql: `SELECT pg_catalog.count(*) FROM pg_catalog.pg_locks l WHERE l.pid IS NULL AND l.virtualtransaction IN (
                SELECT o.virtualtransaction FROM pg_catalog.pg_prepared_xacts x
                JOIN pg_catalog.pg_locks o ON o.locktype = 'transactionid' AND o.transactionid = x.transaction AND o.pid IS NULL
                WHERE x.gid = ${quoteLiteral(gid)})`,
            },
          ],
          preflight: [
            ...(mayIt === true
              ? []
              : [
                  stop(
                    `Only ${transaction.owner} and superusers may end it.`,
                    `Connect as ${transaction.owner}.`,
                  ),
                ]),
            warning(
              `${transaction.owner} prepared it ${formatDuration(transaction.ageMs)} ago: what it wrote is lost.`,
              'Ask its transaction manager whether it was to be committed.',
            ),
          ],
        },
      ],
    };
  },
};

function slotRef(name: string): ObjectRef {
  return { kind: 'slot', oid: 0, schema: null, name, table: null };
}
