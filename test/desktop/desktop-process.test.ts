import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runElectron } from '../../electron/hosts/desktop-process.ts';

const DEMO_URL = 'postgresql://u:canary-password@127.0.0.1:1/demo';
let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pgvitals-launch-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

// A program in the place of Electron's shows what the launcher does; the app itself is in desktop.test.ts.
describe('the launcher', () => {
  it('passes the demo in the environment, not in argv, and removes its profile', async () => {
    const seen = join(dir, 'seen.json');
    const program = await programOf(
      `const profile = process.argv.find((arg) => arg.startsWith('--user-data-dir='))?.slice(16);
       const facts = { argv: process.argv, url: process.env.PGVITALS_DEMO_URL, profile, mode: fs.statSync(profile).mode };
       fs.writeFileSync(${JSON.stringify(seen)}, JSON.stringify({ ...facts, hasChannel: process.connected }));`,
    );
    expect(
      await runElectron(program, dir, { databaseUrl: DEMO_URL }, new AbortController().signal),
    ).toBeNull();
    const facts = JSON.parse(await readFile(seen, 'utf8'));
    expect(facts).toMatchObject({ url: DEMO_URL, hasChannel: true });
    expect(JSON.stringify(facts.argv)).not.toContain('canary');
    expect(facts.mode & 0o777).toBe(0o700);
    await expect(stat(facts.profile)).rejects.toThrow('ENOENT');
  });

  it('uses the profile of the user where there is no demo', async () => {
    const seen = join(dir, 'seen.json');
    const program = await programOf(
      `fs.writeFileSync(${JSON.stringify(seen)}, JSON.stringify([process.argv.slice(2), 'PGVITALS_DEMO_URL' in process.env]));`,
    );
    await runElectron(program, dir, { databaseUrl: null }, new AbortController().signal);
    expect(JSON.parse(await readFile(seen, 'utf8'))).toEqual([[dir], false]);
  });

  it.each([
    ['process.exit(7)', 'Electron ended at once (exit code 7)'],
    ["process.kill(process.pid, 'SIGTRAP')", 'Electron ended at once (SIGTRAP)'],
  ])('says in one line that %s is no window', async (source, reason) => {
    const program = await programOf(source);
    const answer = await runElectron(program, dir, { databaseUrl: null }, new AbortController().signal);
    expect(answer).toBe(`No desktop window: ${reason}.`);
  });

  it('says so where the program cannot be run', async () => {
    const answer = await runElectron(
      join(dir, 'none'),
      dir,
      { databaseUrl: null },
      new AbortController().signal,
    );
    expect(answer).toMatch(/^No desktop window: .*ENOENT/);
  });

  it('ends the app on Ctrl-C', async () => {
    const program = await programOf('setInterval(() => {}, 1000)');
    const stop = new AbortController();
    const running = runElectron(program, dir, { databaseUrl: null }, stop.signal);
    setTimeout(() => stop.abort(), 300);
    expect(await running).toBeNull();
  });

  it('clears away the profile of a launcher that was killed', async () => {
    // The highest pid there can be on Linux is 4194304.
    const left = join(tmpdir(), 'pgvitals-demo-profile-4999999-left');
    const kept = join(tmpdir(), `pgvitals-demo-profile-${process.ppid}-kept`);
    await Promise.all([mkdir(left), mkdir(kept)]);
    await runElectron(await programOf(''), dir, { databaseUrl: DEMO_URL }, new AbortController().signal);
    const profiles = (await readdir(tmpdir())).filter((name) =>
      /^pgvitals-demo-profile-.*(left|kept)$/.test(name),
    );
    await rm(kept, { recursive: true });
    expect(profiles).toEqual([`pgvitals-demo-profile-${process.ppid}-kept`]);
  });
});

async function programOf(source: string): Promise<string> {
  const path = join(dir, 'electron');
  await writeFile(path, `#!${process.execPath}\nconst fs = require('node:fs');\n${source}\n`);
  await chmod(path, 0o755);
  return path;
}
