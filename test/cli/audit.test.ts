import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Audit } from '#shared/model/audit.ts';
import { parseAudit } from '#shared/model/audit-schema.ts';
import { type CliResult, runCli } from '../support/cli.ts';
import { useDemo } from '../support/postgres.ts';
import type { SharedDemo } from '../support/shared-servers.ts';

const shared = useDemo();
let demo: SharedDemo;
let folder: string;

beforeAll(async () => {
  [demo, folder] = await Promise.all([shared.get(), mkdtemp(join(tmpdir(), 'pgvitals-test-'))]);
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const audit = (text: string): Audit => {
  const parsed = parseAudit(JSON.parse(text));
  if (!parsed) throw new Error('not an audit');
  return parsed;
};

/** Bad input: one sentence on stderr, nothing on stdout, no stack trace, no password. */
function expectOneSentence(result: CliResult, code: number, words: RegExp): void {
  expect(result.stderr).toMatch(words);
  expect(result.code).toBe(code);
  expect(result.stdout).toBe('');
  expect(result.stderr).not.toMatch(/\n\s+at |Error:|node:internal|s3cret/);
  expect(result.stderr.trim().split('\n').length).toBeLessThanOrEqual(3);
}

describe('pgvitals audit', () => {
  it('prints the facts of the demo as JSON, and exits 1 because of its critical findings', async () => {
    const result = await runCli(['audit', demo.url, '-f', 'json']);
    expect(result.code).toBe(1);
    const { facts, findings, server } = audit(result.stdout);
    expect(facts).toMatchObject({
      tables: 39,
      indexes: 226,
      indexesNeverScanned: 218,
      indexesRemovable: 164,
    });
    expect(server.database).toBe('analyticbot');
    const on = (check: string, name: string) =>
      findings.find((f) => f.check === check && f.object.name === name);
    expect(on('dead-rows-share', 'channels')).toMatchObject({
      severity: 'critical',
      evidence: { deadPercent: 60 },
    });
    expect(on('dead-rows-share', 'posts')?.severity).toBe('medium');
    expect(on('dead-rows-share', 'posts')?.evidence['deadPercent']).toBeCloseTo(6.67, 2);
    expect(on('fk-delete-rule-mixed', 'channels')).toBeDefined();
    expect(findings.find((f) => f.check === 'weak-password')?.severity).toBe('critical');
  });

  it('exits by --fail-on, --min-grade and --max-findings, and never hides findings by them', async () => {
    const never = await runCli(['audit', demo.url, '-f', 'json', '--fail-on', 'never']);
    expect(never.code).toBe(0);
    expect(audit(never.stdout).findings.length).toBeGreaterThan(0);
    expect((await runCli(['audit', demo.url, '--fail-on', 'never', '--min-grade', 'A'])).code).toBe(1);
    expect((await runCli(['audit', demo.url, '--fail-on', 'never', '--max-findings', '0'])).code).toBe(1);
  });

  it('gives identical findings from a saved snapshot, offline', async () => {
    const file = join(folder, 'facts.json');
    const live = await runCli(['audit', demo.url, '-f', 'json', '--save', file]);
    const again = await runCli(['audit', '--snapshot', file, '-f', 'json'], {
      env: { PGHOST: '127.0.0.1', PGPORT: '1' },
    });
    const { durationMs: _a, ...first } = audit(live.stdout);
    const { durationMs: _b, ...second } = audit(again.stdout);
    expect(second).toEqual(first);
    expect(again.code).toBe(1);
    expect(await readFile(file, 'utf8')).not.toContain(new URL(demo.url).password);
  });

  it('tells known findings from new ones against a baseline', async () => {
    const baseline = join(folder, 'baseline.json');
    await writeFile(baseline, (await runCli(['audit', demo.url, '-f', 'json'])).stdout);
    const result = await runCli([
      'audit',
      demo.url,
      '-f',
      'json',
      '--baseline',
      baseline,
      '--new-only',
      '--skip',
      'idle-in-transaction',
    ]);
    expect(result.code).toBe(0);
    expect(new Set(audit(result.stdout).findings.map((f) => f.status))).toEqual(new Set(['open']));
  });

  it('writes further formats beside, and leaves no partial file', async () => {
    const html = join(folder, 'r.html');
    const md = join(folder, 'r.md');
    await runCli(['audit', demo.url, '-o', `html=${html}`, '-o', `md=${md}`, '--quiet']);
    expect(await readFile(html, 'utf8')).toMatch(/^<!doctype html>/);
    expect(await readFile(html, 'utf8')).not.toMatch(/<script/i);
    expect(await readFile(md, 'utf8')).toMatch(/^# PostgreSQL health of analyticbot/);
    expect((await readdir(folder)).filter((f) => f.includes('partial'))).toEqual([]);
  });

  it('runs only what --only and --skip leave, with overridden thresholds', async () => {
    const result = await runCli([
      'audit',
      demo.url,
      '-f',
      'json',
      '--only',
      'reliability',
      '--skip',
      'fk-missing-index',
    ]);
    const { findings, coverage } = audit(result.stdout);
    expect(new Set(findings.map((f) => f.category))).toEqual(new Set(['reliability']));
    expect(findings.map((f) => f.check)).not.toContain('fk-missing-index');
    expect(coverage.total).toBeLessThan(30);
  });

  it('prints a summary for people: grade, coverage, findings by severity', async () => {
    const { stdout, stderr } = await runCli(['audit', demo.url]);
    expect(stdout).toMatch(/Grade [A-F]/);
    expect(stdout).toMatch(/Coverage \d+ of \d+ checks/);
    expect(stdout).toMatch(/CRITICAL \(\d+\)/);
    expect(stdout).toContain('218 never scanned');
    expect(stdout).toContain('164 removable');
    expect(stdout).not.toContain('\u001b');
    expect(stderr).toBe('');
  });

  it('reads the password from PGPASSWORD or the passfile, and never shows it', async () => {
    const url = new URL(demo.url);
    const password = decodeURIComponent(url.password);
    const flags = [
      '-h',
      url.hostname,
      '-p',
      url.port,
      '-U',
      url.username,
      '-d',
      'analyticbot',
      '-f',
      'json',
      '--fail-on',
      'never',
    ];
    const byVariable = await runCli(['audit', ...flags], { env: { PGPASSWORD: password } });
    expect(byVariable.code).toBe(0);
    const passFile = join(folder, 'pgpass');
    await writeFile(passFile, `*:*:*:*:${password.replaceAll(/[\\:]/g, '\\$&')}\n`, { mode: 0o600 });
    const byFile = await runCli(['audit', ...flags], { env: { PGPASSFILE: passFile } });
    expect(byFile.code).toBe(0);
    expect(byVariable.stdout + byVariable.stderr + byFile.stdout + byFile.stderr).not.toContain(password);
  });
});

describe('bad input gives one sentence and the right exit code', () => {
  const at = (change: (url: URL) => void): string => {
    const url = new URL(demo.url);
    change(url);
    return url.href;
  };
  let deaf: Server;
  let http: Server;
  const port = (server: Server): number => (server.address() as { port: number }).port;

  beforeAll(async () => {
    http = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    });
    deaf = createServer();
    await Promise.all(
      [http, deaf].map((s) => new Promise<void>((resolve) => s.listen(0, '127.0.0.1', resolve))),
    );
  });
  afterAll(() => {
    http.close();
    deaf.close();
  });

  it('wrong password', async () => {
    const result = await runCli(['audit', at((u) => (u.password = 's3cret'))]);
    expectOneSentence(result, 3, /password/i);
  });
  it('unknown host', async () => {
    expectOneSentence(
      await runCli(['audit', at((u) => (u.hostname = 'no-such-host.invalid'))]),
      3,
      /no-such-host\.invalid/,
    );
  });
  it('closed port', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const free = port(closed);
    await new Promise((resolve) => closed.close(resolve));
    expectOneSentence(
      await runCli(['audit', at((u) => (u.port = String(free)))]),
      3,
      new RegExp(String(free)),
    );
  });
  it('not PostgreSQL', async () => {
    expectOneSentence(await runCli(['audit', at((u) => (u.port = String(port(http))))]), 3, /PostgreSQL/);
  });
  it('missing database', async () => {
    expectOneSentence(await runCli(['audit', at((u) => (u.pathname = '/nowhere'))]), 3, /nowhere/);
  });
  it('bad URL', async () => {
    expectOneSentence(await runCli(['audit', 'mysql://root:s3cret@localhost/db']), 2, /URL/);
    expectOneSentence(await runCli(['audit', 'postgresql://u:s3cret@host:notaport/db']), 2, /port|URL/i);
  });
  it('bad flags', async () => {
    expectOneSentence(await runCli(['audit', '--nonsense']), 2, /--nonsense/);
    expectOneSentence(await runCli(['audit', '--fail-on', 'loud']), 2, /critical, high, medium, low, never/);
    expectOneSentence(await runCli(['audit', '--only', 'no-such-check']), 2, /no-such-check/);
    expectOneSentence(await runCli(['audit', '--set', 'unused-index.nope=1']), 2, /nope/);
    expectOneSentence(await runCli(['explain', 'duplicat-index']), 2, /duplicate-index/);
    expectOneSentence(await runCli(['audit', demo.url, '-h', 'elsewhere']), 2, /either/);
  });
  it('damaged, newer and missing snapshot files', async () => {
    const file = join(folder, 'bad.json');
    await writeFile(file, '{"kind":"pgvitals-snapshot-file","schemaVersion":1,"sha');
    expectOneSentence(await runCli(['audit', '--snapshot', file]), 2, /damaged/);
    await writeFile(file, '{"kind":"pgvitals-snapshot-file","schemaVersion":99,"sha256":"","snapshot":{}}');
    expectOneSentence(await runCli(['audit', '--snapshot', file]), 2, /newer/);
    expectOneSentence(await runCli(['audit', '--snapshot', join(folder, 'none.json')]), 2, /none\.json/);
    expectOneSentence(await runCli(['audit', demo.url, '--baseline', file]), 2, /not an audit/);
  });
  it('an unwritable output file', async () => {
    const result = await runCli(['audit', demo.url, '--save', join(folder, 'no', 'such', 'folder.json')]);
    expect(result.code).toBe(2);
    expect(result.stderr).toMatch(/cannot be written/);
  });
});

describe('pgvitals checks, explain, schema, doctor', () => {
  it('lists and explains every check', async () => {
    const { stdout } = await runCli(['checks', '-f', 'json']);
    const checks = JSON.parse(stdout) as { id: string }[];
    expect(checks.length).toBeGreaterThanOrEqual(49);
    const help = await runCli(['explain', 'duplicate-index']);
    expect(help.stdout).toMatch(/duplicate-index/);
    expect(help.stdout.split('\n').length).toBeGreaterThan(10);
  });
  it('prints a JSON Schema', async () => {
    const { stdout, code } = await runCli(['schema']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      type: 'object',
      required: expect.arrayContaining(['grade', 'coverage', 'findings']),
    });
  });
  it('says which step of connecting fails', async () => {
    expect((await runCli(['doctor', demo.url])).code).toBe(0);
    const bad = await runCli(['doctor', demo.url.replace(/:[^:@/]+@/, ':s3cret@')]);
    expect(bad.code).toBe(3);
    expect(bad.stdout).toMatch(/FAILED/);
    expect(bad.stdout + bad.stderr).not.toContain('s3cret');
  });
});
