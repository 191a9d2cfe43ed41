import { mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  BackupDetails,
  BackupJob,
  BackupPlanPreview,
  BackupRow,
  BackupsOverview,
} from '#shared/model/backup.ts';
import { type CliResult, runCli } from '../support/cli.ts';
import { fakeClient } from '../support/fake-client.ts';
import { createDatabase, query, type TestDatabase, urlOf, useServer } from '../support/postgres.ts';

const server = useServer(15);
let database: TestDatabase;
let folder: string;
let env: Record<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgvitals-backup-cli-'));
  // What the environment says of other servers must not matter.
  env = { XDG_DATA_HOME: folder, PGHOSTADDR: '192.0.2.1', PGDATABASE: 'absent' };
  database = await createDatabase(
    await server.get(),
    `CREATE TABLE customers (id int PRIMARY KEY, name text);
     CREATE TABLE "a.b" (id int);
     INSERT INTO customers SELECT n, 'name ' || n FROM generate_series(1, 2000) n;
     INSERT INTO "a.b" VALUES (1), (2)`,
  );
});

afterAll(async () => {
  const admin = urlOf(await server.get(), 'postgres');
  for (const { datname } of await query<{ datname: string }>(
    admin,
    `SELECT datname FROM pg_database WHERE datname LIKE $1 OR datname = $2`,
    [`${database.name}\\_%`, database.name],
  ))
    await query(admin, `DROP DATABASE "${datname}" WITH (FORCE)`);
  await rm(folder, { recursive: true, force: true });
});

const backup = (...args: readonly string[]): Promise<CliResult> => {
  const [command = '', ...rest] = args;
  return runCli(['backup', command, database.url, ...rest], { env });
};
const json = <T>({ stdout }: CliResult): T => JSON.parse(stdout) as T;
const list = async (): Promise<readonly BackupRow[]> =>
  json<BackupsOverview>(await backup('list', '-f', 'json')).backups;
const COUNT = 'SELECT count(*)::int AS count FROM customers';
const countIn = async (name: string): Promise<unknown> => query(urlOf(await server.get(), name), COUNT);

