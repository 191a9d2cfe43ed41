import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Facts, SequenceFact, SequenceValue, TableFact } from '#shared/model/facts.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { Catalog } from '#engine/audit/catalog.ts';
import { foreignKeyDefinition, indexDefinition } from '#engine/audit/definitions.ts';
import { quoteIdentifier, quoteQualified } from '#engine/postgres/quote.ts';
import { createDatabase, type TestDatabase, useServer } from '../support/postgres.ts';
import { HOSTILE_NAMES, hostileSql, SCHEMA_SQL } from './collect-database.ts';
import { collectFrom, pick, withClient } from './collect-support.ts';

/** The facts of one database on 15, against the answers of PostgreSQL's own views. */
describe('facts agree with the server', () => {
  const server = useServer(15);
  let database: TestDatabase;
  let snapshot: Snapshot;
  let facts: Facts;
  let catalog: Catalog;

  beforeAll(async () => {
    database = await createDatabase(await server.get(), SCHEMA_SQL);
    await database.query(hostileSql());
    snapshot = await collectFrom(database.url);
    facts = snapshot.facts as Facts;
    catalog = new Catalog(facts);
  });
  afterAll(() => database?.drop());

  const table = (name: string): TableFact => {
    const found = facts.tables.find((t) => t.name === name && t.schema === 'app');
    if (!found) throw new Error(`No table ${name}`);
    return found;
  };
  const USER = `n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'`;

  it('reads everything as a superuser, and the snapshot survives JSON', () => {
    expect(snapshot.unread).toEqual([]);
    expect(JSON.parse(JSON.stringify(snapshot))).toEqual(snapshot);
    expect(facts.server).toMatchObject({
      database: database.name,
      isSuperuser: true,
      isStandby: false,
      blockSizeBytes: 8192,
      lockedTableOids: [],
    });
    expect(facts.server.systemIdentifier).toMatch(/^\d{19}$/);
    expect(facts.server.databaseSizeBytes).toBeGreaterThan(5_000_000);
    expect(Math.abs(Date.parse(facts.server.sampledAt) - Date.now())).toBeLessThan(60_000);
    expect(snapshot.collectedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
  });

  it('tables: the rows and counters of pg_stat_user_tables', async () => {
    const counters = [
      ['liveRows', 'n_live_tup'],
      ['deadRows', 'n_dead_tup'],
      ['inserted', 'n_tup_ins'],
      ['updated', 'n_tup_upd'],
      ['deleted', 'n_tup_del'],
      ['hotUpdated', 'n_tup_hot_upd'],
      ['seqScans', 'seq_scan'],
      ['seqRowsRead', 'seq_tup_read'],
      ['indexScans', 'idx_scan'],
      ['modifiedSinceAnalyze', 'n_mod_since_analyze'],
      ['insertedSinceVacuum', 'n_ins_since_vacuum'],
      ['vacuumCount', 'vacuum_count'],
      ['analyzeCount', 'analyze_count'],
    ] as const;
    const rows = await database.query(`
      SELECT c.oid::int, n.nspname AS schema, c.relname AS name, c.relkind AS kind, c.relpersistence AS persistence,
        pg_get_userbyid(c.relowner) AS owner, c.relreplident AS "replicaIdentity",
        CASE WHEN c.relkind IN ('p', 'f') THEN 0 ELSE pg_relation_size(c.oid) END::int AS "sizeBytes",
        (SELECT count(*) FROM pg_attribute a WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped)::int
          AS "columnCount",
        ${counters.map(([fact, column]) => `coalesce(${column}, 0)::int AS "${fact}"`).join(', ')}
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid
      WHERE c.relkind IN ('r', 'p', 'm', 'f') AND ${USER} ORDER BY c.oid`);
    const columns = [
      ...(['oid', 'schema', 'name', 'kind', 'persistence', 'owner', 'replicaIdentity', 'sizeBytes'] as const),
      'columnCount' as const,
      ...counters.map(([fact]) => fact),
    ];
    expect(pick(facts.tables, columns)).toEqual(rows);
    expect(facts.tables.filter((t) => 'rm'.includes(t.kind)).every((t) => t.sizeIsExact)).toBe(true);
  });

  it('tables: what the catalog says in other ways', () => {
    expect(table('parent')).toMatchObject({
      comment: 'Parents\nand "others"',
      estimatedRows: 300,
      options: { autovacuum_enabled: 'false', fillfactor: '80', 'toast.autovacuum_enabled': 'off' },
      isPartition: false,
    });
    expect(Date.now() - Date.parse(table('parent').lastAnalyzeAt ?? '')).toBeLessThan(120_000);
    expect(table('parent').lastVacuumAt).toBeNull();
    expect(table('parent').toastOid).toBeGreaterThan(0);
    expect(table('parent').toastFrozenXidAge).toBeGreaterThanOrEqual(0);
    expect(table('never_analyzed').estimatedRows).toBeNull();
    expect(table('measured')).toMatchObject({
      kind: 'p',
      frozenXidAge: null,
      minMxidAge: null,
      parentOid: null,
    });
    expect(table('measured_1')).toMatchObject({ isPartition: true, parentOid: table('measured').oid });
    expect(table('heir')).toMatchObject({ isPartition: false, parentOid: table('locked').oid });
    expect(table('abroad')).toMatchObject({ kind: 'f', frozenXidAge: null });
    expect(table('volatile').persistence).toBe('u');
    expect(table('unfilled')).toMatchObject({ kind: 'm', isPopulated: false });
    expect(table('summary').isPopulated).toBe(true);
    expect(table('secret')).toMatchObject({ rowSecurity: true, forceRowSecurity: true });
  });

  it('indexes: flags, owners, counters and sizes', async () => {
    const rows = await database.query(`
      SELECT x.indexrelid::int AS oid, n.nspname AS schema, i.relname AS name, indisunique AS "isUnique",
        indisprimary AS "isPrimary", indisexclusion AS "isExclusion", indisclustered AS "isClustered",
        indisreplident AS "isReplicaIdentity", indisvalid AS "isValid", am.amname AS "accessMethod",
        coalesce(idx_scan, 0)::int AS scans, coalesce(idx_tup_read, 0)::int AS "rowsRead",
        CASE i.relkind WHEN 'I' THEN 0 ELSE pg_relation_size(i.oid) END::int AS "sizeBytes",
        (SELECT k.oid::int FROM pg_constraint k WHERE k.conindid = i.oid AND k.contype IN ('p', 'u', 'x'))
          AS "constraintOid",
        EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.oid AND k.contype = 'f') AS "isReferencedByForeignKey",
        (SELECT h.inhparent::int FROM pg_inherits h WHERE h.inhrelid = i.oid) AS "parentIndexOid"
      FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_namespace n ON n.oid = i.relnamespace
      JOIN pg_am am ON am.oid = i.relam LEFT JOIN pg_stat_user_indexes s ON s.indexrelid = i.oid
      WHERE ${USER} ORDER BY x.indexrelid`);
    const mine = pick(facts.indexes, Object.keys(rows[0] ?? {}) as (keyof (typeof facts.indexes)[0])[]);
    expect(mine).toEqual(rows);
    expect(facts.indexes.filter((i) => i.scans > 0).map((i) => i.name)).toContain('parent_pkey');
    const byName = new Map(facts.indexes.map((i) => [i.name, i]));
    expect(byName.get('own_collation')).toMatchObject({ collationNames: [''] });
    expect(byName.get('other_collation')).toMatchObject({ collationNames: ['"default"'] });
    expect(byName.get('citizens_text')).toMatchObject({ opclassNames: ['"text_ops"'] });
    expect(byName.get('citizens_own')).toMatchObject({ opclassNames: [''] });
    expect(byName.get('with_expression')).toMatchObject({
      columns: [0, 2, 0],
      isOpaque: false,
      predicate: null,
    });
    expect(byName.get('with_include')).toMatchObject({
      columns: [2, 4, 3],
      keyColumnCount: 1,
      definition: null,
    });
  });

  it('indexes: a definition composed from the facts makes the very same index', async () => {
    const candidates = facts.indexes.filter((i) => i.constraintOid === null && i.parentIndexOid === null);
    expect(candidates.length).toBeGreaterThan(25);
    await withClient(database.url, async (client) => {
      for (const index of candidates) {
        const composed = indexDefinition(index, catalog) ?? `no definition of ${index.name}`;
        const qualified = quoteQualified(index.schema, index.name);
        const definition = async (): Promise<unknown> =>
          (await client.query('SELECT pg_get_indexdef($1::regclass)', [qualified])).rows[0];
        const before = await definition();
        await client.query('BEGIN');
        await client.query(`DROP INDEX ${qualified}`);
        await client.query(composed);
        expect(await definition(), index.name).toEqual(before);
        await client.query('ROLLBACK');
      }
    });
  });

  it('columns and their types: dropped ones are gone, numbers stay', async () => {
    const rows = await database.query<Record<string, unknown>>(`
      SELECT attrelid::int AS "tableOid", attnum AS number, attname AS name, format_type(atttypid, atttypmod) AS type,
        attnotnull AS "notNull", atttypmod AS modifier
      FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid JOIN pg_namespace n ON n.oid = relnamespace
      WHERE attnum > 0 AND NOT attisdropped AND relkind IN ('r', 'p', 'm', 'f') AND ${USER}
      ORDER BY attrelid, attnum`);
    const { columns, types } = facts;
    const typeNames = new Map(types.map((t) => [t.oid, t.name]));
    const mine = columns.name.map((name, at) => ({
      tableOid: columns.tableOid[at] ?? 0,
      number: columns.number[at] ?? 0,
      name,
      type: typeNames.get(columns.typeOid[at] ?? 0),
      notNull: columns.notNull[at],
      modifier: columns.typeModifier[at],
    }));
    mine.sort((a, b) => a.tableOid - b.tableOid || a.number - b.number);
    const bare = (type: unknown): string =>
      String(type)
        .replace(/\([\d,]+\)/, '')
        .replace('app.', '');
    expect(mine.map((c) => ({ ...c, type: bare(c.type) }))).toEqual(
      rows.map((c) => ({ ...c, type: bare(c.type) })),
    );
    const email = types.find((t) => t.name.endsWith('email'));
    expect(types.find((t) => t.oid === email?.baseTypeOid)?.name).toBe('character varying');
  });

  it('constraints: every property of a foreign key, definitions where columns do not say it all', async () => {
    const [{ count } = { count: 0 }] = await database.query<{ count: number }>(
      `SELECT count(*)::int FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace
       WHERE conrelid <> 0 AND ${USER}`,
    );
    expect(facts.constraints).toHaveLength(count);
    const byName = new Map(facts.constraints.map((c) => [c.name, c]));
    expect(byName.get('child_parent_id_fkey')).toMatchObject({
      type: 'f',
      tableOid: table('child').oid,
      columns: [2],
      referencedTableOid: table('parent').oid,
      referencedColumns: [1],
      onDelete: 'c',
      onUpdate: 'n',
      match: 's',
      isDeferrable: true,
      isInitiallyDeferred: true,
      isValidated: true,
      isEnforced: true,
      definition: null,
    });
    expect(byName.get('child_code_fk')).toMatchObject({ match: 'f', isValidated: false });
    expect(byName.get('child_code_fk')?.definition).toContain('NOT VALID');
    expect(byName.get('parent_price_check')?.definition).toBe('CHECK ((price >= (0)::numeric))');
    expect(byName.get('measured_1_pkey')?.parentOid).toBe(byName.get('measured_pkey')?.oid);
    for (const key of facts.constraints.filter((c) => c.type === 'f' && c.isValidated)) {
      const [row] = await database.query<{ text: string }>('SELECT pg_get_constraintdef($1) AS text', [
        key.oid,
      ]);
      const composed = foreignKeyDefinition(key, catalog) ?? '';
      expect(composed.replaceAll('"', '').replaceAll(' (', '('), key.name).toBe(
        row?.text.replaceAll(' (', '('),
      );
    }
  });

  it('sequences: what feeds what, and last values only where one was drawn', async () => {
    const byName = new Map<string, SequenceFact>(facts.sequences.map((s) => [s.name, s]));
    const valueOf = (name: string): string | null | undefined =>
      facts.sequenceValues.find((v) => v.sequenceOid === byName.get(name)?.oid)?.lastValue;
    expect(byName.get('parent_id_seq')).toMatchObject({
      link: 'serial',
      tableOid: table('parent').oid,
      column: 1,
    });
    expect(byName.get('child_id_seq')).toMatchObject({ link: 'identity', dataType: 'integer', column: 1 });
    expect(byName.get('shared_sequence')).toMatchObject({
      link: 'default',
      tableOid: table('ticket').oid,
      column: 1,
    });
    expect(byName.get('lonely')).toMatchObject({
      link: null,
      tableOid: null,
      maxValue: '9223372036854775807',
    });
    expect(byName.get('descending')).toMatchObject({
      dataType: 'smallint',
      increment: '-2',
      minValue: '-100',
      maxValue: '-1',
      isCycled: true,
    });
    expect([valueOf('parent_id_seq'), valueOf('child_id_seq'), valueOf('shared_sequence')]).toEqual([
      '300',
      '200',
      '5',
    ]);
    // It feeds no column: an application may still draw from it.
    expect(valueOf('lonely')).toBeNull();
    const unused = await collectFrom(database.url, { only: ['sequenceValues'] });
    const values = (read: readonly SequenceValue[] = []) => read.map((v) => [v.sequenceOid, v.lastValue]);
    expect(values(unused.facts.sequenceValues)).toEqual(values(facts.sequenceValues));
    expect(unused.facts.roles).toBeUndefined();
  });

  it('security: policies, grants, schemas, functions, views and triggers', () => {
    const policies = new Map(facts.policies.map((p) => [p.name, p]));
    expect(policies.get('by_tenant')).toMatchObject({
      command: '*',
      isPermissive: true,
      roles: ['public'],
      withCheck: 'true',
    });
    expect(policies.get('by_list')).toMatchObject({
      command: 'r',
      isPermissive: false,
      roles: ['pg_monitor'],
    });
    expect(policies.get('by_list')?.using).toContain('FROM app.locked');
    const granted = facts.publicGrants.filter((g) => g.schema === 'app' && !g.isExtensionOwned);
    expect(granted.map((g) => [g.name, g.column, g.privileges])).toEqual(
      expect.arrayContaining([
        ['child', null, ['INSERT', 'UPDATE']],
        ['secret', 'id', ['SELECT']],
        ['secret', 'tenant', ['SELECT']],
        ['secret_view', null, ['SELECT']],
      ]),
    );
    expect(granted).toHaveLength(4);
    expect(facts.schemas.find((s) => s.name === 'app')).toMatchObject({
      publicCanCreate: true,
      isInSearchPath: false,
    });
    expect(facts.schemas.find((s) => s.name === 'public')).toMatchObject({
      publicCanCreate: false,
      isInSearchPath: true,
    });
    const own = facts.functions.filter((f) => !f.isExtensionOwned);
    expect(
      own.map((f) => [
        f.name,
        f.kind,
        f.identityArguments,
        f.settings,
        f.publicCanExecute,
        f.ownerIsSuperuser,
      ]),
    ).toEqual(
      expect.arrayContaining([
        ['elevated', 'f', 'a integer, VARIADIC b text[]', ['search_path=pg_catalog, pg_temp'], true, true],
        ['unsafe', 'p', '', [], false, true],
      ]),
    );
    const view = facts.views.find((v) => v.name === 'secret_view');
    expect(view).toMatchObject({
      isSecurityInvoker: false,
      readers: expect.arrayContaining(['pg_monitor', 'public']),
    });
    expect(new Set(view?.tableOids)).toEqual(new Set([table('secret').oid, table('child').oid]));
    expect(facts.triggers.map((t) => [t.name, t.enabled, t.isInternal])).toEqual(
      expect.arrayContaining([
        ['touched', 'O', false],
        ['asleep', 'D', false],
      ]),
    );
    expect(facts.triggers.filter((t) => t.isInternal && t.tableOid === table('child').oid)).toHaveLength(4);
  });

  it('publications reach partitions, extensions and their objects are marked', () => {
    const some = facts.publications.find((p) => p.name === 'few');
    expect(some).toMatchObject({ publishesUpdates: false, publishesDeletes: true });
    expect(new Set(some?.tableOids)).toEqual(
      new Set(['child', 'measured', 'measured_1', 'measured_2'].map((name) => table(name).oid)),
    );
    const everything = facts.publications.find((p) => p.name === 'everything')?.tableOids ?? [];
    expect(everything).toContain(table('ticket').oid);
    expect(everything).not.toContain(table('volatile').oid);
    expect(facts.extensions.find((e) => e.name === 'citext')).toMatchObject({
      schema: 'app',
      isInstalledVersionAvailable: true,
    });
    expect(facts.extensions.find((e) => e.name === 'amcheck')?.installedVersion).toBeNull();
    expect(facts.views.find((v) => v.name === 'pg_stat_statements')?.isExtensionOwned).toBe(true);
  });

  it('settings are those of other sessions, not ours', async () => {
    const rows = await database.query<{ name: string; setting: string }>(
      `SELECT name, setting FROM pg_settings WHERE name IN ('statement_timeout', 'lock_timeout', 'search_path', 'jit',
        'max_parallel_workers_per_gather', 'default_transaction_read_only', 'max_connections', 'wal_level')`,
    );
    for (const { name, setting } of rows) {
      expect(facts.settings.find((s) => s.name === name)?.setting, name).toBe(setting);
    }
    expect(facts.settings.find((s) => s.name === 'jit')?.source).toBe('default');
    expect(facts.settings.find((s) => s.name === 'wal_level')).toMatchObject({
      source: 'configuration file',
    });
  });

  it('hostile names arrive as they are', () => {
    for (const [at, name] of HOSTILE_NAMES.entries()) {
      const schema = `hostile_${at}`;
      const found = facts.tables.find((t) => t.schema === schema && t.name === name);
      expect(found, name).toBeDefined();
      expect(catalog.columnNames(found?.oid ?? 0)).toEqual(['id', name]);
      expect(
        facts.constraints.some((c) => c.name === name && c.type === 'u'),
        name,
      ).toBe(true);
      expect(
        facts.sequences.some((s) => s.schema === name && s.name === name),
        name,
      ).toBe(true);
      expect(
        facts.views.some((v) => v.schema === name && v.tableOids.includes(found?.oid ?? 0)),
        name,
      ).toBe(true);
      const index = facts.indexes.find((i) => i.tableOid === found?.oid);
      const quoted = /^[a-z_]+$/.test(name) && name !== 'select' ? name : quoteIdentifier(name);
      expect(index?.predicate, name).toBe(`(${quoted} <> 'x'::text)`);
    }
  });
});
