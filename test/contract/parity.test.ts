import { isDefinedError, safe } from '@orpc/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CANARY, createSampleEngine, ODD_NAMES, type SampleEngine } from './sample-engine.ts';
import { LINKS, type Link } from './links.ts';

describe.each(Object.keys(LINKS))('the contract over %s', (name) => {
  let engine: SampleEngine;
  let link: Link;

  beforeEach(async () => {
    engine = createSampleEngine();
    const open = LINKS[name];
    if (open === undefined) throw new Error(`no link ${name}`);
    link = await open(engine);
  });
  afterEach(() => link.close());

  it('answers, and keeps odd text as it is', async () => {
    expect(await link.client.app.info()).toMatchObject({ name: 'PgVitals', version: '0.0.0-test' });
    const understood = await link.client.connections.understand({ text: 'postgres://h/d' });
    expect(understood.notes).toEqual(ODD_NAMES);
    expect(await link.client.audit.latest({ connectionId: 'c1' })).toBeNull();
  });

  it('hands a declared error over, whole and without its cause', async () => {
    const [error] = await safe(link.client.connections.open({ text: 'wrong-password' }));
    expect(isDefinedError(error)).toBe(true);
    expect(error).toMatchObject({
      code: 'USER_ERROR',
      message: 'The password is wrong.',
      data: {
        code: 'AUTH_FAILED',
        message: 'The password is wrong.',
        nextStep: 'Type it again.',
        sqlState: '28P01',
        logId: null,
      },
    });
    expect(printed(error)).not.toContain(CANARY);
    expect(engine.logged).toEqual([]);
  });

  it('hides what it did not expect, and logs it under an id', async () => {
    const [error] = await safe(link.client.connections.open({ text: 'bug' }));
    expect(isDefinedError(error)).toBe(true);
    expect(error).toMatchObject({
      data: { code: 'INTERNAL', logId: expect.stringMatching(/^[0-9a-f]{8}$/) },
    });
    expect(printed(error)).not.toContain(CANARY);
    const logId = isDefinedError(error) ? error.data.logId : null;
    expect(engine.logged).toHaveLength(1);
    expect(engine.logged[0]).toContain(`${logId} connections.open: TypeError`);
  });

  it('says which field of the input is wrong, and nothing about its value', async () => {
    const input = { settings: { host: CANARY }, password: CANARY.repeat(200) };
    const [error] = await safe(link.client.connections.open(input));
    expect(error).toMatchObject({ code: 'USER_ERROR', data: { code: 'BAD_INPUT' } });
    expect(printed(error)).not.toContain(CANARY);
    const [tooLong] = await safe(link.client.tables.largest({ connectionId: 'c1', limit: 100_000 }));
    expect(tooLong).toMatchObject({
      data: { code: 'BAD_INPUT', message: 'This input cannot be used. Look at: limit.' },
    });
  });

  it('refuses to save where the host has no dialog', async () => {
    const [error] = await safe(
      link.client.reports.save({ connectionId: 'c1', format: 'json', redact: true }),
    );
    expect(error).toMatchObject({ data: { code: 'BAD_INPUT', message: 'This host has no save dialog.' } });
  });

  it('carries 2 MB in one answer', async () => {
    const report = await link.client.reports.render({ connectionId: 'c1', format: 'html', redact: false });
    expect(report.text).toHaveLength(2_000_000);
  });

  it('streams to the end', async () => {
    const done: number[] = [];
    for await (const event of await link.client.audit.run({ connectionId: 'three' })) {
      if (event.type === 'progress') done.push(event.done);
    }
    expect(done).toEqual([0, 1, 2]);
    expect(engine.streams).toEqual({ begun: 1, ended: 1, sawAbort: 0 });
  });

  it.each([
    ['fails', 'CONNECTION_LOST'],
    ['breaks', 'INTERNAL'],
  ])(
    'a stream that %s ends with the declared error %s after its first events',
    async (connectionId, code) => {
      let events = 0;
      const [error] = await safe(
        (async () => {
          for await (const _event of await link.client.audit.run({ connectionId })) events += 1;
        })(),
      );
      expect(events).toBe(2);
      expect(error).toMatchObject({ code: 'USER_ERROR', data: { code } });
      expect(printed(error)).not.toContain(CANARY);
      expect(engine.streams.ended).toBe(1);
    },
  );

  it('ends the work when the reader stops', async () => {
    for await (const event of await link.client.audit.run({ connectionId: 'endless' })) {
      if (event.type === 'progress' && event.done === 2) break;
    }
    await until(() => engine.streams.ended === 1);
  });

  it('ends a stream on abort, also while it waits', async () => {
    const abort = new AbortController();
    const run = async () => {
      const options = { signal: abort.signal };
      for await (const event of await link.client.audit.run({ connectionId: 'stalls' }, options)) {
        if (event.type === 'progress' && event.done === 1) setTimeout(() => abort.abort(), 20);
      }
    };
    const [error] = await safe(run());
    expect(error).toBeInstanceOf(Error);
    await until(() => engine.streams.sawAbort === 1);
    expect(engine.logged).toEqual([]);
  });

  it('ends a call on abort, before and while it runs', async () => {
    const already = safe(link.client.connections.open({ text: 'hang' }, { signal: AbortSignal.abort() }));
    expect((await already)[0]).not.toBeNull();
    const [error] = await safe(
      link.client.connections.open({ text: 'hang' }, { signal: AbortSignal.timeout(30) }),
    );
    expect(error).not.toBeNull();
    expect(engine.logged).toEqual([]);
  });

  it('runs many calls at once', async () => {
    const names = Array.from({ length: 100 }, (_, index) => `host-${index}`);
    const opened = await Promise.all(names.map((text) => link.client.connections.open({ text })));
    expect(opened.map((connection) => connection.name)).toEqual(names);
  });
});

function printed(error: unknown): string {
  return error instanceof Error
    ? `${error.stack} ${JSON.stringify(error)} ${printed(error.cause)}`
    : String(JSON.stringify(error));
}

async function until(condition: () => boolean): Promise<void> {
  for (let wait = 0; !condition(); wait += 1) {
    if (wait > 200) throw new Error('waited 2 s in vain');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
