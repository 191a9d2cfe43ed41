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
/** A process has five connections to a server, so there is one for each two runs; the last is for asking. */
const RUNS_PER_SERVER = 2;
const servers = await Promise.all(
  Array.from({ length: Math.ceil(Number(runs) / RUNS_PER_SERVER) }, () =>
    startEmbeddedPostgres({ settings: { fsync: 'off' } }),
  ),
);
const targets = servers.map(({ user, password, port }) =>
  parseConnectionInput(`postgresql://${user}:${password}@127.0.0.1:${port}/postgres`),
);
const { signal } = new AbortController();
const each = Array.from({ length: Number(runs) }, (_, index) => ({
  index,
  target: targets[Math.floor(index / RUNS_PER_SERVER)] ?? parseConnectionInput('postgresql://'),
}));
const sessions = await Promise.all(
  each.map(({ index, target }) => openWriteSession(target, { jobId: String(index), signal })),
);
const idle = await Promise.all(each.map(({ target }) => openReadSession(target)));
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
const asking = await Promise.all(targets.map((target) => openReadSession(target)));
const backends = async (): Promise<number> => {
  const sql =
    "SELECT count(*)::int FROM pg_stat_activity WHERE state = 'idle' AND application_name LIKE 'pgvitals/%'";
  const counts = await Promise.all(
    asking.map(async (session) => Number((await session.read('bench', ({ rows }) => rows(sql)))[0]?.[0])),
  );
  return counts.reduce((sum, count) => sum + count, 0);
};
const endMs = performance.now() + 65_000;
while ((await backends()) > 0 && performance.now() < endMs)
  await new Promise((resolve) => setTimeout(resolve, 1_000));
process.stdout.write(JSON.stringify({ noticedMs, left: areLost ? await backends() : idle.length }));
for (const session of asking) await session.close();
for (const server of servers) await server.stop();
