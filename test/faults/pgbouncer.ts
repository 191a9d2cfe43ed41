import { chown, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { EmbeddedPostgres } from '#engine/embedded/server.ts';
import { existsSync } from 'node:fs';
import { freePort } from '#engine/embedded/server.ts';
import { join } from 'node:path';
import { spawn } from 'node:child_process';

const BINARY = process.env['PGBOUNCER_PATH'] ?? '/usr/sbin/pgbouncer';
export const HAS_PGBOUNCER = existsSync(BINARY);
if (!HAS_PGBOUNCER)
  console.warn(`##### POOLER TESTS SKIPPED: no ${BINARY} (apt-get install pgbouncer) #####`);

export interface PgBouncer {
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts PgBouncer in front of a server, as the account that owns the server's files when we are root. */
export async function startPgBouncer(
  server: EmbeddedPostgres,
  poolMode: 'transaction' | 'session' | 'statement',
  extra = '',
): Promise<PgBouncer> {
  const directory = await mkdtemp('/tmp/pgvitals-pgbouncer-');
  const port = await freePort();
  const settings = [
    '[databases]',
    `* = host=127.0.0.1 port=${server.port}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = scram-sha-256',
    `auth_file = ${join(directory, 'users.txt')}`,
    `pool_mode = ${poolMode}`,
    'default_pool_size = 5',
    extra,
  ];
  await writeFile(join(directory, 'pgbouncer.ini'), `${settings.join('\n')}\n`);
  await writeFile(join(directory, 'users.txt'), `"postgres" "${server.password}"\n`);
  const owner = await stat(server.dataDir);
  for (const path of [directory, join(directory, 'pgbouncer.ini'), join(directory, 'users.txt')]) {
    await chown(path, owner.uid, owner.gid);
  }
  const child = spawn(BINARY, [join(directory, 'pgbouncer.ini')], {
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(process.getuid?.() === 0 ? { uid: owner.uid, gid: owner.gid } : {}),
  });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (child.exitCode !== null) throw new Error(`PgBouncer did not start: ${log}`);
    if (await accepts(port)) break;
    await delay(50);
  }
  return {
    port,
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
      await rm(directory, { recursive: true });
    },
  };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
