import { expect, it } from 'vitest';
import { createDatabase, useServer } from '../support/postgres.ts';
import { runCli } from '../support/cli.ts';

const server = useServer();

it('prints the script on stdout, what to do with it on stderr, and runs nothing', async () => {
  const database = await createDatabase(await server.get());
  try {
    const args = ['monitoring-role', database.url, '--name', 'cli_watcher', '--signal'];
    const made = await runCli(args);
    expect(made.code).toBe(0);
    expect(made.stdout).toContain('GRANT pg_signal_backend TO "cli_watcher";');
    expect(made.stdout).toMatch(/\n\\password "cli_watcher"\n$/);
    expect(made.stderr).toMatch(/^- Run the script with psql as a superuser\./);
    const undo = await runCli([...args, '--undo']);
    expect(undo).toMatchObject({ code: 0, stderr: '' });
    expect(undo.stdout).toContain('DROP ROLE "cli_watcher";');
    expect(await database.query(`SELECT rolname FROM pg_roles WHERE rolname = 'cli_watcher'`)).toEqual([]);
  } finally {
    await database.drop();
  }
});
