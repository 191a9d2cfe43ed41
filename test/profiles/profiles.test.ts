import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createEngine } from '#engine/create-engine.ts';
import type { Engine } from '#engine/engine.ts';
import type { Host, SecretStore } from '#engine/host.ts';
import type { ProfileDraft } from '#engine/profiles/profiles.ts';
import { createNodeHost } from '../../electron/hosts/node-host.ts';
import { createDatabase, type TestDatabase, useServer } from '../support/postgres.ts';

const CANARY = 'canary-5f0e-p@ss:w/rd';
const server = useServer();

/** A keychain that can be looked into. */
class Keychain implements SecretStore {
  readonly entries = new Map<string, string>();
  async read(key: string): Promise<string | null> {
    return this.entries.get(key) ?? null;
  }
  async write(key: string, value: string): Promise<void> {
    this.entries.set(key, value);
  }
  async remove(key: string): Promise<void> {
    this.entries.delete(key);
  }
}

let dataDir: string;
let keychain: Keychain;
const lines: string[] = [];
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'pgvitals-profiles-'));
  keychain = new Keychain();
  lines.length = 0;
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

function start(change: Partial<Host> = {}): Engine {
  const host = createNodeHost({
    kind: 'in-process',
    toolVersion: 'test',
    dataDir,
    writeLogLine: (line) => lines.push(line),
  });
  const engine = createEngine({ ...host, secrets: keychain, confirmCommand: async () => true, ...change });
  onTestFinished(() => engine.close());
  return engine;
}

const draft = (change: Partial<ProfileDraft> = {}): ProfileDraft => ({
  id: null,
  name: 'Shop',
  environment: 'staging',
  group: null,
  notes: '',
  connection: {
    text: `postgresql://reader:${encodeURIComponent(CANARY)}@db.example:6432/shop?sslmode=require`,
  },
  passwordCommand: null,
  keepPassword: true,
  ...change,
});

const path = () => join(dataDir, 'connections.json');
const readAll = async (): Promise<string> => {
  const names = await readdir(dataDir, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile());
  return (
    await Promise.all(files.map((file) => readFile(join(file.parentPath, file.name), 'latin1')))
  ).join();
};