describe('pgvitals backup', () => {
  it('makes a backup, lists it and proves it by a test restore', async () => {
    expect((await backup('list')).stdout).toMatch(
      /^There is no backup of test_\w+\.\n\nIf the database were gone now, everything would be lost\.\n/,
    );
    const made = await backup('create', '--note', 'before the upgrade', '-f', 'json');
    expect(made.code).toBe(0);
    const { job, backup: detail } = json<{ job: BackupJob; backup: BackupDetails }>(made);
    expect(job.outcome).toBe('done');
    expect(detail).toMatchObject({ trust: 'intact', rows: 2002, note: 'before the upgrade' });

    const verified = await backup('verify', '--on', 'this-server');
    expect(verified).toMatchObject({ code: 2, stdout: '' });
    expect(verified.stderr).toMatch(/needs --yes/);
    const proven = await backup('verify', '--on', 'this-server', '--yes', '--backup', detail.id.slice(0, 8));
    expect(proven.stderr).toBe('');
    expect(proven.code).toBe(0);
    expect(proven.stdout).toMatch(/: done\n/);
    expect(proven.stdout).toContain(`Backup ${detail.id}: verified, `);
    expect(proven.stdout).toMatch(/Restored on .* in \d/);

    const shown = (await backup('list')).stdout;
    expect(shown).toMatch(
      new RegExp(`^${detail.id} .*verified .* 2.002  just now {4,}2 tables \\(before the upgrade\\)$`, 'm'),
    );
    expect(shown).toMatch(/If the database were gone now: the last .* would be lost, and a restore takes /);
  });

  it('takes single tables into a location of its own, and refuses what cannot be meant', async () => {
    const place = await mkdtemp(join(folder, 'place-'));
    const made = await backup(
      'create',
      '--table',
      '"a.b"',
      '--shape',
      'small',
      '--location',
      place,
      '-f',
      'json',
    );
    expect(made.code).toBe(0);
    const { backup: detail } = json<{ backup: BackupDetails }>(made);
    expect(detail.folder.startsWith(place)).toBe(true);
    expect(detail.tableRows).toEqual([{ schema: 'public', name: 'a.b', rows: 2, sourceHash: null }]);
    const old = await fakeClient(join(folder, 'old'), { all: 'echo "$(basename "$0") (PostgreSQL) 13.4"' });
    for (const [args, words] of [
      [['create', '--table', 'x', '--schema', 'y'], /Schemas and tables were both given/],
      [['create', '--table', 'a.b.c'], /A table is name, schema\.name/],
      [['create', '--location', join(folder, 'absent')], /cannot hold backups/],
      [['create', '--client-dir', old], /pg_dump 13\.4 in the chosen folder is older than the server/],
      [['verify', '--backup', '../x'], /It has to be an id/],
      [['restore'], /Say where to/],
      [['restore', '--replace', '--table', 'x'], /Say where to/],
    ] as const) {
      const result = await backup(...args);
      expect([args, result.code, result.stdout]).toEqual([args, 2, '']);
      expect(result.stderr).toMatch(words);
    }
  });

  it('restores beside, in place and back, and asks for what it destroys', async () => {
    const beside = `${database.name}_beside`;
    const shown = await backup('restore', '--into', beside);
    expect(shown.code).toBe(0);
    expect(shown.stdout).toMatch(/Nothing was changed\. To run it, add --yes/);
    await expect(countIn(beside)).rejects.toThrow('does not exist');
    const planned = json<BackupPlanPreview>(await backup('restore', '--into', beside, '-f', 'json'));
    const made = await backup('restore', '--into', beside, '--yes', ...agreed(planned));
    expect([made.stderr, made.code]).toEqual(['', 0]);
    expect(await countIn(beside)).toEqual([{ count: 2000 }]);

    await database.query('DELETE FROM customers WHERE id > 10');
    const plan = json<BackupPlanPreview>(await backup('restore', '--replace', '-f', 'json'));
    expect(plan.phrase).not.toBeNull();
    const unconfirmed = await backup('restore', '--replace', '--yes');
    expect(unconfirmed.code).toBe(5);
    expect(unconfirmed.stderr).toContain(`Type ${plan.phrase} to confirm`);
    expect(await countIn(database.name)).toEqual([{ count: 10 }]);
    const replaced = await backup('restore', '--replace', '--yes', ...agreed(plan));
    expect(replaced.stderr).toBe('');
    expect(replaced.code).toBe(0);
    expect(await countIn(database.name)).toEqual([{ count: 2000 }]);

    const id = /--swap-back (\w+)/.exec((await backup('list')).stdout)?.[1] ?? '';
    const back = json<BackupPlanPreview>(await backup('restore', '--swap-back', id, '-f', 'json'));
    const swapped = await backup('restore', '--swap-back', id, '--yes', ...agreed(back));
    expect(swapped.code).toBe(0);
    expect(await countIn(database.name)).toEqual([{ count: 10 }]);
  });

  it('lets go what the rule says, after it said so, and prints the recovery plan', async () => {
    const shown = await backup('prune');
    expect(shown.code).toBe(0);
    expect(shown.stdout).toMatch(/Stays:\n( {2}[0-9a-f]{16} .*\n)+/);
    expect((await backup('prune', '--yes')).code).toBe(0);
    expect((await list()).filter(({ trashedAt }) => trashedAt !== null)).toEqual([]);
    const plan = await backup('plan');
    expect(plan.stdout).toMatch(/^# Disaster recovery of test/);
    expect(plan.stdout).toContain('pg_restore --exit-on-error --create');
  });

  it('says which step failed where a backup is damaged, and exits 5', async () => {
    const made = json<{ backup: BackupDetails }>(await backup('create', '-f', 'json')).backup;
    const file = await open(join(made.folder, 'data.dump'), 'r+');
    const [byte] = await readFile(join(made.folder, 'data.dump'));
    await file.write(Buffer.from([(byte ?? 0) ^ 1]), 0, 1, 200);
    await file.close();
    const result = await backup('verify', '--depth', 'intact', '--backup', made.id);
    expect(result.code).toBe(5);
    expect(result.stdout).toMatch(/FAILED/);
    expect((await list()).find(({ id }) => id === made.id)?.trust).toBe('damaged');
  });

  it('ends what it began when it is interrupted', async () => {
    await database.query(
      `CREATE TABLE big AS SELECT n, repeat(md5(n::text), 30) AS pad FROM generate_series(1, 60000) n`,
    );
    const before = (await list()).length;
    const result = await runCli(['backup', 'create', database.url, '--shape', 'small'], {
      env,
      onStarted: (kill) => whenDumping(() => kill('SIGINT')),
    });
    expect(result.code).toBe(130);
    expect(await list()).toHaveLength(before);
    const names = await readdir(folder, { recursive: true });
    expect(names.filter((name) => name.includes('.partial'))).toEqual([]);
  });
});

/** Everything that a plan asks for. */
function agreed({ phrase, mustAccept }: BackupPlanPreview): readonly string[] {
  return [
    ...(phrase === null ? [] : ['--confirm', phrase]),
    ...mustAccept.flatMap(({ id }) => ['--accept', id]),
  ];
}

/** Once pg_dump reads tables of the database. */
async function whenDumping(then: () => void): Promise<void> {
  await expect
    .poll(
      async () =>
        (
          await database.query(
            `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'pgvitals/backup:%'`,
          )
        ).length,
      { timeout: 20_000, interval: 20 },
    )
    .toBeGreaterThan(0);
  then();
}
