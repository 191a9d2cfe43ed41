import { appendFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { MessageChannel } from 'node:worker_threads';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import { createChannelServer } from '#api/channel.ts';
import { targetOf } from '#engine/connection-request.ts';
import { createEngine } from '#engine/create-engine.ts';
import type { SshRequest } from '#engine/engine.ts';
import { REPORT_FORMATS } from '#shared/contract/reports.ts';
import { RECOVERY_FORMATS } from '#shared/contract/backups.ts';
import { type PlanRequest, SCRIPT_FORMATS } from '#shared/model/plan-request.ts';
import { createNodeHost } from '../../electron/hosts/node-host.ts';
import type { Client } from '../contract/links.ts';

/** Handed over by standard input: nowhere else may it be found. */
export interface Tour {
  readonly url: string;
  readonly ssh: SshRequest;
  readonly wrongPassword: string;
  readonly dataDir: string;
  /** Gets every message to the page. */
  readonly wireFile: string;
}

/*
 * PgVitals as a process of its own: connects in every way, shows, exports, changes, backs up, then dies of an error that
 * holds its connection.
 */
const tour = JSON.parse(await text(process.stdin)) as Tour;
const { url, ssh, wrongPassword, dataDir, wireFile } = tour;
const keychain = new Map<string, string>();
const engine = createEngine({
  ...createNodeHost({ kind: 'loopback', toolVersion: 'test', dataDir }),
  secrets: {
    read: async (key) => keychain.get(key) ?? null,
    write: async (key, value) => void keychain.set(key, value),
    remove: async (key) => void keychain.delete(key),
  },
});
const { port1, port2 } = new MessageChannel();
const channel = createChannelServer({ engine, initialConnectionId: null })({
  send: async (frame) => {
    appendFileSync(wireFile, typeof frame === 'string' ? frame : Buffer.from(frame as Uint8Array));
    port1.postMessage(frame);
  },
  refuse: (reason) => process.stdout.write(`refused: ${reason}\n`),
});
port1.on('message', (frame: unknown) => channel.receive(frame));
const client = createORPCClient<Client>(new RPCLink({ port: port2 }));
port2.start();

async function drain(events: AsyncIterable<unknown>): Promise<unknown> {
  let last: unknown = null;
  for await (const event of events) last = event;
  return last;
}
const said = (step: string, value: unknown): void =>
  void process.stdout.write(`${step}: ${typeof value === 'string' ? value : JSON.stringify(value)}\n`);
const refused = async (step: string, work: Promise<unknown>): Promise<void> =>
  said(
    step,
    await work.then(
      () => 'it went through',
      (error: unknown) => String(error),
    ),
  );

const address = new URL(url);
address.password = '';
// Refused by the server, by the validation of the input, and by the parser of addresses.
await refused('wrong', client.connections.open({ text: address.href, password: wrongPassword }));
await refused('too long', client.connections.open({ text: url, password: wrongPassword.repeat(100) }));
await refused('no address', client.connections.open({ text: url.replace('://', ':/') }));
await refused('no key', client.connections.open({ text: url, ssh: { ...ssh, passphrase: wrongPassword } }));
said('understood', await client.connections.understand({ text: url }));
await drain(await client.connections.diagnose({ text: url, ssh }));
const direct = await client.connections.open({ text: url });

const saved = await client.profiles.save({
  id: null,
  name: 'Canary',
  environment: 'development',
  group: null,
  notes: '',
  connection: { text: url, ssh },
  passwordCommand: null,
  keepPassword: true,
});
said('saved', saved);
said('profiles', await client.profiles.render());
const opened = await client.profiles.open({ id: saved.id, keepPassword: true });
const { id: connectionId } = opened;

await drain(await client.audit.run({ connectionId }));
for (const format of REPORT_FORMATS)
  for (const redact of [false, true])
    said(format, (await client.reports.render({ connectionId, format, redact })).text);
said('activity', await client.activity.overview({ connectionId }));
said('security', await client.security.overview({ connectionId }));
said('settings', await client.settings.overview({ connectionId }));
said('privileges', await client.privileges.overview({ connectionId }));
said('history', await client.history.overview({ connectionId, range: 'hour' }));

await client.plans.unlock({ connectionId });
const [table] = (await client.tables.search({ connectionId, text: 'canary' })).map(({ oid }) => oid);
const request: PlanRequest = { kind: 'action', action: { verb: 'analyze', tables: [table ?? 0] } };
const { planId, phrase, mustAccept } = await client.plans.preview({ connectionId, request });
for (const format of SCRIPT_FORMATS)
  said(format, (await client.plans.script({ connectionId, planId, format })).text);
const accepted = mustAccept.map(({ id }) => id);
const { jobId } = await client.plans.execute({ connectionId, planId, phrase, accepted });
said('job', await drain(await client.plans.watch({ connectionId, jobId })));
said('journal', await client.plans.journal({ connectionId }));

const backup = await client.backups.create({
  connectionId,
  shape: 'default',
  scope: { kind: 'database' },
  locationId: null,
  comparesSource: false,
  note: '',
});
said('backup', await drain(await client.backups.watch({ connectionId, jobId: backup.jobId })));
const [made] = (await client.backups.overview({ connectionId })).backups;
said('made', await client.backups.detail({ connectionId, backupId: made?.id ?? '' }));
for (const format of RECOVERY_FORMATS)
  said(format, (await client.backups.recoveryPlan({ connectionId, format })).text);
await client.connections.close({ connectionId: direct.id });
said('done', String(keychain.size));

const failure: unknown = await engine
  .open({ text: address.href, password: wrongPassword }, {})
  .catch((error: unknown) => error);
const target = await targetOf({ text: url, ssh }, undefined);
// Nobody catches it: the process says what it holds, and ends. The tunnel, the session and the keychain are still open.
setImmediate(() => {
  throw Object.assign(new Error('forced', { cause: failure }), { target, engine });
});
