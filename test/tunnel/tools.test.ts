import { randomBytes } from 'node:crypto';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SshRequest } from '#engine/engine.ts';
import type { EmbeddedPostgres } from '#engine/embedded/server.ts';
import { type Authority, createAuthority, HAS_OPENSSL, installCertificate } from '../faults/certificates.ts';
import { backing } from '../support/backups.ts';
import { createDatabase, query, type TestDatabase, urlOf, usePrivateServer } from '../support/postgres.ts';
import {
  createSshHome,
  createSystemUser,
  HAS_SSHD,
  type SshHome,
  startSshd,
  type TestSshd,
  tunnelFolders,
} from '../support/sshd.ts';
import { watchProcesses } from '../support/watch-processes.ts';

const shared = usePrivateServer({ password: `canary-${randomBytes(8).toString('hex')}` });
let server: EmbeddedPostgres;
let authority: Authority;
let home: SshHome;
let sshd: TestSshd;
let database: TestDatabase;

const IS_READY = HAS_SSHD && HAS_OPENSSL;
beforeAll(async () => {
  if (!IS_READY) return;
  authority = await createAuthority();
  server = await shared.get();
  await query(urlOf(server, 'postgres'), 'ALTER SYSTEM SET ssl = on');
  await installCertificate(server.dataDir, await authority.issue('DNS:db.pgvitals.test'));
  await server.restart();
  home = await createSshHome();
  sshd = await startSshd(home);
  process.env['PGVITALS_SSH_CONFIG'] = home.config;
  database = await createDatabase(
    server,
    'CREATE TABLE t (id int PRIMARY KEY, x text); INSERT INTO t SELECT n, md5(n::text) FROM generate_series(1, 20000) n',
  );
});
afterAll(async () => {
  delete process.env['PGVITALS_SSH_CONFIG'];
  await sshd?.stop();
  await home?.remove();
  await authority?.remove();
});

describe.skipIf(!IS_READY)('backups through SSH', () => {
  it('are made and proven with the certificate of the database’s own name, and leak no secret', async () => {
    const user = await createSystemUser();
    try {
      const ssh: SshRequest = {
        destination: `${user?.name ?? home.user}@127.0.0.1:${sshd.port}`,
        keyFile: home.lockedKey,
        passphrase: home.passphrase,
        trustFingerprint: sshd.fingerprint,
        ...(user ? { password: user.password } : {}),
      };
      // Nobody else knows this name: only the certificate is compared with it.
      const url = `${database.url.replace('127.0.0.1', 'db.pgvitals.test')}?hostaddr=127.0.0.1&sslmode=verify-full&sslrootcert=${authority.rootFile}`;
      const canaries = [home.passphrase, server.password, ...(user ? [user.password] : [])];
      const watch = watchProcesses();
      const logged: string[] = [];
      const { engine, connectionId, create, ended, location } = await backing(url, {
        ssh,
        onLog: (line) => logged.push(line),
      });
      const made = await create();
      expect(made.error).toBeNull();
      engine.plans.unlock(connectionId);
      const { jobId } = await engine.backups.verify(connectionId, {
        backupId: made.backupId ?? '',
        depth: 'restore',
        on: 'this server',
      });
      expect((await ended(jobId)).error).toBeNull();
      const { backups } = await engine.backups.overview(connectionId, {});
      expect(backups[0]?.trust).toBe('verified');
      const inFolder = await contentsOf(await tunnelFolders());
      expect(inFolder).toContain('#!/bin/sh');
      await engine.close();

      const { arguments: seen } = await watch.stop();
      expect(seen).toMatch(/pg_dump\0(.*\0)*--dbname=.*host='db.pgvitals.test' hostaddr='127.0.0.1'/);
      const texts = [
        seen,
        logged.join('\n'),
        JSON.stringify([made, backups]),
        await contentsOf([location]),
        inFolder,
      ];
      for (const canary of canaries)
        expect(texts.map((text) => text.includes(canary))).toEqual(texts.map(() => false));
      expect(await tunnelFolders()).toEqual([]);
    } finally {
      await user?.remove();
    }
  });
});

/** Plain files only: reading a pipe would wait. */
async function contentsOf(paths: readonly string[]): Promise<string> {
  const texts = await Promise.all(
    paths.map(async (path): Promise<string> => {
      const status = await lstat(path).catch(() => null);
      if (status?.isDirectory())
        return contentsOf((await readdir(path).catch(() => [])).map((name) => join(path, name)));
      return status?.isFile() ? readFile(path, 'latin1').catch(() => '') : '';
    }),
  );
  return texts.join('\n');
}
