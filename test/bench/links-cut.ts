import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { startEmbeddedPostgres } from '#engine/embedded/server.ts';
import { openWriteSession } from '#engine/postgres/write-session.ts';
import { openReadSession } from '#engine/postgres/session.ts';
import { parseConnectionInput } from '#engine/postgres/url.ts';

/*
 * In a network of its own (`unshare --net`), whose only link is cut while statements without a time limit run: not even
 * the acknowledgements of the kernel come. Argument: how many. Prints as JSON the ms until each connection was given up,
 * and how many backends of idle sessions the server still has a minute after the return.
 */
const [runs = '20'] = process.argv.slice(2);
const link = (state: 'up' | 'down') => promisify(execFile)('ip', ['link', 'set', 'lo', state]);
await link('up');
const server = await startEmbeddedPostgres({ settings: { fsync: 'off' } });
const { user, password, port } = server;
const target = parseConnectionInput(`postgresql://${user}:${password}@127.0.0.1:${port}/postgres`);
const { signal } = new AbortController();
const sessions = await Promise.all(
  Array.from({ length: Number(runs) }, (_, index) =>
    openWriteSession(target, { jobId: String(index), signal }),
  ),
);
const idle = await Promise.all(Array.from({ length: Number(runs) }, () => openReadSession(target)));
// Every wait is of its own age when the link goes.
const running = sessions.map(async (session, index) => {
  await new Promise((resolve) => setTimeout(resolve, index * 300));
  await session
    .run('SELECT pg_sleep(300)', { lockTimeoutMs: 500, statementTimeoutMs: 0 })
    .catch(() => undefined);
  return performance.now();
});
await new Promise((resolve) => setTimeout(resolve, sessions.length * 300 + 500));
await link('down');
const cutMs = performance.now();
const noticedMs = (await Promise.all(running)).map((atMs) => atMs - cutMs);
await new Promise((resolve) => setTimeout(resolve, 5_000));
const areLost = idle.every(({ isLost }) => isLost);
await link('up');
const asking = await openReadSession(target);
const backends = async (): Promise<number> => {
  const sql =
    "SELECT count(*)::int FROM pg_stat_activity WHERE state = 'idle' AND application_name LIKE 'pgvitals/%'";
  const rows = await asking.read('bench', ({ rows: ask }) => ask(sql));
  return Number(rows[0]?.[0]);
};
const endMs = performance.now() + 65_000;
while ((await backends()) > 0 && performance.now() < endMs)
  await new Promise((resolve) => setTimeout(resolve, 1_000));
process.stdout.write(JSON.stringify({ noticedMs, left: areLost ? await backends() : idle.length }));
await asking.close();
await server.stop();
