import { type Authority, HAS_OPENSSL, createAuthority, installCertificate } from '../faults/certificates.ts';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { urlOf, usePrivateServer } from '../support/postgres.ts';
import { createPrivateKey } from 'node:crypto';
import { appendFile, chown, copyFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { inspect } from 'node:util';
import type { EmbeddedPostgres } from '#engine/embedded/server.ts';
import type { TlsFacts } from '#engine/postgres/tls.ts';
import { connectTarget } from '#engine/postgres/connect.ts';
import { join } from 'node:path';
import { parseConnectionInput } from '#engine/postgres/url.ts';

/** 17 is the first that knows sslnegotiation=direct. */
const shared = usePrivateServer({ major: 17 });
let server: EmbeddedPostgres;
let authority: Authority;

/** What the server itself says about our link, beside what we think. */
async function connect(
  parameters: string,
  host = '127.0.0.1',
): Promise<{ tls: TlsFacts | null; serverSays: unknown }> {
  const url = urlOf(server, 'postgres').replace('127.0.0.1', host);
  const connection = await connectTarget(parseConnectionInput(`${url}?${parameters}`), {
    applicationName: 'pgvitals/test',
  });
  try {
    const [rows] = await connection.query(
      'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
      [],
      5_000,
    );
    return { tls: connection.facts.tls, serverSays: rows?.[0]?.[0] };
  } finally {
    await connection.close();
  }
}

async function restartWith(names: string, options: { isExpired?: boolean } = {}): Promise<void> {
  await installCertificate(server.dataDir, await authority.issue(names, options));
  await server.restart();
}

beforeAll(async () => {
  if (!HAS_OPENSSL) return;
  server = await shared.get();
  authority = await createAuthority();
}, 60_000);
afterAll(async () => authority?.remove());

describe.skipIf(!HAS_OPENSSL)('a server without TLS', () => {
  it('gets plain text from prefer, allow and disable, and nothing from the others', async () => {
    for (const mode of ['prefer', 'allow', 'disable']) {
      expect(await connect(`sslmode=${mode}`)).toEqual({ tls: null, serverSays: false });
    }
    for (const mode of ['require', 'verify-ca', 'verify-full']) {
      await expect(connect(`sslmode=${mode}`)).rejects.toMatchObject({ code: 'TLS_FAILED' });
    }
  });
});

describe.skipIf(!HAS_OPENSSL)('a server with TLS', () => {
  beforeAll(async () => {
    await appendFile(join(server.dataDir, 'postgresql.conf'), "ssl = 'on'\n");
    await restartWith('DNS:localhost,IP:127.0.0.1');
  });

  it('is encrypted by prefer and require, unverified, and not by allow and disable', async () => {
    for (const mode of ['prefer', 'require']) {
      expect(await connect(`sslmode=${mode}`)).toMatchObject({
        tls: { protocol: 'TLSv1.3', verified: 'nothing' },
        serverSays: true,
      });
    }
    for (const mode of ['allow', 'disable']) {
      expect(await connect(`sslmode=${mode}`)).toEqual({ tls: null, serverSays: false });
    }
  });
  it('is verified where that is asked for', async () => {
    const root = `sslrootcert=${encodeURIComponent(authority.rootFile)}`;
    expect((await connect(`sslmode=verify-full&${root}`)).tls?.verified).toBe('authority and name');
    expect((await connect(`sslmode=verify-full&${root}`, 'localhost')).tls?.verified).toBe(
      'authority and name',
    );
    expect((await connect(`sslmode=verify-ca&${root}`)).tls?.verified).toBe('authority');
    // libpq: require with a root certificate verifies like verify-ca.
    expect((await connect(`sslmode=require&${root}`)).tls?.verified).toBe('authority');
  });
  it('is refused when an unknown authority signed, and only where it matters', async () => {
    const stranger = await createAuthority();
    const root = `sslrootcert=${encodeURIComponent(stranger.rootFile)}`;
    try {
      for (const parameters of [
        'sslmode=verify-full',
        'sslmode=verify-ca',
        `sslmode=require&${root}`,
        `sslmode=verify-full&${root}`,
      ]) {
        const failed = connect(parameters);
        await expect(failed).rejects.toMatchObject({
          code: 'TLS_FAILED',
          message: expect.stringContaining('not signed by'),
        });
      }
    } finally {
      await stranger.remove();
    }
  });
  it('takes TLS from the first byte with sslnegotiation=direct', async () => {
    expect((await connect('sslmode=require&sslnegotiation=direct')).serverSays).toBe(true);
  });
  it('binds the login to the channel where that is demanded', async () => {
    expect((await connect('sslmode=require&channel_binding=require')).serverSays).toBe(true);
    await expect(connect('sslmode=disable&channel_binding=require')).rejects.toMatchObject({
      code: 'AUTH_FAILED',
    });
  });
  it('names a certificate file that is not there, or is no certificate', async () => {
    await expect(connect('sslmode=verify-full&sslrootcert=/nonexistent/root.crt')).rejects.toMatchObject({
      code: 'FILE_NOT_READABLE',
    });
    const nonsense = join(authority.directory, 'nonsense.crt');
    await writeFile(nonsense, 'no PEM');
    await expect(
      connect(`sslmode=verify-full&sslrootcert=${encodeURIComponent(nonsense)}`),
    ).rejects.toMatchObject({
      code: 'TLS_FAILED',
    });
    await expect(connect(`sslmode=require&sslcert=${encodeURIComponent(nonsense)}`)).rejects.toMatchObject({
      code: 'TLS_FAILED',
    });
  });
  it('is shown a client certificate, or told which of its files will not do', async () => {
    const at = (name: string): string => join(authority.directory, name);
    const [own, other] = [await authority.issue('DNS:client'), await authority.issue('DNS:other')];
    const locked = createPrivateKey(own.key)
      .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'canary' })
      .toString();
    const { uid, gid } = await stat(server.dataDir);
    const files = [
      ['client.crt', own.cert, 0o644],
      ['client.key', own.key, 0o600],
      ['open.key', own.key, 0o644],
      ['locked.key', locked, 0o600],
      ['other.key', other.key, 0o600],
    ] as const;
    for (const [name, text, mode] of files) await writeFile(at(name), text, { mode });
    await copyFile(authority.rootFile, join(server.dataDir, 'root.crt'));
    await chown(join(server.dataDir, 'root.crt'), uid, gid);
    await appendFile(join(server.dataDir, 'postgresql.conf'), "ssl_ca_file = 'root.crt'\n");
    await server.restart();
    const shown = async (key: string, more = '', cert = at('client.crt')): Promise<unknown> => {
      const url = `${urlOf(server, 'postgres')}?sslmode=require&sslcert=${cert}&sslkey=${key}${more}`;
      const connection = await connectTarget(parseConnectionInput(url), { applicationName: 'pgvitals/test' });
      const sql = 'SELECT client_dn FROM pg_stat_ssl WHERE pid = pg_backend_pid()';
      const [rows] = await connection.query(sql, [], 5_000);
      await connection.close();
      return rows?.[0]?.[0];
    };
    expect(await shown(at('client.key'))).toBe('/CN=server');
    expect(await shown(at('locked.key'), '&sslpassword=canary')).toBe('/CN=server');
    const cases: ReadonlyArray<readonly [Parameters<typeof shown>, string, string]> = [
      [[at('open.key')], 'FILE_NOT_READABLE', `The client key ${at('open.key')} may be read by others`],
      [[at('locked.key')], 'TLS_PASSPHRASE', `${at('locked.key')} has a passphrase, and none was given`],
      [[at('locked.key'), '&sslpassword=canary2'], 'TLS_PASSPHRASE', `${at('locked.key')} is wrong`],
      [[at('other.key')], 'TLS_FAILED', `${at('other.key')} does not belong to`],
      [[at('client.crt')], 'FILE_NOT_READABLE', 'may be read by others'],
      [[at('absent.key')], 'FILE_NOT_READABLE', `${at('absent.key')}, is not there`],
      [[authority.directory], 'FILE_NOT_READABLE', `${authority.directory}, is a folder`],
      [[at('client.key'), '', at('client.key')], 'TLS_FAILED', 'holds no certificate'],
      [['~/client.key'], 'FILE_NOT_READABLE', '~/client.key, is not there'],
    ];
    for (const [given, code, words] of cases) {
      const error: unknown = await shown(...given).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code, message: expect.stringContaining(words) });
      expect(inspect(error, { depth: 9 })).not.toContain('canary');
    }
    await expect(shown('~/client.key')).rejects.toMatchObject({
      nextStep: expect.stringContaining('full path'),
    });
    // Where none is named, those of the usual folder count, as with psql.
    await mkdir(at('.postgresql'));
    await copyFile(at('client.crt'), at('.postgresql/postgresql.crt'));
    await copyFile(at('client.key'), at('.postgresql/postgresql.key'));
    vi.stubEnv('HOME', authority.directory);
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(await shown('', '', '')).toBe('/CN=server');
  });
  it('that was issued for another name fails verify-full and passes verify-ca', async () => {
    await restartWith('DNS:elsewhere.example');
    const root = `sslrootcert=${encodeURIComponent(authority.rootFile)}`;
    await expect(connect(`sslmode=verify-full&${root}`)).rejects.toMatchObject({
      code: 'TLS_FAILED',
      message: expect.stringContaining('another name'),
    });
    expect((await connect(`sslmode=verify-ca&${root}`)).tls?.verified).toBe('authority');
    // hostaddr says where, host says who: as a tunnel needs it.
    const target = parseConnectionInput(
      `host=elsewhere.example hostaddr=127.0.0.1 port=${server.port} user=postgres dbname=postgres password=${server.password} sslmode=verify-full sslrootcert=${authority.rootFile}`,
    );
    const connection = await connectTarget(target, { applicationName: 'pgvitals/test' });
    expect(connection.facts.tls?.verified).toBe('authority and name');
    await connection.close();
  });
  it('whose certificate expired fails, without falling back', async () => {
    await restartWith('IP:127.0.0.1', { isExpired: true });
    const root = `sslrootcert=${encodeURIComponent(authority.rootFile)}`;
    await expect(connect(`sslmode=verify-full&${root}`)).rejects.toMatchObject({
      code: 'TLS_FAILED',
      message: expect.stringContaining('expired'),
    });
  });
});

describe.skipIf(!HAS_OPENSSL)('a server that lets in encrypted connections only', () => {
  beforeAll(async () => {
    const file = join(server.dataDir, 'pg_hba.conf');
    await writeFile(file, (await readFile(file, 'utf8')).replace(/^host\b/gm, 'hostssl'));
    await server.restart();
  });
  it('is reached by allow at the second try', async () => {
    expect((await connect('sslmode=allow')).serverSays).toBe(true);
  });
  it('refuses disable, and the next step names encryption', async () => {
    await expect(connect('sslmode=disable')).rejects.toMatchObject({
      code: 'AUTH_FAILED',
      sqlState: '28000',
      nextStep: expect.stringContaining('sslmode=require'),
    });
  });
});
