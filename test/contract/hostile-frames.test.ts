import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import { once } from 'node:events';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket as RawSocket, type ClientOptions } from 'ws';
import { startLoopback, type Loopback } from '../../electron/hosts/loopback.ts';
import { openSocket, servePort, type Client } from './links.ts';
import { CANARY, createSampleEngine, type SampleEngine } from './sample-engine.ts';

let engine: SampleEngine;
let loopback: Loopback;

beforeEach(async () => {
  engine = createSampleEngine();
  loopback = await startLoopback({
    engine,
    rendererDir: import.meta.dirname,
    initialConnectionId: null,
  });
});
afterEach(() => loopback.close());

/** Frames that are no requests: they end the peer that sent them, and nothing else. */
const MALFORMED: readonly (readonly [string, string | Buffer])[] = [
  ['no JSON', 'hello'],
  ['empty', ''],
  ['null', 'null'],
  ['a number', '7'],
  ['a list', '[]'],
  ['an object without payload', '{"i":"1"}'],
  ['a payload without url', '{"i":"1","p":{}}'],
  ['a url that is a number', '{"i":"1","p":{"u":5}}'],
  ['a url that is none', '{"i":"1","p":{"u":"not a url"}}'],
  ['binary noise', Buffer.from([0, 255, 1, 2, 3])],
  ['a lone delimiter', Buffer.from([255])],
  ['cut off JSON', '{"i":"1","p":{"u":"/app/info"'],
];

/** Well-formed requests for what does not exist or must not be touched: answered with an error. */
const FORBIDDEN: readonly (readonly [string, object])[] = [
  ['an unknown procedure', { u: '/plans/execute' }],
  ['the empty path', { u: '/' }],
  ['a topic', { u: '/audit' }],
  ['__proto__', { u: '/__proto__/toString' }],
  ['constructor', { u: '/constructor/constructor' }],
  ['a path upwards', { u: '/app/../../etc/passwd' }],
  ['input that is no object', { u: '/audit/run', b: { json: 'c1' } }],
  ['an unknown key', { u: '/audit/latest', b: { json: { connectionId: 'c1', sql: 'drop table x' } } }],
  ['a wrong type', { u: '/audit/latest', b: { json: { connectionId: ['c1'] } } }],
  ['a huge id', { u: '/audit/latest', b: { json: { connectionId: 'x'.repeat(10_000) } } }],
  ['a fractional oid', { u: '/indexes/detail', b: { json: { connectionId: 'c1', oid: 1.5 } } }],
  [
    'an unknown format',
    { u: '/reports/render', b: { json: { connectionId: 'c1', format: 'exe', redact: true } } },
  ],
  [
    'meta that reaches for __proto__',
    { u: '/audit/latest', b: { json: { connectionId: 'c1' }, meta: [[1, '__proto__', 'polluted']] } },
  ],
  [
    'meta that reaches for constructor.prototype',
    { u: '/audit/latest', b: { json: {}, meta: [[0, 'constructor', 'prototype', 'polluted']] } },
  ],
  ['meta that is no list', { u: '/audit/latest', b: { json: {}, meta: 7 } }],
  ['a body that is a number', { u: '/audit/latest', b: 7 }],
];

describe('over WebSocket', () => {
  it.each(MALFORMED)('%s ends that socket only', async (_name, frame) => {
    const socket = await openRaw();
    socket.send(frame);
    const [code] = await once(socket, 'close');
    expect(code).toBe(1008);
    await stillAnswers();
  });

  it.each(FORBIDDEN)('%s is refused', async (_name, payload) => {
    const socket = await openRaw();
    socket.send(JSON.stringify({ i: '1', p: payload }));
    const [data] = await once(socket, 'message');
    expect(statusOf(data)).toBeGreaterThanOrEqual(400);
    expect(Object.prototype).not.toHaveProperty('polluted');
    socket.close();
    await stillAnswers();
  });

  it('a frame above 1 MB ends the socket before it is read', async () => {
    const socket = await openRaw();
    socket.send(`{"i":"1","p":{"u":"/app/info","b":{"json":"${'x'.repeat(1_048_576)}"}}}`);
    const [code] = await once(socket, 'close');
    expect(code).toBe(1009);
    await stillAnswers();
  });

  it('a flood of requests ends the socket, and what ran for it', async () => {
    const socket = await openRaw();
    for (let id = 0; id < 300; id += 1) {
      socket.send(
        JSON.stringify({ i: String(id), p: { u: '/audit/run', b: { json: { connectionId: 'stalls' } } } }),
      );
    }
    const [code] = await once(socket, 'close');
    expect(code).toBe(1008);
    await expect.poll(() => engine.streams.begun - engine.streams.ended).toBe(0);
    expect(engine.streams.begun).toBeGreaterThan(0);
    await stillAnswers();
  });

  it('ends what runs for a page that goes away', async () => {
    const socket = await openRaw();
    socket.send(JSON.stringify({ i: '1', p: { u: '/audit/run', b: { json: { connectionId: 'endless' } } } }));
    await once(socket, 'message');
    socket.terminate();
    await expect.poll(() => engine.streams).toEqual({ begun: 1, ended: 1, sawAbort: 1 });
  });

  it('keeps what a page sent out of the log', async () => {
    const socket = await openRaw();
    socket.send(`{"password": ${CANARY}}`);
    await once(socket, 'close');
    expect(engine.logged).toEqual(['warning a page was cut off: malformed frame (SyntaxError)']);
  });
});

