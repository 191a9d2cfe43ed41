import type {
  ConstraintFact,
  Facts,
  IndexFact,
  ProgressFact,
  SequenceFact,
  SettingFact,
  TableFact,
  TypeFact,
} from '#shared/model/facts.ts';
import type { ObjectRef } from '#shared/model/finding.ts';
import { quoteIdentifier, quoteQualified } from '#engine/postgres/quote.ts';

/** Look-ups over facts, each built on first use. Absent facts read as empty: checks state what they need. */
export class Catalog {
  readonly #facts: Partial<Facts>;
  #tables: Map<number, TableFact> | null = null;
  #indexes: Map<number, IndexFact> | null = null;
  #tableNames: Map<string, TableFact> | null = null;
  #indexNames: Map<string, IndexFact> | null = null;
  #indexesOf: Map<number, IndexFact[]> | null = null;
  #constraints: Map<number, ConstraintFact> | null = null;
  #constraintsOf: Map<number, ConstraintFact[]> | null = null;
  #referencesTo: Map<number, ConstraintFact[]> | null = null;
  #partitionsOf: Map<number, TableFact[]> | null = null;
  #columnRange: Map<number, number[]> | null = null;
  #settings: Map<string, SettingFact> | null = null;
  #types: Map<number, TypeFact> | null = null;

  constructor(facts: Partial<Facts>) {
    this.#facts = facts;
  }

  table(oid: number | null): TableFact | undefined {
    this.#tables ??= new Map((this.#facts.tables ?? []).map((t) => [t.oid, t]));
    return oid === null ? undefined : this.#tables.get(oid);
  }

  tableNamed(schema: string | null, name: string): TableFact | undefined {
    this.#tableNames ??= new Map((this.#facts.tables ?? []).map((t) => [this.quoted(t), t]));
    return schema === null ? undefined : this.#tableNames.get(quoteQualified(schema, name));
  }

  index(oid: number | null): IndexFact | undefined {
    this.#indexes ??= new Map((this.#facts.indexes ?? []).map((i) => [i.oid, i]));
    return oid === null ? undefined : this.#indexes.get(oid);
  }

  /** By `"schema"."name"`, as it stands in statements of ours. */
  indexByQuotedName(quoted: string): IndexFact | undefined {
    this.#indexNames ??= new Map((this.#facts.indexes ?? []).map((i) => [this.quoted(i), i]));
    return this.#indexNames.get(quoted);
  }

  indexesOf(tableOid: number): readonly IndexFact[] {
    this.#indexesOf ??= groupBy(this.#facts.indexes ?? [], (i) => i.tableOid);
    return this.#indexesOf.get(tableOid) ?? [];
  }

  constraintsOf(tableOid: number): readonly ConstraintFact[] {
    this.#constraintsOf ??= groupBy(this.#facts.constraints ?? [], (c) => c.tableOid);
    return this.#constraintsOf.get(tableOid) ?? [];
  }

  constraint(oid: number): ConstraintFact | undefined {
    this.#constraints ??= new Map((this.#facts.constraints ?? []).map((c) => [c.oid, c]));
    return this.#constraints.get(oid);
  }

