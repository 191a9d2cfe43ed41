import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CapabilityRow, PrivilegesOverview } from '#shared/model/privileges.ts';
import type { EmbeddedPostgres } from '#engine/embedded/server.ts';
import { scramVerifier } from '#engine/postgres/scram-verifier.ts';
import { useEngine } from '../support/insight.ts';
import { query, urlOf, usePrivateServer } from '../support/postgres.ts';
import { type Standby, startStandby } from '../support/standby.ts';

const { engine, open } = useEngine();
const shared = usePrivateServer();
const LOOKER = { user: 'looker', password: 'looks-4b1d' };
let primary: EmbeddedPostgres;
let standby: Standby;
beforeAll(async () => {
  primary = await shared.get();
  await query(
    urlOf(primary, 'postgres'),
    `CREATE ROLE ${LOOKER.user} LOGIN PASSWORD '${LOOKER.password}'; CREATE TABLE t (id int)`,
  );
  standby = await startStandby(primary, 'reports');
});
afterAll(() => standby?.stop());

const onStandby = ({ user, password }: { user: string; password: string }): string => {
  const url = new URL(standby.urlOf('postgres'));
  return Object.assign(url, { username: user, password }).href;
};
const overviewOf = async (connectionId: string): Promise<PrivilegesOverview> =>
  (await engine.insight.privileges.overview({ connectionId, maxAgeMs: 0 }, {})).data;
const named = ({ capabilities }: PrivilegesOverview, key: string): CapabilityRow | undefined =>
  capabilities.find((row) => row.key === key);

it('sends what a standby cannot take to its primary, and sees when it has arrived', async () => {
  const connectionId = await open(onStandby(LOOKER));
  const before = await overviewOf(connectionId);
  expect(before.role).toMatchObject({ isStandby: true, isSuperuser: false });
  const locked = before.capabilities.filter(({ unlock }) => unlock !== null);
  expect(locked.length).toBeGreaterThan(3);
  for (const { step } of locked) expect(step).toMatch(/^Run it on the primary, as /);

  const sessions = named(before, 'sessions');
  expect(sessions).toMatchObject({ verdict: 'partly', unlock: 'GRANT pg_monitor TO "looker";' });
  await expect(query(standby.urlOf('postgres'), sessions?.unlock ?? '')).rejects.toThrow(/read-only/);
  await query(urlOf(primary, 'postgres'), sessions?.unlock ?? '');
  // Of which roles it is a member is asked when a connection is opened.
  const after = async () => named(await overviewOf(await open(onStandby(LOOKER))), 'sessions')?.verdict;
  await expect.poll(after, { timeout: 20_000 }).toBe('yes');
});

it('writes a script that says it is for the primary, and works there for both', async () => {
  const connectionId = await open(standby.urlOf('postgres'));
  const { suggestedName: name } = await overviewOf(connectionId);
  const made = await engine.insight.privileges.script({ connectionId, name, choices: ['signal'] }, {});
  expect(made.script).toMatch(/^-- Run it with psql on the primary, in the database postgres/m);
  expect(made.steps[0]).toMatch(/on the primary/);
  const script = made.script?.replace(/^\\password .*$/m, '') ?? '';
  await expect(psql(standby.urlOf('postgres'), script)).rejects.toThrow(/read-only transaction/);
  await psql(urlOf(primary, 'postgres'), script);
  const password = 'watches-77f0';
  await query(urlOf(primary, 'postgres'), `ALTER ROLE ${name} PASSWORD '${scramVerifier(password)}'`);
  const url = onStandby({ user: name, password });
  await expect.poll(() => open(url).catch(() => null), { timeout: 20_000 }).not.toBeNull();
  const watcher = await overviewOf(await open(url));
  expect(watcher.role).toMatchObject({
    isStandby: true,
    memberOf: expect.arrayContaining(['pg_monitor']) as string[],
  });
});

async function psql(url: string, script: string): Promise<void> {
  const running = promisify(execFile)('psql', ['-X', '-q', url], { env: { PATH: process.env['PATH'] } });
  running.child.stdin?.end(script);
  await running;
}