describe('the handshake', () => {
  const right = () => new URL(loopback.url).hash.replace('#token=', '');

  it('takes the token, and does not say it back', async () => {
    const socket = await openRaw();
    expect(socket.protocol).toBe('pgvitals');
    socket.close();
  });

  it.each([
    ['no protocol', () => []],
    ['no token', () => ['pgvitals']],
    ['a wrong token', () => ['pgvitals', 'A'.repeat(43)]],
    ['a shorter token', () => ['pgvitals', right().slice(0, -1)]],
    ['a longer token', () => ['pgvitals', `${right()}A`]],
    ['the token alone', () => [right()]],
    ['the wrong order', () => [right(), 'pgvitals']],
    ['several tokens', () => ['pgvitals', 'A', right()]],
    ['one more protocol', () => ['pgvitals', right(), 'more']],
  ])('%s is answered with 401', async (_name, protocols) => {
    expect(await handshake(protocols())).toBe(401);
  });

  it.each([
    ['a foreign origin', { origin: 'http://evil.example' }, 403],
    ['the null origin', { origin: 'null' }, 403],
    ['a foreign host', { headers: { host: 'evil.example' } }, 421],
    ['the host localhost', { headers: { host: 'localhost' } }, 421],
    ['a foreign page', { headers: { 'sec-fetch-site': 'cross-site' } }, 403],
  ] satisfies [string, ClientOptions, number][])(
    '%s is refused even with the token',
    async (_name, options, status) => {
      expect(await handshake(['pgvitals', right()], options)).toBe(status);
    },
  );

  it('opens at /rpc only', async () => {
    expect(await handshake(['pgvitals', right()], {}, '/')).toBe(404);
    expect(await handshake(['pgvitals', right()], {}, `/rpc?token=${right()}`)).toBe(404);
  });

  it('makes guessing slow after five tries, and the right token stays quick', async () => {
    for (let attempt = 0; attempt < 5; attempt += 1) await handshake(['pgvitals', 'guess']);
    const started = performance.now();
    const slow = handshake(['pgvitals', 'guess']);
    await stillAnswers();
    const quickMs = performance.now() - started;
    expect(await slow).toBe(401);
    const slowMs = performance.now() - started;
    expect(slowMs).toBeGreaterThan(900);
    expect(quickMs).toBeLessThan(slowMs);
  });
});

describe('over a MessagePort', () => {
  it.each<readonly [string, unknown]>([
    ...MALFORMED,
    ['an object', { i: '1', p: { u: '/app/info' } }],
    ['nothing', undefined],
    ['a large frame', 'x'.repeat(1_048_577)],
  ])('%s closes that port only', async (_name, frame) => {
    const port = openPort();
    port.postMessage(frame);
    await once(port, 'close');
    await stillAnswers();
  });

  it.each(FORBIDDEN)('%s is refused', async (_name, payload) => {
    const port = openPort();
    port.postMessage(JSON.stringify({ i: '1', p: payload }));
    const [data] = await once(port, 'message');
    expect(statusOf(data)).toBeGreaterThanOrEqual(400);
    expect(Object.prototype).not.toHaveProperty('polluted');
    port.close();
  });
});

function openRaw(): Promise<RawSocket> {
  const { host, hash } = new URL(loopback.url);
  const socket = new RawSocket(`ws://${host}/rpc`, ['pgvitals', hash.replace('#token=', '')]);
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket));
    socket.once('error', reject);
  });
}

/** The status the server answers the upgrade with; 101 where it lets us in. */
function handshake(protocols: string[], options: ClientOptions = {}, path = '/rpc'): Promise<number> {
  const socket = new RawSocket(`ws://127.0.0.1:${loopback.port}${path}`, protocols, options);
  return new Promise((resolve) => {
    socket.once('open', () => {
      socket.close();
      resolve(101);
    });
    socket.once('unexpected-response', (request, response) => {
      request.destroy();
      resolve(response.statusCode ?? 0);
    });
    socket.once('error', () => undefined);
  });
}

function openPort(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  servePort(engine, port1);
  return port2;
}

async function stillAnswers(): Promise<void> {
  const socket = await openSocket(loopback.url);
  const client = createORPCClient<Client>(new RPCLink({ websocket: socket }));
  expect((await client.app.info()).name).toBe('PgVitals');
  socket.close();
}

function statusOf(frame: unknown): number {
  const answer: unknown = JSON.parse(String(frame));
  const payload = typeof answer === 'object' && answer !== null && 'p' in answer ? answer.p : null;
  const status = typeof payload === 'object' && payload !== null && 's' in payload ? payload.s : 200;
  return Number(status);
}
