import type { TableFact, TriggerFact } from '#shared/model/facts.ts';
import type { Catalog } from '#engine/audit/catalog.ts';
import type { Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { enableTriggers } from '#engine/audit/constraint-fixes.ts';

export const disabledTrigger = defineCheck({
  id: 'disabled-trigger',
  title: 'Trigger is disabled',
  category: 'reliability',
  topic: 'constraints',
  severity: 'high',
  why: 'A disabled trigger does nothing, silently: audit rows are missing, totals drift. Foreign keys are carried out by internal triggers; where those are disabled, the foreign key is not enforced although it looks valid.',
  rule: 'Medium for each disabled trigger of a user. High for each constraint whose internal triggers are disabled. Triggers set to REPLICA or ALWAYS are a choice and are left out.',
  remedy:
    'Enable it again. For a foreign key, then look for rows that came in meanwhile: it stays marked as valid.',
  docs: 'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-DISABLE-ENABLE-TRIGGER',
  needs: ['triggers', 'tables'],
  wants: ['constraints'],
  thresholds: {},
  evaluate({ triggers }, { catalog }) {
    const disabled = triggers.filter((t) => t.enabled === 'D');
    const byTable = new Set(disabled.map((t) => `${t.tableOid} ${t.name}`));
    const own = disabled.flatMap((trigger): Draft[] => {
      const table = catalog.table(trigger.tableOid);
      if (trigger.isInternal || !table) return [];
      // Enabling at the partitioned parent reaches the copies on its partitions.
      if (table.isPartition && byTable.has(`${table.parentOid} ${trigger.name}`)) return [];
      return [userTrigger(trigger, table, catalog)];
    });
    return [...own, ...internalByConstraint(disabled).flatMap((group) => constraintTriggers(group, catalog))];
  },
});

function userTrigger(trigger: TriggerFact, table: TableFact, catalog: Catalog): Draft {
  const name = catalog.label(table);
  return {
    severity: 'medium',
    confidence: 'certain',
    confidenceReason: 'Read from the catalog; whether it is meant to be off only its owner knows.',
    object: {
      kind: 'trigger',
      oid: trigger.oid,
      schema: table.schema,
      name: trigger.name,
      table: table.name,
    },
    message: `The trigger ${trigger.name} on ${name} is disabled.`,
    evidence: {
      trigger: trigger.name,
      table: name,
      function: `${trigger.functionSchema}.${trigger.functionName}`,
    },
    fix: enableTriggers([{ table, name: trigger.name }], `Enable the trigger ${trigger.name}`, catalog, [
      'Rows written while it was off are not brought up to date.',
    ]),
  };
}

function internalByConstraint(disabled: readonly TriggerFact[]): TriggerFact[][] {
  const groups = new Map<number, TriggerFact[]>();
  for (const trigger of disabled) {
    if (!trigger.isInternal) continue;
    const key = trigger.constraintOid ?? -trigger.oid;
    const group = groups.get(key);
    if (group) group.push(trigger);
    else groups.set(key, [trigger]);
  }
  return [...groups.values()];
}

function constraintTriggers(group: readonly TriggerFact[], catalog: Catalog): Draft[] {
  const triggers = group.flatMap((t) => {
    const table = catalog.table(t.tableOid);
    return table ? [{ table, name: t.name, constraintOid: t.constraintOid, oid: t.oid }] : [];
  });
  const [first] = triggers;
  if (!first) return [];
  const constraint = triggers
    .flatMap((t) => [...catalog.constraintsOf(t.table.oid), ...catalog.foreignKeysTo(t.table.oid)])
    .find((c) => c.oid === first.constraintOid);
  const tables = [...new Set(triggers.map((t) => catalog.label(t.table)))];
  const subject = constraint
    ? `the constraint ${constraint.name}`
    : `a constraint of ${tables.join(' and ')}`;
  return [
    {
      severity: 'high',
      confidence: 'certain',
      confidenceReason: 'Read from the catalog.',
      object: constraint
        ? catalog.constraintRef(constraint)
        : {
            kind: 'trigger',
            oid: first.oid,
            schema: first.table.schema,
            name: first.name,
            table: first.table.name,
          },
      message: `The internal triggers of ${subject} are disabled on ${tables.join(' and ')}: it is not enforced.`,
      evidence: {
        triggers: triggers.map((t) => `${catalog.label(t.table)}: ${t.name}`),
        constraint: constraint?.name ?? null,
        references: constraint ? (catalog.table(constraint.referencedTableOid)?.name ?? null) : null,
      },
      gain: { text: 'The constraint holds again for new rows' },
      fix: enableTriggers(triggers, `Enable the triggers of ${subject}`, catalog, [
        'Only a superuser may enable or disable internal triggers.',
        'Rows that broke the rule meanwhile stay: count them; the constraint is still marked valid, so drop it and add it again NOT VALID, then VALIDATE.',
      ]),
    },
  ];
}
