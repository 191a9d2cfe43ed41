import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { chooseTools, type ToolRules } from '#engine/backup/tools.ts';
import { type Clients, openClients } from '#engine/backup/clients.ts';
import { checkClientFolder } from '#engine/backup/tools/client-folder.ts';
import { openStore } from '#engine/store/open-store.ts';
import { fakeClient } from '../support/fake-client.ts';

let base = '';
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'pgvitals-tools-'));
});
afterAll(async () => rm(base, { recursive: true, force: true }));

/** Looks in these folders alone; without any, in those of this machine. */
function choose(folders: readonly string[] | null, change: Partial<ToolRules> = {}) {
  return chooseTools(
    {
      serverVersionNum: 150_003,
      chosenFolder: null,
      environment: {},
      platform: process.platform,
      ...(folders === null ? {} : { places: folders.map((pattern) => ({ pattern, origin: 'PATH' })) }),
      ...change,
    },
    {},
  );
}

const version = (text: string) => `echo "$(basename "$0") (PostgreSQL) ${text}"`;

test('the real client of this machine is found once, past Debian’s wrapper', async () => {
  const { found, chosen } = await choose(null, {
    environment: { PATH: '/usr/bin:/usr/lib/postgresql/15/bin' },
  });
  expect(found.map(({ dumpPath }) => dumpPath)).toEqual([...new Set(found.map(({ dumpPath }) => dumpPath))]);
  expect(chosen).toMatchObject({
    dumpPath: '/usr/lib/postgresql/15/bin/pg_dump',
    restorePath: '/usr/lib/postgresql/15/bin/pg_restore',
    version: expect.stringMatching(/^15\.\d+$/),
  });
  const wrapper = await choose(null, { chosenFolder: '/usr/bin' });
  expect(wrapper.warnings[0]).toMatch(/is a wrapper that picks a version by itself.*Another client is used/);
});

test.concurrent('broken clients do not hide a good one, nor hold it up for long', async () => {
  const hangs = await fakeClient(join(base, 'hangs'), { all: 'trap "" TERM; sleep 60' });
  const good = await fakeClient(join(base, 'good'), { all: version('15.20') });
  const talks = await fakeClient(join(base, 'talks'), { all: 'yes' });
  const startedMs = performance.now();
  const { chosen, warnings } = await choose([hangs, talks, good]);
  expect(performance.now() - startedMs).toBeLessThan(8_000);
  expect(chosen).toMatchObject({ dumpPath: join(good, 'pg_dump'), restorePath: join(good, 'pg_restore') });
  expect(warnings).toEqual([]);
});

test.concurrent('each way of being broken has its own sentence', async () => {
  const inside = (name: string) => join(base, 'broken', name);
  const broken: Readonly<Record<string, string>> = {
    [await fakeClient(inside('locked'), { all: version('15.20'), mode: 0o644 })]: 'may not be executed.',
    [await fakeClient(inside('nonsense'), { all: 'echo hello' })]:
      'says “hello”, which is no version of pg_dump.',
    [await fakeClient(inside('other'), { all: 'echo "pg_restore (PostgreSQL) 15.20"' })]:
      'which is no version of pg_dump.',
    [await fakeClient(inside('silent'), { all: 'exit 0' })]: 'ended without saying its version.',
    [await fakeClient(inside('fails'), { all: 'echo "libpq.so.5: no such file" >&2; exit 127' })]:
      'ended with exit code 127: libpq.so.5: no such file',
    [await fakeClient(inside('dies'), { all: 'kill -9 $$' })]: 'ended with SIGKILL.',
    [await fakeClient(inside('hangs'), { all: 'sleep 60' })]: 'did not say its version within 3 s.',
  };
  const isFolder = inside('is-folder');
  await mkdir(join(isFolder, 'pg_dump'), { recursive: true });
  const { chosen, refusal } = await choose([...Object.keys(broken), isFolder, inside('empty')]);
  expect(chosen).toBeNull();
  expect(refusal?.message).toMatch(/^No pg_dump on this machine can be used\./);
  for (const [folder, text] of Object.entries(broken)) {
    const at = refusal?.message.indexOf(`${folder}/pg_dump`) ?? -1;
    expect(refusal?.message.slice(at).split(' /')[0], folder).toContain(text);
  }
  expect(refusal?.message).toContain(`${isFolder}/pg_dump may not be executed.`);
  expect(refusal?.message).not.toContain('empty');
});

