import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openPlaces } from '#engine/backup/places.ts';
import type { ProfileStore } from '#engine/store/profiles.ts';

const NONE: ProfileStore = { read: () => null, write: () => undefined, remove: () => undefined };

it('keeps nothing for longer than its process: not by its end, and not by the end of one that was killed', async () => {
  const { pid: dead } = spawnSync(process.execPath, ['-e', '']);
  const left = join(tmpdir(), `pgvitals-backups-${dead}-0123456789ab`);
  const live = join(tmpdir(), `pgvitals-backups-${process.ppid}-0123456789ab`);
  for (const folder of [left, live]) {
    mkdirSync(join(folder, 'a'), { recursive: true });
    writeFileSync(join(folder, 'a', 'data.dump'), 'rows');
  }
  try {
    const places = openPlaces(null, NONE, { knows: () => false, forgetPlace: () => undefined });
    const [own] = await places.list();
    expect([existsSync(own?.path ?? ''), existsSync(left), existsSync(live)]).toEqual([true, false, true]);
    places.close();
    expect(existsSync(own?.path ?? '')).toBe(false);
  } finally {
    rmSync(live, { recursive: true, force: true });
  }
});
