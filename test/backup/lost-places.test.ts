import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { type Backing, backing } from '../support/backups.ts';
import { createDatabase, useServer } from '../support/postgres.ts';

const server = useServer(15);

async function shop(): Promise<Backing> {
  const database = await createDatabase(await server.get(), 'CREATE TABLE orders AS SELECT 1 AS id');
  onTestFinished(() => database.drop());
  return backing(database.url);
}

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pgv-places-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const mount = (...args: readonly string[]): void => void execFileSync('mount', args, { stdio: 'ignore' });

it('a drive that is read-only or not mounted is not one without backups (F57)', async ({ skip }) => {
  const folder = await newFolder();
  const [drive, place] = [join(folder, 'drive'), join(folder, 'place')];
  await mkdir(drive);
  await mkdir(place);
  try {
    mount('--bind', drive, place);
  } catch {
    skip('only root may mount');
  }
  let isMounted = true;
  const unmount = (): void => {
    if (isMounted) execFileSync('umount', [place]);
    isMounted = false;
  };
  onTestFinished(unmount);

  const { engine, connectionId, create, change } = await shop();
  const here = (await create()).id;
  const { id: locationId } = await engine.backups.addLocation(connectionId, place, {});
  const away = (await create({ locationId })).id;
  const list = async () => {
    const { backups, locations, notices } = await engine.backups.overview(connectionId, {});
    return {
      trusts: backups.map(({ id, trust }) => [id, trust]),
      unavailable: locations.find(({ id }) => id === locationId)?.unavailable,
      notices: notices.join('\n'),
    };
  };
  const whole = {
    trusts: [
      [away, 'intact'],
      [here, 'intact'],
    ],
    unavailable: null,
    notices: '',
  };
  expect(await list()).toEqual(whole);

  const expectLost = async (why: RegExp): Promise<void> => {
    // Twice: the first look must not forget what the second one is to say.
    for (let look = 0; look < 2; look += 1)
      expect(await list()).toEqual({
        trusts: [
          [away, 'missing'],
          [here, 'intact'],
        ],
        unavailable: expect.stringMatching(why),
        notices: expect.stringMatching(/cannot be used now \(.*\)\. 1 backup of it is known from before/),
      });
    await expect(create({ locationId })).rejects.toMatchObject({
      code: 'LOCATION_UNAVAILABLE',
      message: expect.stringMatching(why),
    });
    await expect(change({ kind: 'delete', backupIds: [away] })).rejects.toMatchObject({
      code: 'PLAN_REFUSED',
      message: expect.stringContaining('its place is not there'),
    });
    const rule = await engine.backups.preview(connectionId, { kind: 'prune' }, {});
    expect(rule.removes).toEqual([]);
  };
  mount('-o', 'remount,ro,bind', place);
  await expectLost(/^.*it is read-only/);
  unmount();
  await expectLost(/it is empty, though backups were made in it: its drive may not be mounted/);
  // Nothing was written to the disk below.
  expect(await readdir(place)).toEqual([]);

  mount('--bind', drive, place);
  isMounted = true;
  expect(await list()).toEqual(whole);
  expect((await create({ locationId })).error).toBeNull();

  // Who emptied the folder gives the place up, and may take it anew.
  unmount();
  await engine.backups.removeLocation(connectionId, locationId, {});
  await engine.backups.addLocation(connectionId, place, {});
  expect(await list()).toEqual({ trusts: [[here, 'intact']], unavailable: null, notices: '' });
});

it('what somebody removed from a folder is said, whoever reads the list first', async () => {
  const { engine, connectionId, create } = await shop();
  const [first, second, third] = [await create(), await create(), await create()];
  for (const { id } of [first, second])
    await rm((await engine.backups.detail(connectionId, id, {})).folder, { recursive: true });
  // A detail reads the list, too.
  await engine.backups.detail(connectionId, third?.id ?? '', {});
  const { backups, notices } = await engine.backups.overview(connectionId, {});
  expect(backups.map(({ id }) => id)).toEqual([third?.id]);
  expect(notices).toEqual(['2 backups were removed outside of PgVitals.']);
});
