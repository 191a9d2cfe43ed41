import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { EngineError } from '#engine/errors.ts';
import { installationRoot } from './installation.ts';

/** The built renderer. In a clone it is brought up to date first, so that no one looks at yesterday's page. */
export async function findRendererDir(signal?: AbortSignal): Promise<string> {
  const root = installationRoot();
  await bundleIfClone(root, signal);
  const rendererDir = join(root, 'dist', 'renderer');
  if (existsSync(join(rendererDir, 'index.html'))) return rendererDir;
  throw new EngineError(
    'FILE_NOT_READABLE',
    'The user interface has not been built.',
    'Run "npm run build".',
  );
}

/** Bundles what is stale. Does nothing in an installed package, which has no sources. */
export async function bundleIfClone(root: string, signal: AbortSignal | undefined): Promise<void> {
  const bundler = join(root, 'build', 'bundle.ts');
  if (!existsSync(bundler)) return;
  // stdout belongs to the data of the command line; the build reports on stderr.
  const child = spawn(process.execPath, [bundler], { cwd: root, stdio: ['ignore', 2, 2] });
  const stop = () => child.kill();
  signal?.addEventListener('abort', stop, { once: true });
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('exit', resolve);
  });
  signal?.removeEventListener('abort', stop);
  if (code !== 0) {
    throw new EngineError(
      'INTERNAL',
      'The user interface could not be built.',
      'Run "npm ci", then "npm run build".',
    );
  }
}
