import files from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { basename, join } from 'node:path';
import type { BackupJob, BackupShape } from '#shared/model/backup.ts';
import { createEngine } from '#engine/create-engine.ts';
import { createNodeHost } from '../../electron/hosts/node-host.ts';

/** One backup on a disk that answers EIO to one of the calls that make it last. */
export interface FailingRun {
  readonly shape: BackupShape;
  /** Null = none. "sync data.dump", "rename manifest.json", "sync <backup>", "rename <backup>", "sync <database>". */
  readonly failed: string | null;
  readonly job: Pick<BackupJob, 'outcome' | 'error' | 'backupId'>;
  readonly listed: number;
  /** Of backups on the disk, finished or not. */
  readonly folders: readonly string[];
}

/*
 * As a process of its own: backs a database up on a good disk, as one file and as a folder, and once for each of those
 * calls on a disk that refuses this very call. Prints a FailingRun as a line of JSON for each.
 */
const [, , url = '', dataDir = ''] = process.argv;
let failing: string | null = null;
let seen: string[] | null = null;

function step(call: string, path: string): void {
  if (seen === null) return;
  const name = basename(path);
  const words = `${call} ${/^\d{8}T\d{6}Z-/.test(name) ? '<backup>' : /^\d+-/.test(name) ? '<database>' : name}`;
  seen.push(words);
  if (words === failing) throw Object.assign(new Error(`EIO: i/o error, ${call} '${path}'`), { code: 'EIO' });
}

const { rename, open } = files;
Object.assign(files, {
  rename: async (...[from, to]: Parameters<typeof rename>) => {
    step('rename', String(to));
    await rename(from, to);
  },
  open: async (...args: Parameters<typeof open>) => {
    const handle = await open(...args);
    const { sync } = handle;
    return Object.assign(handle, {
      sync: async () => {
        step('sync', String(args[0]));
        await sync.call(handle);
      },
    });
  },
});
syncBuiltinESMExports();

const engine = createEngine(
  createNodeHost({ kind: 'in-process', toolVersion: 'test', dataDir, writeLogLine: () => undefined }),
);
const { id } = await engine.open({ text: url }, {});
const tried = new Set<string>();
for (const shape of ['default', 'fast'] as const) {
  for (const call of await backUp(shape, null)) {
    if (!tried.has(call)) await backUp(shape, call);
    tried.add(call);
  }
}
await engine.close();

async function backUp(shape: BackupShape, call: string | null): Promise<readonly string[]> {
  const { jobId } = await engine.backups.create(id, {
    shape,
    scope: { kind: 'database' },
    locationId: null,
    comparesSource: false,
    note: '',
  });
  failing = call;
  const own: string[] = [];
  seen = own;
  let ended: BackupJob | null = null;
  for await (const { type, job } of engine.backups.watch(id, jobId)) if (type === 'done') ended = job;
  seen = null;
  if (ended === null) throw new Error('the job told no end');
  const { outcome, error, backupId } = ended;
  const { backups } = await engine.backups.overview(id, {});
  const names = await files.readdir(join(dataDir, 'backups'), { recursive: true });
  const folders = names.filter((name) => /^\d{8}T\d{6}Z-[^/]*$/.test(basename(name)));
  const job = { outcome, error, backupId };
  const run: FailingRun = { shape, failed: call, job, listed: backups.length, folders: folders.toSorted() };
  process.stdout.write(`${JSON.stringify(run)}\n`);
  return own;
}
