import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { EmbeddedPostgres } from '#engine/embedded/server.ts';

/** What `audit-process.ts` measures in a process of its own. */
export interface AuditRun {
  /** Connected → all findings. */
  readonly totalMs: number;
  /** Connected → snapshot. */
  readonly collectMs: number;
  /** A second audit in the same process, once its code is compiled. */
  readonly againMs: number;
  readonly stepMs: Readonly<Record<string, number>>;
  readonly checkMs: Readonly<Record<string, number>>;
  readonly cpuMs: number;
  readonly rssMb: number;
  /** Longest time that the event loop stood still while facts were read, and while checks ran. */
  readonly collectGapMs: number;
  readonly checkGapMs: number;
  readonly receivedMb: number;
  readonly tables: number;
  readonly indexes: number;
  readonly checks: number;
  readonly findings: number;
}

/** One audit in a fresh process, so that memory, compilation and garbage are all its own. */
export async function measureAudit(server: EmbeddedPostgres, database: string): Promise<AuditRun> {
  const { host, port, user, password } = server;
  const url = `postgresql://${user}:${encodeURIComponent(password)}@${host}:${port}/${database}?sslmode=disable`;
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM], {
    env: { ...process.env, BENCH_URL: url },
  });
  return JSON.parse(stdout) as AuditRun;
}

const PROGRAM = fileURLToPath(new URL('audit-process.ts', import.meta.url));
