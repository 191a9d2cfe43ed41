import { execFile } from 'node:child_process';
import { appendFile, chown, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { vi } from 'vitest';
import { serverAccount } from '#engine/embedded/account.ts';
import { createBaseDirectory } from '#engine/embedded/base-directory.ts';
import { findBinaries } from '#engine/embedded/binaries.ts';
import { type EmbeddedPostgres, freePort } from '#engine/embedded/server.ts';
import { startWatchdog } from '#engine/embedded/watchdog.ts';
import { query, urlOf } from './postgres.ts';

export interface Standby {
  /** Of the database of that name, as the superuser. */
  urlOf(database: string): string;
  stop(): Promise<void>;
}

/** A hot standby that streams from this server (15+), made as pg_basebackup does: a copy between start and stop of a backup. */
export async function startStandby(primary: EmbeddedPostgres, name: string): Promise<Standby> {
  const account = await serverAccount();
  const base = await createBaseDirectory(account);
  const dataDir = join(base, 'data');
  const write = async (file: string, text: string): Promise<void> => {
    await writeFile(join(dataDir, file), text, { mode: 0o600 });
    // The server renames and syncs these: they have to be its own.
    if (account) await chown(join(dataDir, file), account.uid, account.gid);
  };
  const client = new pg.Client({ connectionString: urlOf(primary, 'postgres') });
  await client.connect();
  try {
    await client.query("SELECT pg_backup_start('standby', true)");
    await promisify(execFile)('cp', ['-a', primary.dataDir, dataDir]);
    const { rows } = await client.query<{ label: string }>(
      'SELECT labelfile AS label FROM pg_backup_stop(false)',
    );
    await write('backup_label', rows[0]?.label ?? '');
  } finally {
    await client.end();
  }
  await rm(join(dataDir, 'postmaster.pid'), { force: true });
  await write('standby.signal', '');
  const port = await freePort();
  const { host, user, password } = primary;
  await appendFile(
    join(dataDir, 'postgresql.conf'),
    `port = ${port}\nprimary_conninfo = 'host=${host} port=${primary.port} user=${user} password=${password} application_name=${name}'\n`,
  );
  const watchdog = startWatchdog({
    binaries: findBinaries(primary.major),
    account,
    base,
    dataDir,
    logFile: join(base, 'log'),
  });
  const own = { ...primary, port, host, user, password };
  const streams = async (): Promise<boolean> =>
    (await query(urlOf(own, 'postgres'), "SELECT 1 FROM pg_stat_wal_receiver WHERE status = 'streaming'"))
      .length === 1;
  await vi.waitUntil(() => streams().catch(() => false), { timeout: 30_000, interval: 100 });
  return {
    urlOf: (database) => urlOf(own, database),
    stop: async () => {
      await watchdog.end();
      await watchdog.serverGone;
    },
  };
}
