import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { VERSION } from '#shared/model/version.ts';
import { CHILD_ENVIRONMENT } from '../support/cli.ts';
import { ROOT } from './packaging.ts';

const bin = join(ROOT, 'build', 'bin', 'pgvitals.mjs');
const oldNode = findOldNode();
if (oldNode === null)
  console.warn('##### `pgvitals` UNDER AN OLDER NODE SKIPPED: there is none on the PATH #####');

/** Under our own Node at once, and under the system's older one by way of ours. */
const nodes = [
  ['Node 24', process.execPath],
  ['an older Node', oldNode],
] as const;

describe.each(nodes)('pgvitals started by %s', (_name, node) => {
  const start = (args: readonly string[]) =>
    spawn(node ?? '', [bin, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: CHILD_ENVIRONMENT,
    });

  it.skipIf(node === null)('prints to stdout and ends with 0', async () => {
    expect(await resultOf(start(['--version']))).toEqual({ code: 0, stdout: `${VERSION}\n`, stderr: '' });
  });

  it.skipIf(node === null)('hands the exit code on', async () => {
    const { code, stdout, stderr } = await resultOf(start(['--no-such-flag']));
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('--no-such-flag');
  });

  it.skipIf(node === null).each(['SIGTERM', 'SIGKILL'] as const)(
    'leaves no server behind after %s',
    async (signal) => {
      const child = start(['demo', '--no-open', '--quiet']);
      const port = await demoPortOf(child);
      expect(await isListening(port)).toBe(true);
      child.kill(signal);
      await expect.poll(() => isListening(port), { timeout: 15_000, interval: 200 }).toBe(false);
    },
  );
});

function findOldNode(): string | null {
  const dirs = (process.env['PATH'] ?? '').split(delimiter).filter((dir) => !dir.includes('node_modules'));
  const candidates = dirs.map((dir) => join(dir, 'node')).filter((path) => existsSync(path));
  return (
    candidates.find((path) => {
      const version = execFileSync(path, ['--version'], { encoding: 'utf8' });
      return Number.parseInt(version.slice(1), 10) < 24;
    }) ?? null
  );
}

async function resultOf(
  child: ChildProcess,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, stdout, stderr };
}

function demoPortOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let output = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const port = /postgres(?:ql)?:\/\/\S+@127\.0\.0\.1:(\d+)\//.exec(output)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${output}`)));
  });
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
