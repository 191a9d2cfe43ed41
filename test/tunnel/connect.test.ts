import { readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DiagnosisStep } from '#shared/model/connection.ts';
import { createEngine } from '#engine/create-engine.ts';
import { targetOf } from '#engine/connection-request.ts';
import type { SshRequest } from '#engine/engine.ts';
import { freePort } from '#engine/embedded/server.ts';
import { EngineError } from '#engine/errors.ts';
import { diagnose } from '#engine/postgres/doctor.ts';
import type { ReadSession } from '#engine/postgres/read-session.ts';
import { openReadSession } from '#engine/postgres/session.ts';
import { withRoute } from '#engine/postgres/tunnel/route.ts';
import { SSH_LIMITS } from '#engine/postgres/tunnel/ssh-arguments.ts';
import { createNodeHost } from '../../electron/hosts/node-host.ts';
import { LINKS } from '../contract/links.ts';
import { type TestServer, urlOf, useServer } from '../support/postgres.ts';
import { createSystemUser, HAS_SSHD, startAgent, startSshd } from '../support/sshd.ts';
import { useSsh } from '../support/ssh-stage.ts';

const shared = useServer();
let server: TestServer;
const stage = useSsh();

beforeAll(async () => {
  if (!HAS_SSHD) return;
  server = await shared.get();
});
beforeEach(() => {
  delete process.env['SSH_AUTH_SOCK'];
});

const { through } = stage;

/** Opens a session through SSH, asks something and closes all. */
async function ask(ssh: SshRequest, url = urlOf(server, 'postgres')): Promise<string> {
  const target = withRoute(await targetOf({ text: url, ssh }, undefined));
  let session: ReadSession | null = null;
  try {
    session = await openReadSession(target);
    const [[answer] = []] = await session.read('test', ({ rows }) => rows('SELECT current_database()::text'));
    return String(answer);
  } finally {
    await session?.close();
    await target.route?.close();
  }
}

