import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listArchive } from '#engine/backup/archive.ts';
import type { JobTrace } from '#engine/backup/job.ts';
import { recoverSwap } from '#engine/backup/recover-swap.ts';
import { testRestore } from '#engine/backup/test-restore.ts';
import { parseConnectionInput } from '#engine/postgres/url.ts';
import { runJob, TOOLS } from '../support/backup-files.ts';
import { createDatabase, query, urlOf, usePrivateServer } from '../support/postgres.ts';
import {
  backUp,
  type BackupOnDisk,
  never,
  scratchNamesOn,
  serverAt,
  verify,
} from '../support/verified-backups.ts';

/** F50 and F51, on a server of its own: it is killed, and nothing else makes databases on it. */
const own = usePrivateServer({ major: 15 });
const FIXTURE = fileURLToPath(new URL('../fixtures/dying-verify.ts', import.meta.url));
let admin = '';
const scratchNames = (): Promise<string[]> => scratchNamesOn(admin);

describe('a test restore that is interrupted', () => {
  let backup: BackupOnDisk;
  beforeAll(async () => {
    admin = urlOf(await own.get(), 'postgres');
    const { url } = await createDatabase(
      await own.get(),
      'CREATE TABLE t AS SELECT g AS i, md5(g::text) AS m FROM generate_series(1, 60000) g; CREATE INDEX ON t (m)',
    );
    backup = await backUp(url);
  });
  afterAll(() => backup.remove());

  it('by a cancel is cancelled, and its database dropped', async () => {
    let cancel = (): void => undefined;
    const traces: JobTrace[] = [];
    const verifying = verify(
      { ...backup, on: serverAt(admin) },
      {
        onStep: (_title, now) => {
          cancel = now;
        },
        onTrace: (trace) => {
          traces.push(trace);
          if (trace.children.length > 0) cancel();
        },
      },
    );
    await expect(verifying).rejects.toThrow('cancelled');
    expect(traces.some(({ scratch }) => scratch !== null && scratch.oid > 0)).toBe(true);
    expect(traces.at(-1)?.scratch).toBeNull();
    expect(await scratchNames()).toEqual([]);
  });

  it.each([1, 2, 3, 4, 5])(
    'by the death of PgVitals at its trace %i is cleared up at the next start',
    async (dieAt) => {
      const traceFile = join(backup.folder, `trace-${dieAt}.json`);
      const died = await promisify(execFile)(process.execPath, [
        FIXTURE,
        backup.folder,
        admin,
        traceFile,
        String(dieAt),
      ]).then(
        ({ stdout }) => stdout,
        (error: { signal?: string; stderr?: string }) => error.signal ?? error.stderr,
      );
      expect(died).toBe('SIGKILL');
      const trace = JSON.parse(readFileSync(traceFile, 'utf8')) as JobTrace;
      await recoverSwap(parseConnectionInput(admin), trace);
      expect(await scratchNames()).toEqual([]);
      // What was still restoring has lost its database; nothing of it goes on.
      await expect
        .poll(() =>
          query(admin, `SELECT FROM pg_stat_activity WHERE application_name LIKE 'pgvitals/verify:%'`),
        )
        .toEqual([]);
    },
  );

  it('has five traces, all of them swept', async () => {
    const traceFile = join(backup.folder, 'trace-all.json');
    const { stdout } = await promisify(execFile)(process.execPath, [
      FIXTURE,
      backup.folder,
      admin,
      traceFile,
      '0',
    ]);
    expect(stdout).toBe('done after 5\n');
  });

  it('by the death of the server is told, and cleared up when it is back', async () => {
    const server = await own.get();
    const restarting: Promise<void>[] = [];
    const { verdicts, text, trace } = await verify(
      { ...backup, on: serverAt(admin) },
      {
        onTrace: ({ children }) => {
          if (children.length > 0 && restarting.length === 0) restarting.push(server.restart('immediate'));
        },
      },
    );
    await Promise.all(restarting);
    expect(restarting).toHaveLength(1);
    expect(verdicts).toBe('passed, passed, passed, passed, failed');
    expect(text('restore')).toBe('The connection to the server was lost during the restore.');
    expect(trace.scratch).toBeNull();
    expect(await scratchNames()).toEqual([]);
  });

  it('between CREATE DATABASE and its mark is cleared up only where nothing is in it', async () => {
    const token = 'abcdef0123456789';
    const scratch = { database: 'pgv_verify_abcdef01', oid: 0, token };
    await query(admin, 'CREATE DATABASE pgv_verify_abcdef01 TEMPLATE template0');
    await query(urlOf(await own.get(), scratch.database), 'CREATE TABLE mine ()');
    await recoverSwap(parseConnectionInput(admin), { scratch });
    expect(await scratchNames()).toEqual([scratch.database]);
    await query(urlOf(await own.get(), scratch.database), 'DROP TABLE mine');
    await recoverSwap(parseConnectionInput(admin), { scratch });
    expect(await scratchNames()).toEqual([]);
  });

  it.each([
    ['another oid', { oid: 1 }],
    ['another token', { token: '0000000000000000' }],
  ])('never drops a database with %s', async (_what, other) => {
    const traces: JobTrace[] = [];
    await verify({ ...backup, on: serverAt(admin) }, { onTrace: (trace) => traces.push(trace) });
    const scratch = traces.findLast((trace) => trace.scratch !== null && trace.scratch.oid !== 0)?.scratch;
    if (!scratch) throw new Error('no scratch');
    await query(admin, `CREATE DATABASE ${scratch.database}`);
    const [row] = await query<{ oid: number }>(
      admin,
      `SELECT oid::int FROM pg_database WHERE datname = '${scratch.database}'`,
    );
    const mark = {
      kind: 'verify',
      of: 'x',
      oid: row?.oid,
      token: scratch.token,
      jobId: 'j',
      backupId: 'b',
      isSwappedBack: false,
      at: new Date().toISOString(),
      keepUntil: null,
      blockedOid: null,
      comment: null,
    };
    await query(admin, `COMMENT ON DATABASE ${scratch.database} IS 'x\npgvitals: ${JSON.stringify(mark)}'`);
    const oid = row?.oid ?? 0;
    await recoverSwap(parseConnectionInput(admin), { scratch: { ...scratch, oid, ...other } });
    expect(await scratchNames()).toEqual([scratch.database]);
    await recoverSwap(parseConnectionInput(admin), { scratch: { ...scratch, oid } });
    expect(await scratchNames()).toEqual([]);
  });

  it('takes another name where its own is taken, and leaves that database alone', async () => {
    await query(admin, 'CREATE DATABASE pgv_verify_11111111');
    const tokens = ['1111111122222222', '3333333344444444'];
    const { folder, manifest, data } = backup;
    const entries = await listArchive({ folder, data }, TOOLS, { signal: never });
    const names: string[] = [];
    const { job } = await runJob(
      {
        steps: [],
        run: async (control) => {
          const pickToken = (): string => tokens.shift() ?? '';
          await testRestore({
            backup: { folder, manifest },
            entries,
            tools: TOOLS,
            server: serverAt(admin),
            job: control,
            pickToken,
          });
        },
      },
      { onTrace: ({ scratch }) => scratch && names.push(scratch.database) },
    );
    expect(job.outcome).toBe('done');
    expect(new Set(names)).toEqual(new Set(['pgv_verify_33333333']));
    expect(await scratchNames()).toEqual(['pgv_verify_11111111']);
    await query(admin, 'DROP DATABASE pgv_verify_11111111');
  });
});
