import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createEngine } from '#engine/create-engine.ts';
import type { Engine, SshRequest } from '#engine/engine.ts';
import { createNodeHost } from '../../electron/hosts/node-host.ts';
import { query, urlOf, usePrivateServer } from '../support/postgres.ts';
import { createSshHome, HAS_SSHD, type SshHome, startSshd, type TestSshd } from '../support/sshd.ts';

const CAN_UNSHARE = HAS_SSHD && canUnshare();
if (!CAN_UNSHARE)
  console.warn('##### TEST OF TWO SSH SERVERS SKIPPED: it needs sshd, ip, unshare and root #####');

const shared = usePrivateServer();
let home: SshHome;
let sshd: TestSshd;
let folder: string;
let other: ChildProcess;
let door: Server;
let engine: Engine;
/** The way to either: the same address of the database behind both. */
let ways: readonly SshRequest[];
let url: string;

beforeAll(async () => {
  if (!CAN_UNSHARE) return;
  const server = await shared.get();
  url = urlOf(server, 'postgres');
  home = await createSshHome();
  sshd = await startSshd(home);
  process.env['PGVITALS_SSH_CONFIG'] = home.config;
  folder = await mkdtemp('/tmp/pgvitals-machine-test-');
  const socket = join(folder, 's');
  const script = fileURLToPath(new URL('../support/other-machine.ts', import.meta.url));
  const args = [String(server.port), server.password, socket, join(home.folder, 'authorized_keys')];
  other = spawn('unshare', ['--net', process.execPath, script, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [fingerprint] = (await once(other.stdout?.setEncoding('utf8') ?? other, 'data')) as [string];
  door = createServer((near) => {
    const far = connect(socket);
    for (const one of [near, far]) one.on('error', () => one.destroy());
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  const way = (port: number, trustFingerprint: string): SshRequest => ({
    destination: `${home.user}@127.0.0.1:${port}`,
    keyFile: home.key,
    trustFingerprint,
  });
  ways = [way(sshd.port, sshd.fingerprint), way((door.address() as AddressInfo).port, fingerprint.trim())];
  engine = createEngine(
    createNodeHost({ kind: 'in-process', toolVersion: 'test', writeLogLine: () => undefined }),
  );
});
afterAll(async () => {
  delete process.env['PGVITALS_SSH_CONFIG'];
  await engine?.close();
  if (other) {
    const ended = once(other, 'exit');
    other.stdin?.end();
    await ended;
  }
  door?.close();
  await sshd?.stop();
  await home?.remove();
  if (folder) await rm(folder, { recursive: true, force: true });
});

it.skipIf(!CAN_UNSHARE)('127.0.0.1 behind one SSH server is not the one behind another', async () => {
  // A server that is only reached through SSH has no other way to make its database either.
  await query(url, 'CREATE DATABASE shop');
  const [near, far] = await Promise.all(ways.map((ssh) => engine.open({ text: url, ssh }, {})));
  const ids = [near?.id ?? '', far?.id ?? ''] as const;
  const systemOf = async (id: string): Promise<unknown> => {
    for await (const event of engine.audit(id, {}))
      if (event.type === 'done') return event.audit.server.systemIdentifier;
    return null;
  };
  expect(await systemOf(ids[0])).not.toBe(await systemOf(ids[1]));
  const namesOf = async (id: string) => (await engine.databases(id, {})).map(({ name }) => name);
  expect(await namesOf(ids[0])).toEqual(['postgres', 'shop']);
  expect(await namesOf(ids[1])).toEqual(['postgres']);

  const shop = await engine.openDatabase(ids[0], 'shop', {});
  expect(shop.sshServer).toBe(near?.sshServer);
  // The far server has none: the open one of the near server must not be handed out for it.
  await expect(engine.openDatabase(ids[1], 'shop', {})).rejects.toMatchObject({ code: 'DATABASE_MISSING' });
  const own = await engine.openDatabase(ids[1], 'postgres', {});
  expect(own.id).toBe(ids[1]);
  expect((await engine.databases(ids[0], {})).map(({ connectionId }) => connectionId)).toEqual([
    ids[0],
    shop.id,
  ]);
  expect((await engine.databases(ids[1], {})).map(({ connectionId }) => connectionId)).toEqual([ids[1]]);
});

function canUnshare(): boolean {
  try {
    execFileSync('unshare', ['--net', 'ip', 'link', 'set', 'lo', 'up'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