async function failure(work: Promise<unknown>): Promise<EngineError> {
  const error = await work.then(
    () => new Error('It did not fail.'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(EngineError);
  return error as EngineError;
}

describe.skipIf(!HAS_SSHD)('a connection through SSH', () => {
  beforeEach(() => stage.home.forgetHosts());

  it('gets in by a key, by one with a passphrase, and by an agent', async () => {
    expect(await ask(through())).toBe('postgres');
    expect(await ask(through({ keyFile: stage.home.lockedKey, passphrase: stage.home.passphrase }))).toBe(
      'postgres',
    );
    const agent = await startAgent(stage.home.folder, stage.home.key);
    try {
      process.env['SSH_AUTH_SOCK'] = agent.socket;
      expect(await ask(withoutKey())).toBe('postgres');
    } finally {
      await agent.stop();
    }
    // Named still, and gone.
    expect(await failure(ask(withoutKey()))).toMatchObject({
      code: 'SSH_AUTH_FAILED',
      message: expect.stringContaining('agent is gone') as string,
    });
  });

  it('gets in by a password, and never sends a wrong one twice', async () => {
    const user = await createSystemUser();
    if (user === null) return;
    try {
      const ssh = through({
        destination: `${user.name}@127.0.0.1:${stage.sshd.port}`,
        keyFile: stage.home.strangeKey,
      });
      expect(await ask({ ...ssh, password: user.password })).toBe('postgres');
      const before = stage.sshd.log().split('Failed password').length;
      expect(await failure(ask({ ...ssh, password: 'wrong' }))).toMatchObject({
        code: 'SSH_PASSWORD',
        message: expect.stringContaining('refused the password') as string,
      });
      await expect
        .poll(() => stage.sshd.log().split('Failed password').length - before, { timeout: 15_000 })
        .toBe(1);
      const { keyFile: _key, ...keyless } = ssh;
      expect(await failure(ask(keyless))).toMatchObject({
        code: 'SSH_PASSWORD',
        message: expect.stringContaining('none was given') as string,
      });
    } finally {
      await user.remove();
    }
  });

  it('shows an unknown key, trusts it by its fingerprint alone, and remembers it', async () => {
    const unknown = await failure(ask(through({ trustFingerprint: undefined })));
    expect(unknown).toMatchObject({
      code: 'SSH_HOST_UNKNOWN',
      sshHostKey: {
        host: `[127.0.0.1]:${stage.sshd.port}`,
        keyType: 'ED25519',
        fingerprint: stage.sshd.fingerprint,
      },
    });
    const other = `SHA256:${'A'.repeat(43)}`;
    expect(await failure(ask(through({ trustFingerprint: other })))).toMatchObject({
      code: 'SSH_HOST_UNKNOWN',
    });
    expect(await readFile(stage.home.knownHosts, 'utf8').catch(() => '')).toBe('');
    expect(await ask(through())).toBe('postgres');
    expect(await ask(through({ trustFingerprint: undefined }))).toBe('postgres');
  });

  it('tells the fingerprint over the wire, and takes it back', async () => {
    const engine = createEngine(
      createNodeHost({ kind: 'in-process', toolVersion: 'test', writeLogLine: () => undefined }),
    );
    const link = await LINKS['MessagePort']?.(engine);
    try {
      const input = { text: urlOf(server, 'postgres'), ssh: through({ trustFingerprint: undefined }) };
      const error: unknown = await link?.client.connections.open(input).then(
        () => null,
        (reason: unknown) => reason,
      );
      expect(error).toMatchObject({ data: { sshHostKey: { fingerprint: stage.sshd.fingerprint } } });
      const opened = await link?.client.connections.open({ ...input, ssh: through() });
      const sshServer = `${stage.home.user}@127.0.0.1:${stage.sshd.port}`;
      expect(opened).toMatchObject({
        sshServer,
        name: expect.stringContaining(`through ${sshServer}`) as string,
      });
    } finally {
      await link?.close();
      await engine.close();
    }
  });

  it('stops at a changed key, whatever is said to be trusted', async () => {
    await ask(through());
    const moved = await startSshd(stage.home);
    try {
      const known = await readFile(stage.home.knownHosts, 'utf8');
      await writeFile(stage.home.knownHosts, known.replace(`:${stage.sshd.port}`, `:${moved.port}`));
      const ssh = through({
        destination: `${stage.home.user}@127.0.0.1:${moved.port}`,
        trustFingerprint: moved.fingerprint,
      });
      const changed = await failure(ask(ssh));
      expect(changed).toMatchObject({ code: 'SSH_HOST_CHANGED', sshHostKey: null });
      expect(changed.message).toContain(moved.fingerprint);
      expect(changed.nextStep).toContain(`line 1 of ${stage.home.knownHosts}`);
    } finally {
      await moved.stop();
    }
  });

  it('keeps to a configuration that is stricter', async () => {
    await stage.home.configure(
      `Host strict\nHostName 127.0.0.1\nPort ${stage.sshd.port}\nStrictHostKeyChecking yes`,
    );
    expect(await failure(ask(through({ destination: `${stage.home.user}@strict` })))).toMatchObject({
      code: 'SSH_HOST_UNKNOWN',
      sshHostKey: null,
    });
  });

  it('goes through two servers by an alias with ProxyJump', async () => {
    const inner = await startSshd(stage.home);
    try {
      await stage.home.configure(
        [
          `Host outer\nHostName 127.0.0.1\nPort ${stage.sshd.port}`,
          `Host inner\nHostName 127.0.0.1\nPort ${inner.port}\nProxyJump outer`,
          `Host outer inner\nUser ${stage.home.user}\nIdentityFile ${stage.home.key}\nLocalForward ${server.port} 127.0.0.1:1`,
        ].join('\n'),
      );
      const ssh = { destination: 'inner' };
      const first = await failure(ask(ssh));
      expect(first.sshHostKey?.fingerprint).toBe(stage.sshd.fingerprint);
      const second = await failure(ask({ ...ssh, trustFingerprint: stage.sshd.fingerprint }));
      expect(second.sshHostKey?.fingerprint).toBe(inner.fingerprint);
      expect(await ask({ ...ssh, trustFingerprint: inner.fingerprint })).toBe('postgres');
      expect(inner.log()).toContain('Accepted publickey');
    } finally {
      await stage.home.configure('');
      await inner.stop();
    }
  });

  it('says what is wrong with a key', async () => {
    await ask(through());
    const cases: ReadonlyArray<readonly [Partial<SshRequest>, string, RegExp]> = [
      [{ keyFile: stage.home.strangeKey }, 'SSH_AUTH_FAILED', /refused the key/],
      [{ keyFile: stage.home.lockedKey }, 'SSH_PASSPHRASE', /none was given/],
      [{ keyFile: stage.home.lockedKey, passphrase: 'wrong' }, 'SSH_PASSPHRASE', /passphrase .* is wrong/],
      [{ keyFile: `${stage.home.folder}/absent` }, 'FILE_NOT_READABLE', /absent/],
    ];
    for (const [given, code, message] of cases) {
      const error = await failure(ask(through(given)));
      expect(error.code).toBe(code);
      expect(error.message).toMatch(message);
    }
  });

  it('says what is wrong with the network, on either side of the SSH server', async () => {
    await ask(through());
    const closed = await freePort();
    const silent = await startSilence();
    const refused = await startSshd(stage.home, 'AllowTcpForwarding no\nAllowStreamLocalForwarding no');
    const via = (port: number, fingerprint = stage.sshd.fingerprint): SshRequest =>
      through({ destination: `${stage.home.user}@127.0.0.1:${port}`, trustFingerprint: fingerprint });
    const at = (place: string): string => `postgresql://u:p@${place}/d`;
    const cases: ReadonlyArray<readonly [SshRequest, string | undefined, string, RegExp]> = [
      [
        through({ destination: 'nowhere.invalid' }),
        undefined,
        'SSH_UNREACHABLE',
        /"nowhere.invalid" is not known/,
      ],
      [via(closed), undefined, 'SSH_UNREACHABLE', /Nothing listens for SSH at 127.0.0.1/],
      [via(server.port), undefined, 'SSH_UNREACHABLE', /is no SSH server/],
      [via(refused.port, refused.fingerprint), undefined, 'SSH_FORWARD_DENIED', /does not forward/],
      [
        through(),
        at(`127.0.0.1:${closed}`),
        'CONNECTION_REFUSED',
        /Nothing listens at 127.0.0.1:\d+ for the SSH/,
      ],
      [through(), `${at(`127.0.0.1:${closed}`)}?sslmode=disable`, 'CONNECTION_REFUSED', /Nothing listens at/],
      [through(), at('nowhere.invalid:5432'), 'UNKNOWN_HOST', /does not know the host of nowhere.invalid/],
      [
        through(),
        `${at(`127.0.0.1:${silent.port}`)}?connect_timeout=2`,
        'CONNECTION_TIMEOUT',
        /Nothing comes from/,
      ],
      [through(), 'postgresql://u:p@/d?host=/nowhere', 'CONNECTION_REFUSED', /\/nowhere\/.s.PGSQL.5432/],
    ];
    try {
      for (const [ssh, url, code, message] of cases) {
        const error = await failure(ask(ssh, url ?? urlOf(server, 'postgres')));
        expect([message, error.code, error.message]).toEqual([message, code, expect.stringMatching(message)]);
        expect(error.nextStep).not.toBeNull();
      }
    } finally {
      await refused.stop();
      silent.close();
    }
  });

  it('says how to install ssh where there is none', async () => {
    const path = process.env['PATH'];
    process.env['PATH'] = stage.home.folder;
    try {
      expect(await failure(ask(through()))).toMatchObject({ code: 'SSH_MISSING' });
    } finally {
      process.env['PATH'] = path;
    }
  });

  it('checks certificates by the name of the database, and knows a dead tunnel within 45 s', () => {
    expect(SSH_LIMITS.aliveIntervalS * (SSH_LIMITS.aliveCount + 1)).toBeLessThanOrEqual(45);
  });
});

describe.skipIf(!HAS_SSHD)('the steps of connecting through SSH', () => {
  const examine = async (
    ssh: SshRequest,
    url = urlOf(server, 'postgres'),
  ): Promise<readonly DiagnosisStep[]> => {
    const steps: DiagnosisStep[] = [];
    for await (const step of diagnose(() => targetOf({ text: url, ssh }, undefined))) steps.push(step);
    return steps.filter(({ outcome }) => outcome !== 'running');
  };
  const ORDER = 'parse dns tcp ssh tls auth database version rights extensions'.split(' ');

  it('has one more, and tells of the SSH server before it', async () => {
    const steps = await examine(through());
    expect(steps.map(({ id }) => id)).toEqual(ORDER);
    expect(steps.slice(1, 5)).toMatchObject([
      { outcome: 'ok', detail: 'SSH server 127.0.0.1: 127.0.0.1' },
      { outcome: 'ok' },
      { outcome: 'ok', label: 'SSH tunnel', detail: expect.stringContaining('127.0.0.1') as string },
      { outcome: 'ok', detail: expect.stringContaining('SSH encrypts it') as string },
    ]);
    const plain = await examine(through(), `${urlOf(server, 'postgres')}?sslmode=disable`);
    expect(plain.map(({ id }) => id)).toEqual(ORDER);
  });

  it('fails at the step that is to be mended', async () => {
    const closed = await freePort();
    const cases: ReadonlyArray<readonly [SshRequest, string | undefined, string]> = [
      [through({ destination: 'nowhere.invalid' }), undefined, 'dns'],
      [through({ destination: `127.0.0.1:${closed}` }), undefined, 'tcp'],
      [through({ keyFile: stage.home.strangeKey }), undefined, 'ssh'],
      [through(), `postgresql://u:p@127.0.0.1:${closed}/d`, 'ssh'],
      [through(), urlOf(server, 'absent'), 'database'],
    ];
    for (const [ssh, url, id] of cases) {
      const failed = (await examine(ssh, url)).find(({ outcome }) => outcome === 'failed');
      expect(failed).toMatchObject({ id, cure: expect.any(String) as string });
    }
  });
});

function withoutKey(): SshRequest {
  const { keyFile: _key, ...rest } = through();
  return rest;
}

/** Takes connections and says nothing. */
async function startSilence(): Promise<{ port: number; close(): void }> {
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  return {
    port: (listener.address() as AddressInfo).port,
    close: () => {
      for (const socket of sockets) socket.destroy();
      listener.close();
    },
  };
}