test('a chosen folder without pg_dump is told, and what the user chose there is used', async () => {
  const own = await fakeClient(join(base, 'own'), { all: version('17.12') });
  const taken = await choose(null, { chosenFolder: own });
  expect(taken.chosen).toMatchObject({ version: '17.12', origin: 'chosen by you' });
  const gone = await choose(null, { chosenFolder: join(base, 'gone') });
  expect(gone.warnings[0]).toBe(`${join(base, 'gone', 'pg_dump')} is not there. Another client is used.`);
});

test('a folder is looked at before it is remembered: the one that is named, or the bin in it', async () => {
  const check = (path: string) => checkClientFolder(path, process.platform, {});
  const bin = await fakeClient(join(base, 'root', 'bin'), { all: version('16.16') });
  expect(await check(bin)).toBe(bin);
  expect(await check(join(base, 'root'))).toBe(bin);
  const half = await fakeClient(join(base, 'half'), { all: version('16.16'), pg_restore: 'exit 1' });
  const broken = await fakeClient(join(base, 'broken-own'), { all: 'exit 0' });
  const open = await fakeClient(join(base, 'open'), { all: version('16.16') });
  await chmod(open, 0o777);
  for (const [path, message] of [
    ['bin', 'bin is no absolute path.'],
    [join(base, 'nowhere'), `${join(base, 'nowhere', 'pg_dump')} is not there.`],
    [half, `There is no pg_restore of version 16.16 beside ${half}/pg_dump: a backup could not be checked.`],
    [broken, `${broken}/pg_dump ended without saying its version.`],
    [open, `Everybody may write to ${open}: another program could be put there.`],
  ] as const)
    await expect(check(path)).rejects.toMatchObject({ code: 'BAD_INPUT', message });
});

test('the chosen folder is kept by the installation, goes after one for this run, and can be forgotten', async () => {
  const own = await fakeClient(join(base, 'kept'), { all: version('18.1') });
  const dataDir = await mkdtemp(join(base, 'data-'));
  const open = (named: string | null) => {
    const store = openStore(dataDir);
    onTestFinished(() => store.close());
    return openClients(store.profiles, named);
  };
  const folder = async (clients: Clients) => clients.folderOf(await clients.choose(150_003, {}));
  const first = open(null);
  expect(await folder(first)).toBeNull();
  await first.setFolder(own, {});
  expect((await first.usable(150_003, {})).dumpPath).toBe(join(own, 'pg_dump'));
  expect(await folder(open(null))).toEqual({ path: own, namedBy: 'settings', version: '18.1' });
  const absent = join(base, 'not-there');
  expect(await folder(open(absent))).toEqual({ path: absent, namedBy: 'this run', version: null });
  first.forgetFolder();
  expect(await folder(first)).toBeNull();
});

test('links are followed to the program they mean, so that no client counts twice', async () => {
  const real = await fakeClient(join(base, 'cellar'), { all: version('16.16') });
  const links = join(base, 'links');
  await mkdir(links);
  await symlink(join(real, 'pg_dump'), join(links, 'pg_dump'));
  const { found } = await choose([links, real]);
  expect(found).toEqual([
    expect.objectContaining({ dumpPath: join(real, 'pg_dump'), restorePath: join(real, 'pg_restore') }),
  ]);
});

test('a pg_restore of another version is no part of the installation', async () => {
  const mixed = await fakeClient(join(base, 'mixed'), { all: version('16.16') });
  await writeFile(join(mixed, 'pg_restore'), '#!/bin/sh\necho "pg_restore (PostgreSQL) 13.4"\n');
  await chmod(join(mixed, 'pg_restore'), 0o755);
  const { found, refusal } = await choose([mixed]);
  expect(found[0]?.restorePath).toBeNull();
  expect(refusal?.message).toContain('There is no pg_restore of the same version beside pg_dump 16.16');
});

test('an older major is refused with what was found and what to install (F32)', async () => {
  const old = await fakeClient(join(base, 'old'), { all: version('13.4') });
  const { chosen, refusal, installHint } = await choose([old]);
  expect(chosen).toBeNull();
  expect(refusal?.message).toContain(`PostgreSQL 15`);
  expect(refusal?.message).toContain(`pg_dump 13.4 (${old}/pg_dump)`);
  expect(refusal?.nextStep).toContain(installHint);
});

test('can be cancelled while a client hangs', async () => {
  const hangs = await fakeClient(join(base, 'hangs-too'), { all: 'sleep 60' });
  const stop = new AbortController();
  const rules = {
    serverVersionNum: 150_003,
    chosenFolder: hangs,
    environment: {},
    platform: process.platform,
  };
  const choosing = chooseTools(rules, { signal: stop.signal });
  stop.abort();
  await expect(choosing).rejects.toMatchObject({ code: 'CANCELLED' });
});
