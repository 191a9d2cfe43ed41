import files from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { StatementSync } from 'node:sqlite';
import { createEngine } from '#engine/create-engine.ts';
import { createNodeHost } from '../../electron/hosts/node-host.ts';

/**
 * As a process of its own: backs a database up, and is killed by itself before it does the n-th thing that lasts: a name
 * on the disk, a flush, a row of the store. Prints what those were when it comes to its end.
 */
const [, , url = '', dataDir = '', dieBefore = '0'] = process.argv;
const done: string[] = [];
let isCounting = false;

function step(name: string): void {
  if (!isCounting) return;
  done.push(name);
  if (done.length === Number(dieBefore)) process.kill(process.pid, 'SIGKILL');
}

const { mkdir, rename, writeFile, unlink, open } = files;
const run = Reflect.get(StatementSync.prototype, 'run') as StatementSync['run'];
Object.assign(files, {
  mkdir: (...args: Parameters<typeof mkdir>) => (step('mkdir'), mkdir(...args)),
  rename: (...args: Parameters<typeof rename>) => (step('rename'), rename(...args)),
  writeFile: (...args: Parameters<typeof writeFile>) => (step('write'), writeFile(...args)),
  unlink: (...args: Parameters<typeof unlink>) => (step('unlink'), unlink(...args)),
  open: async (...args: Parameters<typeof open>) => {
    const handle = await open(...args);
    const { sync } = handle;
    return Object.assign(handle, { sync: () => (step('sync'), sync.call(handle)) });
  },
});
syncBuiltinESMExports();
StatementSync.prototype.run = function (...args: unknown[]) {
  step('store');
  return Reflect.apply(run, this, args) as ReturnType<typeof run>;
};

const engine = createEngine(
  createNodeHost({ kind: 'in-process', toolVersion: 'test', dataDir, writeLogLine: () => undefined }),
);
const { id } = await engine.open({ text: url }, {});
await engine.backups.overview(id, {});
isCounting = true;
const { jobId } = await engine.backups.create(id, {
  shape: 'default',
  scope: { kind: 'database' },
  locationId: null,
  comparesSource: false,
  note: '',
});
process.stdout.write(`job ${jobId}\n`);
for await (const { type } of engine.backups.watch(id, jobId)) if (type === 'done') break;
isCounting = false;
process.stdout.write(`done ${done.join(' ')}\n`);
await engine.close();
