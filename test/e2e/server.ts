import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createEngine } from '#engine/create-engine.ts';
import { VERSION } from '#shared/model/version.ts';
import { bundle } from '../../build/bundle.ts';
import { startLoopback } from '../../electron/hosts/loopback.ts';
import { createNodeHost } from '../../electron/hosts/node-host.ts';
import { extractDist, packageApp, ROOT } from '../desktop/packaging.ts';
import { createSshHome, type SshHome, startSshd, type TestSshd } from '../support/sshd.ts';
import { createDatabases, type DatabaseName } from './databases.ts';

export type { DatabaseName };
/** The loopback host, or the desktop's main process out of the archive, on a stand-in for Electron. */
export type HostName = 'loopback' | 'desktop';

/**
 * Behind the tests of the pages, one per run: packages the app, keeps the databases, and opens a host of its own for
 * each test that asks (`app.ts`). Speaks HTTP on 127.0.0.1 under a random path.
 */
const packageDir = join(ROOT, 'dist', 'packages', 'e2e');
await bundle();
const databases = createDatabases();
const appDir = join(packageDir, 'app');
await Promise.all([
  packageApp(packageDir).then(({ archive }) => extractDist(archive, appDir)),
  databases.urlOf('demo'),
]);

const running = new Map<string, { readonly url: string; close(): Promise<void> }>();
const secret = randomBytes(16).toString('hex');
const server = createServer((request, response) => {
  void text(request).then(async (body) => {
    try {
      const command = request.url?.replace(`/${secret}/`, '') ?? '';
      response.end(JSON.stringify(await answer(command, JSON.parse(body || '{}'))));
    } catch (error) {
      response.writeHead(500).end(error instanceof Error ? error.stack : String(error));
    }
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') {
    console.log(`e2e control http://127.0.0.1:${address.port}/${secret}`);
  }
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    void Promise.allSettled([...running.values()].map((app) => app.close()))
      .then(() =>
        Promise.all([databases.stop(), ssh?.then(({ home, sshd }) => sshd.stop().then(home.remove))]),
      )
      .finally(() => process.exit(0));
  });
}

interface Request {
  readonly id: string;
  readonly database: DatabaseName | null;
  readonly host: HostName;
  /** Remembers what it is told, in a folder of its own. */
  readonly keeps?: boolean;
}

async function answer(command: string, request: Request): Promise<object> {
  const databaseUrl = request.database ? await databases.urlOf(request.database) : null;
  if (command === 'url') return { url: databaseUrl };
  if (command === 'ssh') return sshServer();
  if (command === 'close') {
    const app = running.get(request.id);
    running.delete(request.id);
    await app?.close();
    return {};
  }
  if (command !== 'open') throw new Error(`unknown command ${command}`);
  const app = await (request.host === 'desktop'
    ? openDesktop(databaseUrl)
    : openLoopback(databaseUrl, request.keeps ?? false));
  const id = randomUUID();
  running.set(id, app);
  return { id, url: app.url, documentsDir: app.documentsDir };
}

let ssh: Promise<{ readonly home: SshHome; readonly sshd: TestSshd }> | null = null;

/** A real sshd of this run, and what a user would know of it; its clients keep to files of this run. */
async function sshServer() {
  ssh ??= createSshHome().then(async (home) => ({ home, sshd: await startSshd(home) }));
  const { home, sshd } = await ssh;
  process.env['PGVITALS_SSH_CONFIG'] = home.config;
  await home.forgetHosts();
  return {
    destination: `${home.user}@127.0.0.1:${sshd.port}`,
    keyFile: home.lockedKey,
    passphrase: home.passphrase,
    fingerprint: sshd.fingerprint,
  };
}

async function openLoopback(databaseUrl: string | null, keeps: boolean) {
  const dataDir = keeps ? await mkdtemp(join(tmpdir(), 'pgvitals-e2e-')) : null;
  const engine = createEngine(createNodeHost({ kind: 'loopback', toolVersion: VERSION, dataDir }));
  const connection =
    databaseUrl === null ? null : await engine.open({ text: databaseUrl }, { name: 'Test database' });
  const loopback = await startLoopback({
    engine,
    rendererDir: join(appDir, 'dist', 'renderer'),
    initialConnectionId: connection?.id ?? null,
  });
  return {
    url: loopback.url,
    documentsDir: null,
    close: async () => {
      await loopback.close();
      await engine.close();
      if (dataDir !== null) await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function openDesktop(databaseUrl: string | null) {
  const child: ChildProcess = fork(join(import.meta.dirname, 'packaged-main.ts'), [appDir], {
    env: { ...process.env, ...(databaseUrl !== null && { PGVITALS_DEMO_URL: databaseUrl }) },
  });
  const place = await Promise.race([
    once(child, 'message').then(([message]: { url: string; documentsDir: string }[]) => message),
    once(child, 'exit').then(() => Promise.reject(new Error('the packaged main process ended at once'))),
  ]);
  return {
    url: place?.url ?? '',
    documentsDir: place?.documentsDir ?? null,
    close: async () => {
      if (child.exitCode !== null) return;
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}