describe('saved connections', () => {
  it('are kept over a restart, in order, the secret in the keychain and nowhere else', async () => {
    const engine = start();
    const saved = await engine.profiles.save(draft({ notes: 'Ask Anna.' }));
    await engine.profiles.save(draft({ name: 'Another', group: 'Z', keepPassword: false }));
    await engine.profiles.save(draft({ name: 'Third', group: 'A', keepPassword: true }));
    expect(saved).toMatchObject({
      address: 'reader@db.example:6432/shop',
      settings: { host: 'db.example', port: '6432', dbname: 'shop', user: 'reader', sslmode: 'require' },
      hasStoredPassword: true,
      lastUsedAt: null,
      connectionId: null,
    });
    // A second connection of the login that keeps none takes none away.
    await engine.profiles.save(draft({ name: 'Another without', group: 'Z', keepPassword: false }));
    expect([...keychain.entries.values()]).toEqual([CANARY]);
    const list = await start().profiles.list();
    expect(list).toMatchObject({ problem: null, canSave: true, canStorePasswords: true });
    expect(list.profiles.map(({ name }) => name)).toEqual(['Third', 'Another', 'Another without', 'Shop']);
    expect([...keychain.entries.values()]).toEqual([CANARY]);
    expect(await readAll()).not.toContain('canary');
    expect(inspect(list, { depth: 9 }) + JSON.stringify(list) + lines.join()).not.toContain('canary');
  });

  it('are changed without typing the address again; the password of a login goes with its last connection', async () => {
    const engine = start();
    const { id } = await engine.profiles.save(draft());
    const twin = await engine.profiles.save(
      draft({ name: 'Twin', connection: { text: 'postgresql://reader@db.example:6432/other' } }),
    );
    expect(twin.hasStoredPassword).toBe(true);
    const changed = await engine.profiles.save(
      draft({ id, name: 'Shop 2', environment: 'production', connection: null }),
    );
    expect(changed).toMatchObject({
      id,
      name: 'Shop 2',
      environment: 'production',
      hasStoredPassword: true,
      settings: { host: 'db.example' },
    });
    await expect(engine.profiles.remove(id, 'Shop')).rejects.toMatchObject({ code: 'BAD_INPUT' });
    await engine.profiles.remove(id, 'Shop 2');
    expect(keychain.entries.size).toBe(1);
    await engine.profiles.save(
      draft({ id: twin.id, name: 'Twin', connection: { text: 'postgresql://writer@db.example:6432/other' } }),
    );
    expect(keychain.entries.size).toBe(0);
    await engine.profiles.remove(twin.id, 'Twin');
    expect((await engine.profiles.list()).profiles).toEqual([]);
    await expect(engine.profiles.remove(id, 'Shop 2')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('say what cannot be saved, and then save nothing', async () => {
    const engine = start();
    await engine.profiles.save(draft());
    const before = await readFile(path(), 'utf8');
    const refusals: readonly (readonly [Partial<ProfileDraft>, string])[] = [
      [{ name: 'Shop' }, 'already'],
      [{ name: 'B', connection: null }, 'no address'],
      [{ name: 'B', connection: { text: 'mysql://h/d' } }, 'MySQL'],
      [{ name: 'B', id: 'gone' }, 'gone'],
    ];
    for (const [change, words] of refusals)
      await expect(engine.profiles.save(draft(change))).rejects.toThrow(words);
    await expect(start({ secrets: null }).profiles.save(draft({ name: 'B' }))).rejects.toThrow('no keychain');
    await expect(
      start({ confirmCommand: null }).profiles.save(draft({ name: 'B', passwordCommand: 'echo x' })),
    ).rejects.toThrow('cannot be set in the browser');
    await expect(
      start({ confirmCommand: async () => false }).profiles.save(
        draft({ name: 'B', passwordCommand: 'echo x' }),
      ),
    ).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await readFile(path(), 'utf8')).toBe(before);
    expect(await start({ dataDir: null }).profiles.list()).toMatchObject({ canSave: false, profiles: [] });
  });

  it('of each released format can be read', async () => {
    await copyFile(join(import.meta.dirname, '../fixtures/connections/format-1.json'), path());
    const { profiles, problem } = await start().profiles.list();
    expect(problem).toBeNull();
    expect(profiles).toEqual([
      expect.objectContaining({
        name: 'Shop production',
        environment: 'production',
        address: 'reader@db.shop.example:6432/shop through ops@bastion.shop.example:2222',
        ssh: { destination: 'bastion.shop.example', port: 2222, user: 'ops', keyFile: '~/.ssh/id_ed25519' },
        passwordCommand: expect.stringContaining('aws rds'),
      }),
      expect.objectContaining({ name: 'Local', settings: { service: 'local' } }),
    ]);
  });

  it('of a newer version are left alone; what cannot be read is kept; a damaged file gives way to the one before', async () => {
    const newer = '{"format": 2, "profiles": [{"name": "x"}]}';
    await writeFile(path(), newer);
    const engine = start();
    expect(await engine.profiles.list()).toMatchObject({
      canSave: false,
      problem: expect.stringContaining('newer version'),
    });
    await expect(engine.profiles.save(draft())).rejects.toThrow('newer version');
    expect(await readFile(path(), 'utf8')).toBe(newer);

    await writeFile(path(), '{"format": 1, "profiles": [{"name": "odd", "environment": "moon"}]}');
    await engine.profiles.save(draft());
    expect(await engine.profiles.list()).toMatchObject({
      canSave: true,
      problem: 'One saved connection cannot be read; it is kept in the file as it is.',
      profiles: [{ name: 'Shop' }],
    });
    expect(await readFile(path(), 'utf8')).toContain('"moon"');

    await engine.profiles.save(draft({ name: 'Later' }));
    await writeFile(path(), '{"format": 1, "prof');
    expect((await engine.profiles.list()).profiles.map(({ name }) => name)).toEqual(['Shop']);
    expect(await readdir(dataDir)).toContain('connections.json.broken');
  });

  it('are given to another computer without secrets and commands, and taken in once', async () => {
    const engine = start();
    await engine.profiles.save(draft({ passwordCommand: 'print-token', keepPassword: true }));
    const { text, fileName } = await engine.profiles.export();
    expect(fileName).toBe('pgvitals-connections.json');
    expect(text).not.toMatch(/canary|print-token|password/i);
    expect(await engine.profiles.import(text)).toEqual({
      added: 0,
      notes: ['One connection is here already and was left out.'],
    });
    const other = start({ dataDir: await mkdtemp(join(tmpdir(), 'pgvitals-profiles-')) });
    onTestFinished(() => rm(other.host.dataDir ?? '', { recursive: true, force: true }));
    const withSecret = text.replace('"host"', `"password": "${CANARY}", "host"`);
    expect(await other.profiles.import(withSecret)).toEqual({ added: 1, notes: [] });
    const odd = JSON.stringify({
      ...JSON.parse(text),
      profiles: [{ name: 1 }, { ...JSON.parse(text).profiles[0], settings: { host: 'h' } }],
    });
    expect(await other.profiles.import(odd)).toEqual({
      added: 1,
      notes: ['One connection is not understood and left out.'],
    });
    expect((await other.profiles.list()).profiles.map(({ name }) => name)).toEqual(['Shop', 'Shop (2)']);
    expect(await readFile(join(other.host.dataDir ?? '', 'connections.json'), 'utf8')).not.toContain(
      'canary',
    );
    for (const bad of ['', '[]', '{"kind": "other"}'])
      await expect(other.profiles.import(bad)).rejects.toThrow('not a file of exported connections');
    await expect(other.profiles.import(text.replace('"format": 1', '"format": 7'))).rejects.toThrow(
      'newer version',
    );
  });
});

describe('opening one', () => {
  let database: TestDatabase;
  const role = `profile_${process.pid}`;
  beforeEach(async () => {
    database = await createDatabase(await server.get());
    await database.query(`CREATE ROLE ${role} LOGIN PASSWORD '${CANARY}'`);
  });
  afterEach(async () => {
    await database.drop();
    await (await createDatabase(await server.get())).query(`DROP ROLE ${role}`);
  });
  const address = (): string => {
    const url = new URL(database.url);
    url.username = role;
    url.password = '';
    return url.href;
  };

  it('asks for the password once, keeps the one that worked, and remembers when and what', async () => {
    const engine = start();
    const { id } = await engine.profiles.save(
      draft({ connection: { text: address() }, environment: 'production' }),
    );
    const open = (password: string | undefined, keepPassword: boolean) =>
      engine.openProfile(id, { password, keepPassword });
    await expect(open(undefined, true)).rejects.toMatchObject({ code: 'PASSWORD_REQUIRED' });
    await expect(open('wrong', true)).rejects.toMatchObject({ code: 'AUTH_FAILED' });
    expect(keychain.entries.size).toBe(0);
    const first = await open(CANARY, false);
    expect(first).toMatchObject({ name: 'Shop', profileId: id, environment: 'production', role });
    expect(keychain.entries.size).toBe(0);
    await open(CANARY, true);
    const [row] = (await engine.profiles.list()).profiles;
    expect(row).toMatchObject({ connectionId: first.id, hasStoredPassword: true, lastAudit: null });
    expect(Date.now() - Date.parse(row?.lastUsedAt ?? '')).toBeLessThan(60_000);
    expect(await start().openProfile(id, { keepPassword: true })).toMatchObject({ role });
    for await (const _ of engine.audit(first.id, {}));
    const [audited] = (await engine.profiles.list()).profiles;
    expect(audited?.lastAudit?.grade).toBe(engine.latestAudit(first.id)?.grade.overall);
    expect((await readAll()) + lines.join()).not.toContain('canary');
  });

  it('of production asks for the name of the connection as well where a change destroys, and says so in reports', async () => {
    const engine = start();
    await database.query('CREATE TABLE items (note text); CREATE INDEX items_note ON items (note)');
    const [index] = await database.query<{ oid: number }>(`SELECT 'items_note'::regclass::oid::int AS oid`);
    const phraseIn = async (environment: ProfileDraft['environment']) => {
      const { profiles } = await engine.profiles.list();
      const { id } = await engine.profiles.save(
        draft({ id: profiles[0]?.id ?? null, connection: { text: database.url }, environment }),
      );
      const { id: connectionId } = await engine.openProfile(id, { keepPassword: false });
      const plan = await engine.plans.preview(
        connectionId,
        { kind: 'action', action: { verb: 'drop-index', indexes: [index?.oid ?? 0] } },
        {},
      );
      engine.plans.unlock(connectionId);
      const accepted = plan.mustAccept.map((item) => item.id);
      const execute = (phrase: string) =>
        engine.plans.execute({ connectionId, planId: plan.planId, phrase, accepted });
      return { connectionId, plan, execute };
    };
    expect((await phraseIn('staging')).plan.phrase).toBe('items_note');
    const { connectionId, plan, execute } = await phraseIn('production');
    expect(plan.phrase).toBe('items_note on Shop');
    await expect(execute('items_note')).rejects.toMatchObject({ code: 'PLAN_REFUSED' });
    const { jobId } = await execute('items_note on Shop');
    for await (const event of engine.plans.watch(connectionId, jobId))
      if (event.type === 'done') expect(event.job.outcome).toBe('done');
    for await (const _ of engine.audit(connectionId, {}));
    for (const format of ['md', 'html'] as const) {
      expect(engine.renderReport(connectionId, format, { redact: false }).text).toContain('Production: Shop');
      const redacted = engine.renderReport(connectionId, format, { redact: true }).text;
      expect(redacted).toContain('Production');
      expect(redacted).not.toContain('Shop');
    }
  });

  it('takes the first line of a command, and says what is wrong with one without repeating what it printed', async () => {
    const engine = start();
    const command = async (text: string) => {
      const { profiles } = await engine.profiles.list();
      const { id } = await engine.profiles.save(
        draft({
          id: profiles[0]?.id ?? null,
          connection: { text: address() },
          passwordCommand: text,
          keepPassword: false,
        }),
      );
      return engine.openProfile(id, { keepPassword: false });
    };
    expect(await command(`printf '%s\\nmore\\n' '${CANARY}'`)).toMatchObject({ role });
    for (const [text, words] of [
      [`echo '${CANARY}' && exit 3`, 'ended with exit code 3'],
      ['true', 'printed nothing'],
      ['kill -9 $$', 'was ended by a signal'],
      ['/no/such/program', 'ended with exit code 127'],
    ] as const) {
      const error: unknown = await command(text).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'AUTH_FAILED', message: expect.stringContaining(words) });
      expect(inspect(error, { depth: 9 })).not.toContain('canary');
    }
  });
});
