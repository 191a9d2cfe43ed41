import { formatCountOf } from '#shared/model/format.ts';
import type { TableFact } from '#shared/model/facts.ts';
import { designedTables, firstNames, type Practice } from './practice.ts';

/** Tables that migration tools keep their state in: name → tool. */
const MIGRATION_TABLES = new Map([
  ['alembic_version', 'Alembic'],
  ['schema_migrations', 'Rails, golang-migrate or dbmate'],
  ['flyway_schema_history', 'Flyway'],
  ['databasechangelog', 'Liquibase'],
  ['_prisma_migrations', 'Prisma'],
  ['__drizzle_migrations', 'Drizzle'],
  ['goose_db_version', 'goose'],
  ['knex_migrations', 'Knex'],
  ['pgmigrations', 'node-pg-migrate'],
  ['django_migrations', 'Django'],
  ['sequelizemeta', 'Sequelize'],
  ['__efmigrationshistory', 'Entity Framework'],
  ['_sqlx_migrations', 'sqlx'],
  ['__diesel_schema_migrations', 'Diesel'],
  ['refinery_schema_history', 'Refinery'],
  ['doctrine_migration_versions', 'Doctrine'],
  ['phinxlog', 'Phinx'],
  ['atlas_schema_revisions', 'Atlas'],
]);

/** Tables whose name says what they are for. */
export const NAMED_TABLE_PRACTICES: readonly Practice[] = [
  namedTables('audit-tables', 'Audit tables keep a record of changes', 'audit table', (t) =>
    t.name
      .toLowerCase()
      .split(/[_\W]+/)
      .some((word) => /^audit(s|log|logs|trail)?$/.test(word)),
  ),
  namedTables('migration-table', 'Schema changes are versioned', 'migration table', (t) =>
    MIGRATION_TABLES.has(t.name.toLowerCase()),
  ),
];

function namedTables(
  id: string,
  title: string,
  noun: string,
  matches: (table: TableFact) => boolean,
): Practice {
  return {
    id,
    title,
    judge({ tables }) {
      const found = designedTables(tables ?? []).filter(matches);
      if (found.length === 0) return null;
      const tools = new Set(found.flatMap((t) => MIGRATION_TABLES.get(t.name.toLowerCase()) ?? []));
      return {
        message: `${formatCountOf(found.length, noun)}: ${firstNames(found).join(', ')}${tools.size > 0 ? ` (${[...tools].join(', ')})` : ''}.`,
        evidence: { tables: found.length, names: firstNames(found) },
      };
    },
  };
}
