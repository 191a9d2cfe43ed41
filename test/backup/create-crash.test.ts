import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { BackupDetails, BackupsOverview } from '#shared/model/backup.ts';
import { createEngine } from '#engine/create-engine.ts';
import { createNodeHost } from '../../electron/hosts/node-host.ts';
import { expectClean, sourceHashOf } from '../support/backup-faults.ts';
import { createDatabase, type TestDatabase, useServer } from '../support/postgres.ts';

const run = promisify(execFile);
const server = useServer(15);
let base = '';
/** One backup of a database at a time: as many run side by side as there are databases. */
let lanes: readonly { readonly database: TestDatabase; readonly sourceHash: string }[] = [];

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'pgv-crash-'));
  const at = await server.get();
  lanes = await Promise.all(
    [1, 2, 3].map(async () => {
      const database = await createDatabase(at, SHOP);
      return { database, sourceHash: await sourceHashOf(database) };
    }),
  );
});
afterAll(async () => {
  vi.unstubAllEnvs();
  for (const { database } of lanes) await database.drop();
  await rm(base, { recursive: true, force: true });
});

const SHOP = `
  CREATE TABLE customers AS SELECT n AS id FROM generate_series(1, 100) n;
  CREATE TABLE orders AS SELECT n AS id, md5(n::text) AS note FROM generate_series(1, 100) n`;

/** Backs up in a process that dies before its n-th lasting step; `steps` are those of a run that came to its end. */
async function dieBefore(
  n: number,
  url: string,
): Promise<{ dataDir: string; jobId: string; steps: string[] | null }> {
  const dataDir = await mkdtemp(join(base, `die-${n}-`));
  const script = join(import.meta.dirname, '../support/backup-and-die.ts');
  // Half of such a life is compiling the sources.
  const env = { ...process.env, XDG_RUNTIME_DIR: dataDir, NODE_COMPILE_CACHE: join(base, 'compiled') };
  const said = await run(process.execPath, [script, url, dataDir, String(n)], { env }).catch(
    (error: { signal: string; stdout: string; stderr: string }) => {
      expect([error.signal, error.stderr]).toEqual(['SIGKILL', '']);
      return error;
    },
  );
  const steps = /^done (.*)$/m.exec(said.stdout)?.[1]?.split(' ') ?? null;
  return { dataDir, jobId: /^job (\w+)$/m.exec(said.stdout)?.[1] ?? '', steps };
}

/** What the next start finds; one at a time, because where its password files lie is a matter of the environment. */
function nextStart(dataDir: string, url: string): ReturnType<typeof look> {
  const looked = turn.then(() => look(dataDir, url));
  turn = looked.catch(() => undefined);
  return looked;
}

let turn: Promise<unknown> = Promise.resolve();

async function look(
  dataDir: string,
  url: string,
): Promise<{ overview: BackupsOverview; details: BackupDetails[] }> {
  vi.stubEnv('XDG_RUNTIME_DIR', dataDir);
  const engine = createEngine(
    createNodeHost({ kind: 'in-process', toolVersion: 'test', dataDir, writeLogLine: () => undefined }),
  );
  try {
    const { id } = await engine.open({ text: url }, {});
    const overview = await engine.backups.overview(id, {});
    const details = await Promise.all(
      overview.backups.map((backup) => engine.backups.detail(id, backup.id, {})),
    );
    return { overview, details };
  } finally {
    await engine.close();
  }
}

it('an app that is killed at any step leaves a whole backup or none (F29, F30)', {
  timeout: 120_000,
}, async () => {
  const url = lanes[0]?.database.url ?? '';
  const { steps, dataDir } = await dieBefore(0, url);
  expect((await nextStart(dataDir, url)).overview.backups.map(({ trust }) => trust)).toEqual(['intact']);
  const all = steps ?? [];
  expect(all.length).toBeGreaterThan(25);
  // The last one gives the folder its name.
  const named = all.lastIndexOf('rename') + 1;
  // Before the folder is there, and while a client runs, one step is as good as the next.
  const logged = all.indexOf('write', all.indexOf('write') + 1);
  const points = all.map((_, index) => index + 1).filter((point) => point > logged || point % 3 === 2);
  await Promise.all(
    lanes.map(async (lane) => {
      for (let point = points.shift(); point !== undefined; point = points.shift())
        await expectWholeOrNothing(point, point > named, lane);
    }),
  );
});

async function expectWholeOrNothing(
  point: number,
  isNamed: boolean,
  { database, sourceHash }: (typeof lanes)[number],
): Promise<void> {
  const { steps, dataDir, jobId } = await dieBefore(point, database.url);
  expect([point, steps]).toEqual([point, null]);
  const { overview, details } = await nextStart(dataDir, database.url);
  const trusts = overview.backups.map(({ id, trust }) => [id, trust]);
  expect([point, trusts]).toEqual([point, isNamed ? [[jobId, 'intact']] : []]);
  // Before its first row in the store the job was never begun; once the backup has its name, it is done.
  const failures = overview.failures.map(({ outcome }) => outcome);
  expect([point, failures]).toEqual([point, isNamed || jobId === '' ? [] : ['interrupted']]);
  await expectClean(jobId === '' ? 'none' : jobId, {
    database,
    sourceHash,
    older: details.map(({ folder, files }) => ({ folder, files })),
    location: join(dataDir, 'backups'),
    runtime: dataDir,
    secrets: [],
  });
}
