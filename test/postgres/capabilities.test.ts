import { describe, expect, it } from 'vitest';
import { mkdir, writeFile } from 'node:fs/promises';
import { query, urlOf, usePrivateServer, useServer } from '../support/postgres.ts';
import type { Capabilities } from '#engine/postgres/capabilities.ts';
import type { EmbeddedMajor } from '#engine/embedded/binaries.ts';
import { join } from 'node:path';
import { openReadSession } from '#engine/postgres/session.ts';
import { parseConnectionInput } from '#engine/postgres/url.ts';

async function capabilitiesOf(url: string): Promise<Capabilities> {
  const session = await openReadSession(parseConnectionInput(url));
  await session.close();
  return session.capabilities;
}

const MAJORS: readonly EmbeddedMajor[] = [14, 15, 16, 17, 18];

describe.each(MAJORS)('PostgreSQL %i', (major) => {
  const shared = useServer(major);

  it('is described as it is, column by column', async () => {
    const server = await shared.get();
    const url = urlOf(server, 'postgres');
    const found = await capabilitiesOf(url);
    expect(Math.floor(found.versionNum / 10_000)).toBe(major);
    const [row] = await query<{ oid: number; version: string }>(
      url,
      `SELECT oid, current_setting('server_version') AS version FROM pg_database WHERE datname = 'postgres'`,
    );
    expect(found).toMatchObject({
      version: row?.version,
      database: 'postgres',
      databaseOid: row?.oid,
      role: 'postgres',
      isSuperuser: true,
      isStandby: false,
      isPooled: false,
      usesTls: false,
      provider: 'self-managed',
    });
    // What checks.md §2.11 says of the versions.
    expect(found.has('pg_stat_all_tables', 'n_ins_since_vacuum')).toBe(true);
    expect(found.has('pg_stat_all_tables', 'last_seq_scan')).toBe(major >= 16);
    expect(found.has('pg_stat_all_tables', 'total_vacuum_time')).toBe(major >= 18);
    expect(found.has('pg_replication_slots', 'conflicting')).toBe(major >= 16);
    expect(found.has('pg_replication_slots', 'inactive_since')).toBe(major >= 17);
    expect(found.has('pg_stat_checkpointer', 'num_timed')).toBe(major >= 17);
    expect(found.has('pg_stat_bgwriter', 'checkpoints_timed')).toBe(major < 17);
    expect(found.has('pg_class', 'relallfrozen')).toBe(major >= 18);
    expect(found.has('pg_constraint', 'conenforced')).toBe(major >= 18);
    expect(found.has('pg_database', 'datcollversion')).toBe(major >= 15);
    expect(found.has('pg_class', 'no_such_column')).toBe(false);
    expect(found.has('no_such_relation', 'oid')).toBe(false);
    expect(found.canExecute('pg_control_system()')).toBe(true);
    expect(found.canExecute('pg_ls_dir(text, boolean, boolean)')).toBe(true);
    expect(found.canExecute('pg_no_such_function()')).toBe(false);
    expect(found.canSelect('pg_stat_io')).toBe(major >= 16);
    expect(found.memberOf.has('pg_read_all_data')).toBe(true);
    expect(found.memberOf.has('pg_maintain')).toBe(major >= 17);
  });
});

describe('a role', () => {
  const shared = useServer(15);

  it('is told what it may do, and nothing more', async () => {
    const server = await shared.get();
    const admin = urlOf(server, 'postgres');
    await query(
      admin,
      `CREATE ROLE cap_plain LOGIN PASSWORD 'pw'; CREATE ROLE cap_monitor LOGIN PASSWORD 'pw' IN ROLE pg_monitor;
       CREATE ROLE cap_group IN ROLE pg_read_all_data; CREATE ROLE cap_reader LOGIN PASSWORD 'pw' IN ROLE cap_group;
       CREATE ROLE cap_noinherit LOGIN NOINHERIT PASSWORD 'pw' IN ROLE pg_monitor`,
    );
    try {
      const as = (user: string) => capabilitiesOf(urlOf(server, 'postgres', { user, password: 'pw' }));
      const plain = await as('cap_plain');
      expect(plain).toMatchObject({ isSuperuser: false, role: 'cap_plain' });
      expect([...plain.memberOf]).toEqual([]);
      expect(plain.canSelect('pg_authid')).toBe(false);
      expect(plain.canSelect('pg_statistic')).toBe(false);
      expect(plain.canSelect('pg_stats')).toBe(true);
      expect(plain.canSelect('pg_hba_file_rules')).toBe(false);
      expect(plain.canExecute('pg_hba_file_rules()')).toBe(false);
      expect(plain.canExecute('pg_control_system()')).toBe(true);
      expect(plain.canExecute('pg_ls_waldir()')).toBe(false);
      // Unreadable is not unknown: the columns of pg_authid are there all the same.
      expect(plain.has('pg_authid', 'rolpassword')).toBe(true);
      const monitor = await as('cap_monitor');
      expect([...monitor.memberOf].sort()).toEqual([
        'pg_monitor',
        'pg_read_all_settings',
        'pg_read_all_stats',
        'pg_stat_scan_tables',
      ]);
      expect(monitor.canExecute('pg_ls_waldir()')).toBe(true);
      expect(monitor.canSelect('pg_hba_file_rules')).toBe(false);
      expect([...(await as('cap_reader')).memberOf]).toEqual(['pg_read_all_data']);
      expect([...(await as('cap_noinherit')).memberOf]).toEqual([]);
    } finally {
      await query(admin, 'DROP ROLE cap_plain, cap_monitor, cap_reader, cap_noinherit, cap_group');
    }
  });

  it('finds extensions where they are, and whether statements are counted', async () => {
    const server = await shared.get();
    const admin = urlOf(server, 'postgres');
    await query(admin, 'CREATE DATABASE cap_extensions');
    try {
      const url = urlOf(server, 'cap_extensions');
      const before = await capabilitiesOf(url);
      expect(before.extensions.has('pg_stat_statements')).toBe(false);
      expect(before.has('pg_stat_statements', 'calls')).toBe(false);
      expect(before.isStatementsLoaded).toBe(true);
      await query(
        url,
        `CREATE SCHEMA "odd, schema"; CREATE EXTENSION pg_stat_statements SCHEMA "odd, schema"`,
      );
      const after = await capabilitiesOf(url);
      expect(after.extensions.get('pg_stat_statements')).toEqual({ version: '1.10', schema: 'odd, schema' });
      expect(after.has('pg_stat_statements', 'total_exec_time')).toBe(true);
      expect(after.has('pg_stat_statements', 'shared_blk_read_time')).toBe(false);
    } finally {
      await query(admin, 'DROP DATABASE cap_extensions');
    }
  });
});

describe('the place of a server', () => {
  const shared = usePrivateServer();

  it('is told by roles that only its provider makes, and being a standby by itself', async () => {
    const server = await shared.get();
    const url = urlOf(server, 'postgres');
    await query(url, 'CREATE ROLE rds_superuser; CREATE ROLE rdsadmin');
    expect(await capabilitiesOf(url)).toMatchObject({ provider: 'rds', isStandby: false });
    await query(url, 'DROP ROLE rds_superuser, rdsadmin');
    await mkdir(server.dataDir, { recursive: true });
    await writeFile(join(server.dataDir, 'standby.signal'), '');
    await server.restart();
    expect(await capabilitiesOf(url)).toMatchObject({ provider: 'self-managed', isStandby: true });
  });
});
