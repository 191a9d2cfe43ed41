import { createEngine } from '#engine/create-engine.ts';
import { createNodeHost } from '../../electron/hosts/node-host.ts';

/** As a process of its own: opens a database through SSH, says so, and waits to be killed. */
const [, , url = '', destination = '', keyFile = '', trustFingerprint = ''] = process.argv;
const engine = createEngine(
  createNodeHost({ kind: 'in-process', toolVersion: 'test', writeLogLine: () => undefined }),
);
await engine.open({ text: url, ssh: { destination, keyFile, trustFingerprint } }, {});
process.stdout.write('open\n');
setInterval(() => undefined, 60_000);
