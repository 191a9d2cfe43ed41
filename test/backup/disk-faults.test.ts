import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import type { FailingRun } from '../support/backup-on-failing-disk.ts';
import { createDatabase, useServer } from '../support/postgres.ts';

const server = useServer(15);

it('a disk that says EIO at any step has kept no backup (F28)', async () => {
  const database = await createDatabase(
    await server.get(),
    'CREATE TABLE orders AS SELECT n AS id FROM generate_series(1, 100) n',
  );
  const dataDir = await mkdtemp(join(tmpdir(), 'pgv-bad-disk-'));
  onTestFinished(async () => {
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  });
  const script = join(import.meta.dirname, '../support/backup-on-failing-disk.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [script, database.url, dataDir]);
  const runs = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as FailingRun);
  const calls = runs.map(({ shape, failed }) => `${shape}: ${failed}`);
  // Files and names of both shapes, in the order in which they are brought to the disk.
  expect(calls).toEqual([
    'default: null',
    'default: sync data.dump',
    'default: sync globals.sql',
    'default: sync log.txt',
    'default: sync manifest.json.tmp',
    'default: rename manifest.json',
    'default: sync <backup>',
    'default: rename <backup>',
    'default: sync <database>',
    'fast: null',
    expect.stringMatching(/^fast: sync \d+\.dat\.(gz|zst)$/),
    'fast: sync toc.dat',
    'fast: sync data',
  ]);
  let good: FailingRun | undefined;
  for (const run of runs) {
    const { failed, job, listed, folders } = run;
    if (failed === null) {
      expect(job).toMatchObject({ outcome: 'done', error: null });
      expect([listed, folders.length]).toEqual(Array(2).fill(run.shape === 'default' ? 1 : 2));
      good = run;
      continue;
    }
    expect([failed, job.outcome, job.backupId]).toEqual([failed, 'failed', null]);
    expect(job.error?.message).toMatch(/^[^.].* \(EIO\)\.$/);
    expect(job.error?.nextStep).toMatch(/(back up|try) again\.$/);
    // The good ones of before are as they were, and nothing else has a name.
    expect([failed, listed, folders]).toEqual([failed, good?.listed, good?.folders]);
  }
});
