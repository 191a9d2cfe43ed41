/** The nine groups of the AnalyticBot schema. */
export const CATEGORIES = [
  'Core',
  'Admin',
  'Analytics',
  'Audit',
  'Payment',
  'Alert',
  'Content',
  'Storage',
  'System',
] as const;
export type DemoCategory = (typeof CATEGORIES)[number];

/** One table in the order in which it is built: columns, then rows, then indexes, then foreign keys. */
export interface DemoTable {
  readonly name: string;
  /** One sentence, stored as the table's comment behind its category. */
  readonly about: string;
  /** What stands between the parentheses of CREATE TABLE, with primary key, unique and check constraints. */
  readonly columns: string;
  /** Storage parameters of the table. */
  readonly options?: string;
  /** INSERT … SELECT from generate_series: the same rows on every machine. */
  readonly rows: string;
  /** CREATE INDEX statements of everything that is no constraint. */
  readonly indexes: string;
  /** Constraint name → REFERENCES clause with its delete rule. */
  readonly foreignKeys: readonly ForeignKey[];
}

export interface ForeignKey {
  readonly columns: string;
  readonly references: string;
  readonly onDelete: 'RESTRICT' | 'CASCADE' | 'SET NULL' | 'NO ACTION';
}

export function createTable(category: DemoCategory, table: DemoTable): string {
  const options = table.options ? ` WITH (${table.options})` : '';
  return `CREATE TABLE ${table.name} (${table.columns})${options};
COMMENT ON TABLE ${table.name} IS 'category: ${category}. ${table.about.replaceAll("'", "''")}';`;
}

export function addForeignKeys({ name, foreignKeys }: DemoTable): string {
  return foreignKeys
    .map(
      ({ columns, references, onDelete }) =>
        `ALTER TABLE ${name} ADD FOREIGN KEY (${columns}) REFERENCES ${references} ON DELETE ${onDelete};`,
    )
    .join('\n');
}
