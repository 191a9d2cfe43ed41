import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BuildOptions } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

/** What the bundles are made of; a change of these makes the old ones stale. */
const COMMON_INPUTS = ['shared/**/*.ts', 'package.json', 'package-lock.json', 'build/bundle.ts'];

interface Target {
  readonly name: string;
  readonly inputs: readonly string[];
  /** Entries of dist/ that this target replaces. */
  readonly outputs: readonly string[];
  build(outDir: string): Promise<void>;
}

const TARGETS: readonly Target[] = [
  {
    name: 'renderer',
    inputs: [...COMMON_INPUTS, 'renderer/**/*', 'build/vite.config.ts'],
    outputs: ['renderer'],
    build: buildRenderer,
  },
  {
    name: 'node',
    inputs: [...COMMON_INPUTS, 'electron/**/*.ts'],
    outputs: ['main', 'preload', 'cli.mjs', 'archive-follow-worker.cjs'],
    build: buildNode,
  },
];

/** Builds what is stale into `dist/` and says what it built; `force` builds everything. Rejects with the first failure. */
export async function bundle({ force = false } = {}): Promise<void> {
  const stale = TARGETS.filter((target) => force || isStale(target));
  await all(stale.map(rebuild));
}

/** Like Promise.all, but after a failure the others are awaited too: each has a folder to clear away. */
async function all(work: readonly Promise<unknown>[]): Promise<void> {
  const failure = (await Promise.allSettled(work)).find((result) => result.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}

async function rebuild(target: Target): Promise<void> {
  const startedMs = performance.now();
  const stamp = stampOf(target);
  // Built aside and swapped in: who serves dist/ meanwhile, or builds it too, never sees half a bundle.
  const aside = join(dist, `.${target.name}-${process.pid}`);
  try {
    await target.build(join(aside, 'new'));
    await mkdir(join(aside, 'old'), { recursive: true });
    for (const output of target.outputs) {
      if (existsSync(join(dist, output))) await rename(join(dist, output), join(aside, 'old', output));
      await rename(join(aside, 'new', output), join(dist, output));
    }
    await writeFile(stampPath(target), stamp);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
  console.log(`built ${target.name} in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
}

function isStale(target: Target): boolean {
  if (target.outputs.some((output) => !existsSync(join(dist, output)))) return true;
  const path = stampPath(target);
  return !existsSync(path) || readFileSync(path, 'utf8') !== stampOf(target);
}

/** Names, sizes and times of all inputs: a file that was removed or put back counts as well as a newer one. */
function stampOf(target: Target): string {
  const hash = createHash('sha256');
  const files = target.inputs.flatMap((pattern) => globSync(pattern, { cwd: root })).sort();
  for (const file of files) {
    const { size, mtimeMs } = statSync(join(root, file));
    if (!/\.test\.tsx?$/.test(file)) hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

function stampPath(target: Target): string {
  return join(dist, `.${target.name}.stamp`);
}

/** Into `<outDir>/renderer`, whatever NODE_ENV says: under "test", as Playwright sets it, Vite takes React for development. */
export async function buildRenderer(outDir: string): Promise<void> {
  // Loaded where they are needed: the usual start finds nothing to build and should not wait for them.
  const vite = await import('vite');
  const before = process.env['NODE_ENV'];
  process.env['NODE_ENV'] = 'production';
  try {
    await vite.build({
      configFile: join(root, 'build', 'vite.config.ts'),
      logLevel: 'warn',
      build: { outDir: join(outDir, 'renderer'), chunkSizeWarningLimit: 1_500 },
    });
  } finally {
    if (before === undefined) delete process.env['NODE_ENV'];
    else process.env['NODE_ENV'] = before;
  }
}

async function buildNode(outDir: string): Promise<void> {
  const esbuild = await import('esbuild');
  const shared: BuildOptions = {
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    target: 'node24',
    sourcemap: false,
    // Not minified: a stack in the log should name our functions.
    minify: false,
    // Optional accelerators that are not installed; their packages try them and go on without.
    external: ['electron', 'pg-native', 'bufferutil', 'utf-8-validate', 'cloudflare:sockets'],
    logLevel: 'warning',
  };
  const esm: BuildOptions = {
    ...shared,
    format: 'esm',
    // CommonJS packages inside call require() for Node's own modules.
    banner: {
      js: "import { createRequire as bundleRequire } from 'node:module'; const require = bundleRequire(import.meta.url);",
    },
  };
  await all([
    esbuild.build({
      ...esm,
      entryPoints: ['electron/main/main.ts'],
      outfile: join(outDir, 'main', 'main.mjs'),
    }),
    esbuild.build({ ...esm, entryPoints: ['electron/hosts/cli.ts'], outfile: join(outDir, 'cli.mjs') }),
    // Beside each bundle that starts it.
    ...['.', 'main'].map((folder) =>
      esbuild.build({
        ...shared,
        format: 'cjs',
        entryPoints: ['electron/engine/backup/archive-follow-worker.ts'],
        outfile: join(outDir, folder, 'archive-follow-worker.cjs'),
      }),
    ),
    // A sandboxed preload must be CommonJS.
    esbuild.build({
      ...shared,
      format: 'cjs',
      entryPoints: ['electron/preload/preload.ts'],
      outfile: join(outDir, 'preload', 'index.cjs'),
    }),
  ]);
}

if (import.meta.main) {
  await bundle({ force: process.argv.includes('--force') }).catch((error: unknown) => {
    // esbuild and Vite have shown the places already.
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
