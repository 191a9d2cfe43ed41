// Run as a process of its own by launcher.test.ts: starts a server, says where, and waits to be killed.
import { startEmbeddedPostgres } from '#engine/embedded/server.ts';
import { TEST_SETTINGS } from './test-settings.ts';

const server = await startEmbeddedPostgres({ settings: TEST_SETTINGS });
process.stdout.write(
  `${JSON.stringify({ port: server.port, pid: server.pid(), baseDir: server.baseDir })}\n`,
);
setInterval(() => undefined, 60_000);
