import type { RenderedReport } from '#shared/contract/reports.ts';
import type { ScriptFormat } from '#shared/model/plan-request.ts';
import type { Plan, PlannedAction } from './plan.ts';
import { policyOf } from './policy.ts';

/** A plan as a file for whoever runs changes in another way. Names in comments cannot break out of their line. */
export function scriptOf(plan: Plan, format: ScriptFormat): RenderedReport {
  const name = slug(plan.title);
  switch (format) {
    case 'psql':
      return {
        fileName: `${name}.sql`,
        mediaType: 'text/plain',
        text: psqlScript(plan, plan.actions, 'sql'),
      };
    case 'up':
      return {
        fileName: `${name}.up.sql`,
        mediaType: 'text/plain',
        text: psqlScript(plan, plan.actions, 'sql'),
      };
    case 'down':
      return {
        fileName: `${name}.down.sql`,
        mediaType: 'text/plain',
        text: psqlScript(plan, plan.actions.toReversed(), 'undo'),
      };
    case 'alembic':
      return {
        fileName: `${name.replaceAll('-', '_')}.py`,
        mediaType: 'text/plain',
        text: alembicMigration(plan),
      };
  }
}

function psqlScript(plan: Plan, actions: readonly PlannedAction[], which: 'sql' | 'undo'): string {
  const lines = [
    `-- ${which === 'sql' ? '' : 'Undo: '}${oneLine(plan.title)}`,
    `-- Made by PgVitals for ${oneLine(plan.identity.label)}. Run it with psql, outside of a transaction block.`,
    '\\set ON_ERROR_STOP on',
    "SET search_path = '';",
  ];
  for (const action of actions) {
    lines.push('', `-- ${oneLine(action.title)}. ${oneLine(action.lockInWords)}`);
    if (action[which].length === 0) lines.push('-- Nothing to undo.');
    for (const sql of action[which]) lines.push(...timeouts(sql), `${sql};`);
  }
  return `${lines.join('\n')}\n`;
}

function timeouts(sql: string): string[] {
  const { lockTimeoutMs, statementTimeoutMs } = policyOf(sql);
  return [`SET lock_timeout = ${lockTimeoutMs}; SET statement_timeout = ${statementTimeoutMs};`];
}

/** Statements that refuse a transaction go into an autocommit block, as Alembic's documentation has it. */
function alembicMigration(plan: Plan): string {
  const steps = (actions: readonly PlannedAction[], which: 'sql' | 'undo'): string[] => {
    const lines = actions.flatMap((action) =>
      action[which].flatMap((sql) => {
        const text = [
          ...timeouts(sql).flatMap((line) => line.split('; ').map((part) => part.replace(/;$/, ''))),
          sql,
        ];
        return action.inTransaction && !policyOf(sql).isAlone
          ? text.map((part) => `    op.execute(sa.text(${pythonString(part)}))`)
          : [
              '    with op.get_context().autocommit_block():',
              ...text.map((part) => `        op.execute(sa.text(${pythonString(part)}))`),
            ];
      }),
    );
    return lines.length === 0 ? ['    pass'] : lines;
  };
  return `"""${docText(plan.title)}

Made by PgVitals for ${docText(plan.identity.label)}.
Set revision and down_revision to fit your history.
"""

import sqlalchemy as sa
from alembic import op

revision = ${pythonString(slug(plan.title).replaceAll('-', '_').slice(0, 32))}
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
${steps(plan.actions, 'sql').join('\n')}


def downgrade() -> None:
${steps(plan.actions.toReversed(), 'undo').join('\n')}
`;
}

/** sa.text() reads ":name" as a parameter; a backslash keeps the colon. */
function pythonString(text: string): string {
  return JSON.stringify(text.replaceAll(/(?<!:):(?=[A-Za-z_])/g, '\\:'));
}

function docText(text: string): string {
  return oneLine(text).replaceAll('\\', '\\\\').replaceAll('"', "'");
}

function oneLine(text: string): string {
  return text.replaceAll(/[\s\p{C}]+/gu, ' ');
}

function slug(title: string): string {
  const plain = title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  return plain.slice(0, 60) || 'plan';
}
