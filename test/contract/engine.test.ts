import { safe } from '@orpc/client';
import { afterEach, describe, expect, it } from 'vitest';
import { createEngine } from '#engine/create-engine.ts';
import type { Engine } from '#engine/engine.ts';
import type { Audit } from '#shared/model/audit.ts';
import { createNodeHost } from '../../electron/hosts/node-host.ts';
import { useDemo } from '../support/postgres.ts';
import { type Client, LINKS, type Link } from './links.ts';

const demo = useDemo();
const seen = new Map<string, readonly string[]>();

describe.each(Object.keys(LINKS))('the real engine over %s', (name) => {
  let engine: Engine;
  let link: Link;
  let logged: string[];

  const connect = async (): Promise<Client> => {
    logged = [];
    const writeLogLine = (line: string) => logged.push(line);
    engine = createEngine(createNodeHost({ kind: 'in-process', toolVersion: '0.0.0-test', writeLogLine }));
    const open = LINKS[name];
    if (open === undefined) throw new Error(`no link ${name}`);
    link = await open(engine);
    return link.client;
  };
  afterEach(async () => {
    await link.close();
    await engine.close();
    if (logged.length > 0) throw new Error(`The log should be empty: ${logged.join('; ')}`);
  });

  it('audits the demo, and finds the same', async () => {
    const client = await connect();
    const { url } = await demo.get();
    const connection = await client.connections.open({ text: url });
    expect(await client.connections.list()).toEqual([connection]);

    const audit = await lastAuditOf(client, connection.id);
    expect(await client.audit.latest({ connectionId: connection.id })).toEqual(audit);
    expect(audit.facts).toMatchObject({
      tables: 39,
      indexes: 226,
      indexesNeverScanned: 218,
      indexesRemovable: 164,
    });
    seen.set(name, audit.findings.map((finding) => finding.fingerprint).toSorted());
    for (const fingerprints of seen.values()) expect(fingerprints).toEqual(seen.get(name));

    const overview = await client.indexes.overview({ connectionId: connection.id });
    expect(overview.data.totals.indexes).toBe(226);
    const largest = await client.tables.largest({ connectionId: connection.id, limit: 5 });
    expect(largest).toHaveLength(5);
    const { figures } = (await client.schema.overview({ connectionId: connection.id })).data;
    const few = {
      connectionId: connection.id,
      direction: 'descending',
      filter: '',
      offset: 2,
      limit: 3,
    } as const;
    const parents = await client.schema.parents({ ...few, sortBy: 'cascade' });
    expect(parents).toMatchObject({ total: figures.parents, of: figures.parents, offset: 2 });
    const cascading = parents.rows.map((row) => row.byRule.cascade);
    expect(cascading).toEqual(cascading.toSorted((a, b) => b - a));
    const sequences = await client.schema.sequences({ ...few, sortBy: 'lastValue' });
    expect(sequences).toMatchObject({ total: figures.sequences, of: figures.sequences, offset: 2 });
    expect([parents.rows.length, sequences.rows.length]).toEqual([3, 3]);
    const [tooMany] = await safe(client.schema.sequences({ ...few, sortBy: 'name', limit: 100_000 }));
    expect(tooMany).toMatchObject({ data: { code: 'BAD_INPUT' } });
    const report = await client.reports.render({
      connectionId: connection.id,
      format: 'json',
      redact: false,
    });
    expect(JSON.parse(report.text)).toMatchObject({ kind: 'pgvitals-audit' });
  });

  it('stops an audit in the middle, and audits again', async () => {
    const client = await connect();
    const { url } = await demo.get();
    const { id } = await client.connections.open({ text: url });
    for await (const event of await client.audit.run({ connectionId: id })) {
      if (event.type === 'progress' && event.phase === 'collect') break;
    }
    expect((await lastAuditOf(client, id)).isComplete).toBe(true);
  });

  it('fails with the same words', async () => {
    const client = await connect();
    const wrong = new URL((await demo.get()).url);
    wrong.password = 'canary-wrong';
    const [auth] = await safe(client.connections.open({ text: wrong.href }));
    expect(auth).toMatchObject({ code: 'USER_ERROR', data: { code: 'AUTH_FAILED' } });
    expect(JSON.stringify(auth)).not.toContain('canary');
    const [closed] = await safe(client.audit.latest({ connectionId: 'none' }));
    expect(closed).toMatchObject({ code: 'USER_ERROR', data: { code: 'NOT_CONNECTED' } });
    const [bad] = await safe(client.connections.understand({ text: 'mysql://h/d' }));
    expect(bad).toMatchObject({ code: 'USER_ERROR', data: { code: 'BAD_URL' } });
  });
});

/** One audit to its end; right after a cancelled one the engine waits until the server has let go. */
async function lastAuditOf(client: Client, connectionId: string): Promise<Audit> {
  let audit: Audit | null = null;
  for await (const event of await client.audit.run({ connectionId })) {
    if (event.type === 'done') audit = event.audit;
  }
  if (audit === null) throw new Error('the audit did not end');
  return audit;
}
