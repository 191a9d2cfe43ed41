import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { installationRoot } from './installation.ts';
import { bundleIfClone } from './renderer-dir.ts';

export interface Desktop {
  /** Opens the app and waits until it is closed. Resolves with null, or with why there was no window after all. */
  start(request: DesktopRequest, signal: AbortSignal): Promise<string | null>;
}

export interface DesktopRequest {
  /** URL of a running demo, with its password; null opens the connect page. */
  readonly databaseUrl: string | null;
}

const DOWNLOAD_LIMIT_MS = 180_000;
/** An Electron that ends this early with an error never showed its window. */
const START_LIMIT_MS = 8_000;
const QUIT_GRACE_MS = 7_000;

/** The desktop app where it can run, after a download on the first start; else one line that says why it cannot. */
export async function desktopOrReason(signal?: AbortSignal): Promise<Desktop | { readonly reason: string }> {
  const reason = whyNoWindow(process.platform, process.env, process.getuid?.());
  if (reason !== null) return { reason };
  const root = installationRoot();
  const found = findElectron(root, process.env);
  const executable = existsSync(found.executable) ? found.executable : await obtainElectron(root, signal);
  if (executable === null)
    return { reason: 'No desktop window: Electron is not here and could not be downloaded.' };
  await bundleIfClone(root, signal);
  return { start: (request, stop) => runElectron(executable, root, request, stop) };
}

/** Reasons known before anything is started or downloaded. */
export function whyNoWindow(
  platform: NodeJS.Platform,
  environment: NodeJS.ProcessEnv,
  uid: number | undefined,
): string | null {
  if (platform !== 'linux') return null;
  if (!environment['DISPLAY'] && !environment['WAYLAND_DISPLAY'])
    return 'No desktop window: there is no display here.';
  // Chromium refuses to run its sandbox as root, and PgVitals refuses to run without it.
  if (uid === 0) return 'No desktop window: the sandbox of Electron does not run as root.';
  return null;
}

/** Where the binary is or would be. Never through `require('electron')`: that downloads it, without end or word. */
export function findElectron(
  root: string,
  environment: NodeJS.ProcessEnv,
): { executable: string; dir: string | null } {
  const dir = packageDir(root);
  if (dir === null) return { executable: '', dir };
  const pathFile = join(dir, 'path.txt');
  const relative = existsSync(pathFile) ? readFileSync(pathFile, 'utf8').trim() : 'electron';
  const override = environment['ELECTRON_OVERRIDE_DIST_PATH'];
  return { executable: join(override ?? join(dir, 'dist'), relative), dir };
}

function packageDir(root: string): string | null {
  try {
    return dirname(createRequire(join(root, 'package.json')).resolve('electron/package.json'));
  } catch {
    return null;
  }
}

/** Runs Electron's own installer, once, within a time limit. */
async function obtainElectron(root: string, signal: AbortSignal | undefined): Promise<string | null> {
  const { dir } = findElectron(root, process.env);
  if (dir === null) return null;
  process.stderr.write('Downloading the desktop runtime, once (about 110 MB, at most 3 minutes) …\n');
  const installer = spawn(process.execPath, [join(dir, 'install.js')], { cwd: root, stdio: 'ignore' });
  const stop = () => installer.kill('SIGKILL');
  const limit = setTimeout(stop, DOWNLOAD_LIMIT_MS);
  signal?.addEventListener('abort', stop, { once: true });
  const { code } = await ended(installer);
  clearTimeout(limit);
  signal?.removeEventListener('abort', stop);
  const { executable } = findElectron(root, process.env);
  return code === 0 && existsSync(executable) ? executable : null;
}

/** Runs the app until it is closed; resolves with null, or with why there was no window. */
export async function runElectron(
  executable: string,
  root: string,
  { databaseUrl }: DesktopRequest,
  signal: AbortSignal,
): Promise<string | null> {
  if (signal.aborted) return null;
  // The demo gets a profile of its own: a PgVitals that is open already would otherwise take its place, and nothing of
  // the demo may stay behind.
  const profile = databaseUrl === null ? null : await createProfile();
  try {
    const startedMs = performance.now();
    const child = spawn(executable, [root, ...(profile === null ? [] : [`--user-data-dir=${profile}`])], {
      cwd: root,
      // The channel closes when this process dies, however it dies; the app then closes too (see desktop.ts).
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, ...(databaseUrl !== null && { PGVITALS_DEMO_URL: databaseUrl }) },
    });
    const stop = () => endGently(child);
    signal.addEventListener('abort', stop, { once: true });
    const { code, name } = await ended(child);
    signal.removeEventListener('abort', stop);
    const wasShort = performance.now() - startedMs < START_LIMIT_MS;
    if (code === 0 || signal.aborted || !wasShort) return null;
    return `No desktop window: Electron ended at once (${name ?? `exit code ${code}`}).`;
  } finally {
    if (profile !== null) await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

const PROFILE_NAME = /^pgvitals-demo-profile-(\d+)-/;

/** Also clears away what a launcher left that was killed: its number is in the name. */
async function createProfile(): Promise<string> {
  for (const name of await readdir(tmpdir())) {
    const pid = Number(PROFILE_NAME.exec(name)?.[1] ?? process.pid);
    if (!isRunning(pid))
      await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => undefined);
  }
  return mkdtemp(join(tmpdir(), `pgvitals-demo-profile-${process.pid}-`));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, for somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function endGently(child: ChildProcess): void {
  child.kill('SIGTERM');
  setTimeout(() => child.kill('SIGKILL'), QUIT_GRACE_MS).unref();
}

function ended(child: ChildProcess): Promise<{ code: number | null; name: string | null }> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: -1, name: error.message }));
    child.once('exit', (code, signal) => resolve({ code, name: signal }));
  });
}
