import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLoopback, type Loopback } from '../../electron/hosts/loopback.ts';
import { createSampleEngine } from './sample-engine.ts';

let base: string;
let loopback: Loopback;
const SECRET = 'outside the bundle';

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'pgvitals-loopback-'));
  const rendererDir = join(base, 'renderer');
  await mkdir(join(rendererDir, 'assets'), { recursive: true });
  await mkdir(join(base, 'renderer-secret'));
  await Promise.all([
    writeFile(join(rendererDir, 'index.html'), '<!doctype html><title>PgVitals</title>'),
    writeFile(join(rendererDir, 'assets', 'main.js'), 'export {};'),
    writeFile(join(rendererDir, 'assets', 'font.woff2'), 'font'),
    writeFile(join(rendererDir, 'notes.exe'), 'unknown kind'),
    writeFile(join(base, 'secret.txt'), SECRET),
    writeFile(join(base, 'renderer-secret', 'secret.txt'), SECRET),
    symlink(join(base, 'secret.txt'), join(rendererDir, 'link.txt')),
  ]);
  loopback = await start(rendererDir);
});
afterAll(async () => {
  await loopback.close();
  await rm(base, { recursive: true, force: true });
});

describe('what it serves', () => {
  it('serves the bundle with the headers of the app on every answer', async () => {
    const expected = {
      'content-security-policy':
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'; " +
        "require-trusted-types-for 'script'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    };
    const page = await get('/');
    expect(page).toMatchObject({ status: 200, body: '<!doctype html><title>PgVitals</title>' });
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    const script = await get('/assets/main.js?v=1');
    expect(script.headers['content-type']).toBe('text/javascript; charset=utf-8');
    const others = [
      await get('/missing.js'),
      await get('/', { headers: { host: 'evil' } }),
      await get('/font'),
    ];
    for (const answer of [page, script, ...others]) {
      expect(answer.headers).toMatchObject(expected);
      expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
      expect(answer.headers).not.toHaveProperty('set-cookie');
    }
  });

  it('answers HEAD without a body', async () => {
    const head = await get('/', { method: 'HEAD' });
    expect(head).toMatchObject({ status: 200, body: '' });
    expect(head.headers['content-length']).toBe('38');
  });

  it.each([
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/assets/../../secret.txt',
    '/assets/%2e%2e%2f%2e%2e%2fsecret.txt',
    '/..%5csecret.txt',
    '/../renderer-secret/secret.txt',
    '/link.txt',
    '//etc/passwd',
    '/%00',
    '/index.html%00.js',
    '/%',
    '/%c0%ae%c0%ae/secret.txt',
    '/notes.exe',
    '/assets',
    '/assets/',
    '//',
    'secret.txt',
    'http://evil.example/secret.txt',
    '/C:/secret.txt',
  ])('finds nothing at %s', async (path) => {
    const answer = await get(path);
    expect(answer.status === 404 || answer.status === 400).toBe(true);
    expect(answer.body).not.toContain(SECRET);
  });
});

describe('whom it serves', () => {
  it('listens on 127.0.0.1 only', async () => {
    const others = Object.values(networkInterfaces())
      .flat()
      .filter((address) => address !== undefined && address.address !== '127.0.0.1')
      .map((address) => address?.address ?? '');
    for (const host of [...others, '127.0.0.2']) expect(await reaches(host, loopback.port)).toBe(false);
    expect(await reaches('127.0.0.1', loopback.port)).toBe(true);
  });

  it.each([
    'evil.example',
    'localhost',
    'localhost.',
    '127.0.0.1',
    '127.0.0.1:1',
    '127.1:PORT',
    '[::1]:PORT',
    'evil.example:PORT',
    '127.0.0.1:PORT.',
    '127.0.0.1.:PORT',
    'localhost:PORT',
    '2130706433:PORT',
    '127.0.0.1:PORT, evil',
    '127.0.0.1.nip.io:PORT',
    '0.0.0.0:PORT',
  ])('answers 421 for the host "%s" (DNS rebinding)', async (host) => {
    expect((await get('/', { headers: { host: host.replace('PORT', String(loopback.port)) } })).status).toBe(
      421,
    );
  });

  it.each(['GET / HTTP/1.0\r\n\r\n', 'GET / HTTP/1.1\r\nHost:\r\n\r\n'])(
    'refuses no host at all: %j',
    async (text) => {
      expect(await sendRaw(text)).toMatch(/^HTTP\/1\.1 421 /);
    },
  );

  it.each([
    ['null', 403],
    ['http://evil.example', 403],
    ['https://127.0.0.1:PORT', 403],
    ['http://localhost:PORT', 403],
    ['http://127.0.0.1', 403],
    ['http://127.0.0.1:PORT.evil.example', 403],
    ['', 403],
    ['http://127.0.0.1:PORT', 200],
  ])('answers for the origin "%s" with %i', async (origin, status) => {
    const headers = { origin: origin.replace('PORT', String(loopback.port)) };
    expect((await get('/', { headers })).status).toBe(status);
  });

  it.each([
    ['cross-site', 403],
    ['same-site', 403],
    ['same-origin', 200],
    ['none', 200],
    ['', 403],
  ])('answers for Sec-Fetch-Site "%s" with %i', async (site, status) => {
    expect((await get('/', { headers: { 'sec-fetch-site': site } })).status).toBe(status);
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE'])('refuses the method %s', async (method) => {
    expect((await get('/', { method })).status).toBe(405);
  });

  it('refuses a large body before reading it', async () => {
    const answer = await get('/', { method: 'POST', headers: { 'content-length': '1048577' } });
    expect(answer.status).toBe(413);
  });
});

describe('the end', () => {
  it('closes by its signal, and the port is free', async () => {
    const abort = new AbortController();
    const second = await startLoopback({
      engine: createSampleEngine(),
      rendererDir: base,
      initialConnectionId: null,
      signal: abort.signal,
    });
    abort.abort();
    await second.close();
    expect(await reaches('127.0.0.1', second.port)).toBe(false);
  });

  it('has a new token of 32 bytes at every start', async () => {
    const second = await start(base);
    await second.close();
    const tokens = [loopback.url, second.url].map((url) => new URL(url).hash.replace('#token=', ''));
    expect(tokens.map((token) => Buffer.from(token, 'base64url').length)).toEqual([32, 32]);
    expect(tokens[0]).not.toBe(tokens[1]);
  });
});

function start(rendererDir: string): Promise<Loopback> {
  return startLoopback({
    engine: createSampleEngine(),
    rendererDir,
    initialConnectionId: null,
  });
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Plain node:http, because fetch() would correct the Host header and the path. */
function get(
  path: string,
  options: { method?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port: loopback.port, path, agent: false, ...options });
    request.once('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        });
      });
    });
    request.once('error', reject);
    request.end();
  });
}

function sendRaw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: loopback.port });
    let answer = '';
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString();
    });
    socket.once('end', () => resolve(answer));
    socket.once('error', reject);
    socket.write(text);
  });
}

function reaches(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1_000 });
    const end = (isReached: boolean) => {
      socket.destroy();
      resolve(isReached);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}
