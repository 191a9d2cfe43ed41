import { execFile } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { promisify } from 'node:util';
import { startEmbeddedPostgres } from '#engine/embedded/server.ts';
import { createSshHome, startSshd } from './sshd.ts';

/*
 * In a network of its own (`unshare --net`), where 127.0.0.1 is another machine: a server on the given port with this
 * password, and sshd, which is reached through the socket of this path. Says where it is, and ends with its standard input.
 */
const [, , port = '', password = '', socket = '', authorized = ''] = process.argv;
await promisify(execFile)('ip', ['link', 'set', 'lo', 'up']);
const server = await startEmbeddedPostgres({ password, pickPort: async () => Number(port) });
const home = await createSshHome();
const sshd = await startSshd(home, `AuthorizedKeysFile ${authorized}`);
const door = createServer((near) => {
  const far = connect(sshd.port, '127.0.0.1');
  for (const one of [near, far]) one.on('error', () => one.destroy());
  near.pipe(far).pipe(near);
});
await new Promise<void>((resolve) => door.listen(socket, resolve));
process.stdout.write(`${sshd.fingerprint}\n`);
process.stdin.resume().once('end', () => {
  void (async () => {
    await Promise.all([server.stop(), sshd.stop(), home.remove()]);
    process.exit(0);
  })();
});
