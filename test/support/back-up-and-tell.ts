import { createEngine } from '#engine/create-engine.ts';
import { createNodeHost } from '../../electron/hosts/node-host.ts';

/** As a program of its own: backs a database up into the default place of `dataDir`; prints the job's id, then its outcome. */
const [, , url = '', dataDir = ''] = process.argv;
const engine = createEngine(
  createNodeHost({ kind: 'in-process', toolVersion: 'test', dataDir, writeLogLine: () => undefined }),
);
const { id } = await engine.open({ text: url }, {});
const { jobId } = await engine.backups.create(id, {
  shape: 'default',
  scope: { kind: 'database' },
  locationId: null,
  comparesSource: false,
  note: '',
});
process.stdout.write(`job ${jobId}\n`);
for await (const { type, job } of engine.backups.watch(id, jobId))
  if (type === 'done') process.stdout.write(`${job.outcome} ${job.error?.message ?? ''}\n`);
await engine.close();
