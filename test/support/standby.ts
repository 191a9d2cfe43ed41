import { execFile } from 'node:child_process';
import { appendFile, chown, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { serverAccount } from '#engine/embedded/account.ts';
import { createBaseDirectory } from '#engine/embedded/base-directory.ts';
import { findBinaries } from '#engine/embedded/binaries.ts';
import { type EmbeddedPostgres, freePort } from '#engine/embedded/server.ts';
import { startWatchdog } from '#engine/embedded/watchdog.ts';

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
  const client = new pg.Client({ ...addressOf(primary), database: 'postgres' });
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
  const own = { ...addressOf(primary), port };
  await untilStreaming(own, 30_000);
  return {
    urlOf: (database) => `postgresql://${user}:${encodeURIComponent(password)}@${host}:${port}/${database}`,
    stop: async () => {
      await watchdog.end();
      await watchdog.serverGone;
    },
  };
}

type Address = Pick<EmbeddedPostgres, 'host' | 'port' | 'user' | 'password'>;

function addressOf({ host, port, user, password }: Address): Address {
  return { host, port, user, password };
}

async function untilStreaming(address: Address, timeoutMs: number): Promise<void> {
  const until = performance.now() + timeoutMs;
  while (!(await isStreaming(address).catch(() => false))) {
    if (performance.now() > until) throw new Error(`The standby did not stream within ${timeoutMs} ms.`);
    await delay(100);
  }
}

async function isStreaming(address: Address): Promise<boolean> {
  const client = new pg.Client({ ...address, database: 'postgres' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (
      (await client.query("SELECT 1 FROM pg_stat_wal_receiver WHERE status = 'streaming'")).rowCount === 1
    );
  } finally {
    await client.end();
  }
}
