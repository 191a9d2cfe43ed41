import { spawn } from 'node:child_process';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Everything CI does, in one go: build, types, format, lint, vitest, Playwright. All of it runs, also after a failure;
 * the last line sums it up, and the exit code is 0 only when nothing failed.
 */
interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const root = join(import.meta.dirname, '..');
const reports = join(root, 'test-results');
const vitestReport = join(reports, 'vitest.json');
const playwrightReport = join(reports, 'playwright.json');
const bin = (name: string) => join(root, 'node_modules', '.bin', name);
const node = process.execPath;

await rm(reports, { recursive: true, force: true });
await mkdir(reports, { recursive: true });

const counts: Count[] = [
  await runStep('build', node, ['build/bundle.ts']),
  await runStep('types', bin('tsc'), ['-b']),
  await runStep('format', bin('biome'), ['format', '.']),
  await runStep('lint', bin('oxlint'), []),
  await runSuite('vitest', ['run', '--config', 'test/vitest.config.ts'], {
    report: vitestReport,
    variable: 'VITEST_JSON_REPORT',
    count: countVitest,
  }),
  await runSuite('playwright', ['test', '--config', 'test/e2e/playwright.config.ts'], {
    report: playwrightReport,
    variable: 'PLAYWRIGHT_JSON_REPORT',
    count: countPlaywright,
  }),
];

const sum = (key: keyof Count) => counts.reduce((total, count) => total + count[key], 0);
console.log(`\n${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
process.exitCode = sum('failed') === 0 ? 0 : 1;

/** A step without tests of its own counts as one. */
async function runStep(name: string, command: string, args: readonly string[]): Promise<Count> {
  const isGood = (await run(name, command, args, {})) === 0;
  return { passed: isGood ? 1 : 0, failed: isGood ? 0 : 1, skipped: 0 };
}

interface Suite {
  readonly report: string;
  readonly variable: string;
  readonly count: (report: unknown) => Count;
}

/** A suite that crashes, writes no report or fails without a failed test counts as one failure. */
async function runSuite(name: string, args: readonly string[], suite: Suite): Promise<Count> {
  const code = await run(name, bin(name), args, { [suite.variable]: suite.report });
  const count = await readFile(suite.report, 'utf8').then(
    (text) => suite.count(JSON.parse(text)),
    () => ({ passed: 0, failed: 0, skipped: 0 }),
  );
  return code !== 0 && count.failed === 0 ? { ...count, failed: 1 } : count;
}

async function run(
  name: string,
  command: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>>,
): Promise<number | null> {
  console.log(`\n── ${name}`);
  const startedMs = performance.now();
  const child = spawn(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...variables },
    shell: process.platform === 'win32',
  });
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(-1));
    child.once('exit', resolve);
  });
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(`── ${name}: ${code === 0 ? 'ok' : `failed (exit code ${code})`} in ${seconds} s`);
  return code;
}

function countVitest(report: unknown): Count {
  const read = numbersOf(report);
  const files = listOf(report, 'testResults');
  // A file that cannot be loaded has no tests to count.
  const broken = files.filter(
    (file) => textOf(file, 'status') === 'failed' && listOf(file, 'assertionResults').length === 0,
  );
  return {
    passed: read('numPassedTests'),
    failed: read('numFailedTests') + broken.length,
    skipped: read('numPendingTests') + read('numTodoTests'),
  };
}

function countPlaywright(report: unknown): Count {
  const read = numbersOf(isRecord(report) ? report['stats'] : null);
  return {
    passed: read('expected'),
    failed: read('unexpected') + read('flaky') + listOf(report, 'errors').length,
    skipped: read('skipped'),
  };
}

function numbersOf(value: unknown): (key: string) => number {
  return (key) => (isRecord(value) && typeof value[key] === 'number' ? value[key] : 0);
}

function listOf(value: unknown, key: string): readonly unknown[] {
  const list: unknown = isRecord(value) ? value[key] : null;
  return Array.isArray(list) ? list : [];
}

function textOf(value: unknown, key: string): unknown {
  return isRecord(value) ? value[key] : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
