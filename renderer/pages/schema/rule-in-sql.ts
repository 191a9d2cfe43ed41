import type { ActionOf } from '#shared/model/plan-request.ts';
import type { DeleteRule } from '#shared/model/schema.ts';

type SqlRule = ActionOf<'delete-rule'>['onDelete'];

const RULES: Readonly<Record<DeleteRule, SqlRule>> = {
  'no action': 'NO ACTION',
  restrict: 'RESTRICT',
  cascade: 'CASCADE',
  'set null': 'SET NULL',
  'set default': 'SET DEFAULT',
};

/** As SQL writes it, and requests want it. */
export function ruleInSql(rule: DeleteRule): SqlRule {
  return RULES[rule];
}