  foreignKeys(): readonly ConstraintFact[] {
    return (this.#facts.constraints ?? []).filter((c) => c.type === 'f');
  }

  /** Foreign keys of other tables (or itself) that point at this one. */
  foreignKeysTo(tableOid: number): readonly ConstraintFact[] {
    this.#referencesTo ??= groupBy(this.foreignKeys(), (c) => c.referencedTableOid ?? 0);
    return this.#referencesTo.get(tableOid) ?? [];
  }

  partitionsOf(parentOid: number): readonly TableFact[] {
    this.#partitionsOf ??= groupBy(
      (this.#facts.tables ?? []).filter((t) => t.isPartition),
      (t) => t.parentOid ?? 0,
    );
    return this.#partitionsOf.get(parentOid) ?? [];
  }

  /** Name, type and NOT NULL of one live column; undefined for expressions (0), system or unread columns. */
  column(
    tableOid: number,
    number: number,
  ): { name: string; typeOid: number; typeModifier: number; notNull: boolean } | undefined {
    const columns = this.#facts.columns;
    if (!columns) return undefined;
    const at = this.#columnsOf(tableOid).find((i) => columns.number[i] === number);
    if (at === undefined) return undefined;
    return {
      name: columns.name[at] ?? '',
      typeOid: columns.typeOid[at] ?? 0,
      typeModifier: columns.typeModifier[at] ?? -1,
      notNull: columns.notNull[at] ?? false,
    };
  }

  /** All live columns of a table in order. */
  columnNames(tableOid: number): readonly string[] {
    const columns = this.#facts.columns;
    return columns ? this.#columnsOf(tableOid).map((i) => columns.name[i] ?? '') : [];
  }

  /** Attribute numbers of all live columns in order; a gap means a dropped column. */
  columnNumbers(tableOid: number): readonly number[] {
    const columns = this.#facts.columns;
    return columns ? this.#columnsOf(tableOid).map((i) => columns.number[i] ?? 0) : [];
  }

  type(oid: number): TypeFact | undefined {
    this.#types ??= new Map((this.#facts.types ?? []).map((t) => [t.oid, t]));
    return this.#types.get(oid);
  }

  setting(name: string): SettingFact | undefined {
    this.#settings ??= new Map((this.#facts.settings ?? []).map((s) => [s.name, s]));
    return this.#settings.get(name);
  }

  /** What postgresql.auto.conf says, the last entry counts; null = nothing, undefined = it was not read. */
  autoConfEntry(name: string): { readonly name: string; readonly value: string } | null | undefined {
    const files = this.#facts.fileSettings;
    if (!files) return undefined;
    const entry = files.findLast(
      (candidate) =>
        candidate.file.endsWith('postgresql.auto.conf') &&
        candidate.name?.toLowerCase() === name.toLowerCase(),
    );
    return entry?.name ? { name: entry.name, value: entry.value ?? '' } : null;
  }

  /** A setting as a plain number in its own unit (see `SettingFact.unit`); null where absent or not a number. */
  numericSetting(name: string): number | null {
    const value = Number(this.setting(name)?.setting ?? Number.NaN);
    return Number.isFinite(value) ? value : null;
  }

  /** Maintenance running on this relation now. */
  progressOn(relationOid: number): ProgressFact | undefined {
    return this.#facts.progress?.find((p) => p.relationOid === relationOid || p.indexOid === relationOid);
  }

  /** For messages: `schema.table`, as stored. */
  label(thing: { schema: string; name: string }): string {
    return thing.schema === 'public' ? thing.name : `${thing.schema}.${thing.name}`;
  }

  quoted(thing: { schema: string; name: string }): string {
    return quoteQualified(thing.schema, thing.name);
  }

  /** `"a", "b"` for a list of attribute numbers. */
  quotedColumns(tableOid: number, numbers: readonly number[]): string {
    return numbers.map((n) => quoteIdentifier(this.column(tableOid, n)?.name ?? '')).join(', ');
  }

  tableRef(table: TableFact): ObjectRef {
    return {
      kind: table.kind === 'm' ? 'matview' : 'table',
      oid: table.oid,
      schema: table.schema,
      name: table.name,
      table: null,
    };
  }

  indexRef(index: IndexFact): ObjectRef {
    return {
      kind: 'index',
      oid: index.oid,
      schema: index.schema,
      name: index.name,
      table: this.table(index.tableOid)?.name ?? null,
    };
  }

  constraintRef(constraint: ConstraintFact): ObjectRef {
    const table = this.table(constraint.tableOid);
    return {
      kind: 'constraint',
      oid: constraint.oid,
      schema: table?.schema ?? null,
      name: constraint.name,
      table: table?.name ?? null,
    };
  }

  sequenceRef(sequence: SequenceFact): ObjectRef {
    return {
      kind: 'sequence',
      oid: sequence.oid,
      schema: sequence.schema,
      name: sequence.name,
      table: this.table(sequence.tableOid)?.name ?? null,
    };
  }

  #columnsOf(tableOid: number): readonly number[] {
    if (!this.#columnRange) {
      this.#columnRange = new Map();
      const oids = this.#facts.columns?.tableOid ?? [];
      for (let i = 0; i < oids.length; i += 1) {
        const oid = oids[i] ?? 0;
        const list = this.#columnRange.get(oid);
        if (list) list.push(i);
        else this.#columnRange.set(oid, [i]);
      }
    }
    return this.#columnRange.get(tableOid) ?? [];
  }
}

function groupBy<T>(rows: readonly T[], key: (row: T) => number): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const row of rows) {
    const list = groups.get(key(row));
    if (list) list.push(row);
    else groups.set(key(row), [row]);
  }
  return groups;
}
