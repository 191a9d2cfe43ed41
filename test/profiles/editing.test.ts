import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { understand } from '#engine/connection-request.ts';
import { createProfiles, type ProfileDraft, type Profiles } from '#engine/profiles/profiles.ts';

const CANARY = 'canary-8d1c';
let dataDir: string;
let entries: Map<string, string>;
let reads: string[];
let profiles: Profiles;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'pgvitals-editing-'));
  entries = new Map();
  reads = [];
  profiles = createProfiles({
    host: {
      dataDir,
      secrets: {
        read: async (key) => {
          reads.push(key);
          return entries.get(key) ?? null;
        },
        write: async (key, value) => void entries.set(key, value),
        remove: async (key) => void entries.delete(key),
      },
      confirmCommand: null,
      log: () => undefined,
    },
    lastAudit: () => null,
    connectionOf: () => null,
  });
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const draft = (change: Partial<ProfileDraft> = {}): ProfileDraft => ({
  id: null,
  name: 'Shop',
  environment: 'staging',
  group: null,
  notes: '',
  connection: null,
  passwordCommand: null,
  keepPassword: true,
  ...change,
});
const path = () => join(dataDir, 'connections.json');

describe('a saved connection that is edited', () => {
  it('keeps what this version does not know, in fields and as one line', async () => {
    const settings = { host: 'db.example', user: 'reader', sslfuture: 'a b', connect_timeout: '5' };
    const saved = await profiles.save(draft({ connection: { settings } }));
    expect(saved.settings).toEqual(settings);
    // As the dialog does it: the line is read with the keywords there were.
    const line = "host=db.example user=reader sslfuture='a b' connect_timeout=7 sslmore=1";
    const { settings: read, notes } = understand(line, Object.keys(settings));
    expect(read).toEqual({ ...settings, connect_timeout: '7' });
    expect(notes).toEqual(['One parameter is unknown to PgVitals and was ignored.']);
    const edited = await profiles.save(draft({ id: saved.id, connection: { settings: read } }));
    expect(edited).toMatchObject({ settings: read, address: 'reader@db.example:5432/reader' });
    expect(JSON.parse(await readFile(path(), 'utf8')).profiles[0].settings).toEqual(read);
  });

  it('takes the secrets of the line that its fields were filled from, and shows none', async () => {
    const text = `postgresql://reader:${CANARY}@db.example/shop?sslpassword=${CANARY}-key`;
    const understood = understand(text);
    expect(understood).toMatchObject({ hasPassword: true, settings: { host: 'db.example', user: 'reader' } });
    const { settings } = understood;
    const row = await profiles.save(draft({ connection: { settings, secretsOf: text } }));
    expect(row.hasStoredPassword).toBe(true);
    expect([...entries.values()].toSorted()).toEqual([
      CANARY,
      JSON.stringify({ keyPassphrase: `${CANARY}-key` }),
    ]);
    const resolved = await profiles.resolve(row.id, {});
    expect(resolved.target.sslKeyPassword?.reveal()).toBe(`${CANARY}-key`);
    const typed = await profiles.resolve(row.id, { keyPassphrase: 'typed' });
    expect(typed.target.sslKeyPassword?.reveal()).toBe('typed');
    // What is typed beside it counts more.
    await profiles.save(
      draft({ id: row.id, connection: { settings, secretsOf: text, password: 'typed', keyPassphrase: 'x' } }),
    );
    expect([...entries.values()].toSorted()).toEqual(['typed', JSON.stringify({ keyPassphrase: 'x' })]);
    const shown = JSON.stringify([understood, row, await profiles.list()]) + (await readFile(path(), 'utf8'));
    expect(shown).not.toContain('canary');
  });

  it('shows the secrets of one SSH server or key to no other', async () => {
    const settings = { host: 'db.example', user: 'reader' };
    const ssh = { destination: 'ops@bastion.example:22' };
    const { id } = await profiles.save(
      draft({ connection: { settings, ssh: { ...ssh, password: CANARY }, keyPassphrase: CANARY } }),
    );
    const secretsOf = async (connection: ProfileDraft['connection']) => {
      await profiles.save(draft({ id, connection }));
      const { target } = await profiles.resolve(id, {});
      return [target.ssh?.password?.reveal(), target.sslKeyPassword?.reveal()];
    };
    expect(await secretsOf(null)).toEqual([CANARY, CANARY]);
    expect(await secretsOf({ settings: { ...settings, port: '6432' }, ssh })).toEqual([CANARY, CANARY]);
    expect(await secretsOf({ settings, ssh: { destination: 'ops@elsewhere.example' } })).toEqual([
      undefined,
      undefined,
    ]);
  });
});

it('a list asks the keychain once for each login, and no password file at all', async () => {
  const settings = { host: 'db.example', user: 'reader', passfile: join(dataDir, 'passfile') };
  await writeFile(settings.passfile, `*:*:*:*:${CANARY}\n`, { mode: 0o600 });
  for (const [name, dbname] of [
    ['A', 'a'],
    ['B', 'b'],
    ['C', 'c'],
  ] as const)
    await profiles.save(draft({ name, connection: { settings: { ...settings, dbname } } }));
  await profiles.save(
    draft({ name: 'D', connection: { settings: { ...settings, user: 'writer' }, password: 'x' } }),
  );
  reads = [];
  const { profiles: rows } = await profiles.list();
  expect(rows.map(({ hasStoredPassword }) => hasStoredPassword)).toEqual([false, false, false, true]);
  expect(reads).toHaveLength(2);
  // It is looked into where somebody connects.
  const { target } = await profiles.resolve(rows[0]?.id ?? '', {});
  expect(target.password?.reveal()).toBe(CANARY);
});
