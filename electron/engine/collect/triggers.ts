import type { TriggerFact } from '#shared/model/facts.ts';
import type { Row } from '#engine/postgres/read-session.ts';
import { SYSTEM_SCHEMAS } from './catalog-names.ts';
import { number, text } from './decode.ts';
import type { SharedFamily } from './family.ts';
import { mapRows } from './yielding.ts';

/** User triggers; of the internal ones, four for each foreign key, only what somebody has disabled. */
export const triggersFamily: SharedFamily = {
  facts: ['triggers'],
  label: 'triggers',
  async read(transaction, { names }) {
    const rows = await transaction.rows(TRIGGERS_SQL);
    const map = (row: Row): TriggerFact => {
      const [oid, tableOid, name, enabled, isInternal, constraintOid, functionSchemaOid, functionName] = row;
      return {
        oid: number(oid),
        tableOid: number(tableOid),
        name: text(name),
        enabled: text(enabled) as TriggerFact['enabled'],
        isInternal: isInternal === true,
        constraintOid: number(constraintOid) || null,
        functionSchema: names.schema(number(functionSchemaOid)),
        functionName: text(functionName),
      };
    };
    return async () => ({ facts: { triggers: await mapRows(rows, map) } });
  },
};

const TRIGGERS_SQL = `
  SELECT t.oid, t.tgrelid, t.tgname, t.tgenabled, t.tgisinternal, t.tgconstraint, p.pronamespace, p.proname
  FROM pg_catalog.pg_trigger t
  JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
  JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
  WHERE (NOT t.tgisinternal OR t.tgenabled = 'D') AND c.relnamespace NOT IN ${SYSTEM_SCHEMAS}`;
