import { runTool } from '#engine/backup/tool-process.ts';
import { Secret } from '#engine/secret.ts';

/** As a process of its own: runs a program with a password, tells its pid, and waits to be killed. */
const [, , path = '', password = ''] = process.argv;
await runTool({
  path,
  args: [],
  password: new Secret(password),
  signal: new AbortController().signal,
  onStart: ({ pid }) => process.stdout.write(`${pid}\n`),
});
