import { spawn } from 'node:child_process';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { extractFile, listPackage } from '@electron/asar';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const BUILDER_CONFIG = join(ROOT, 'build', 'electron-builder.yml');

export interface PackagedApp {
  readonly archive: string;
  readonly executable: string;
  /** Folder with the program and `resources/`. */
  readonly dir: string;
}

const BUILD_LIMIT_MS = 90_000;

/**
 * Packages the built app for Linux with the real configuration, around a stand-in for Electron's binary: everything
 * but the binary itself is what a user would get. `dist/` must be built.
 */
export async function packageApp(outDir: string): Promise<PackagedApp> {
  await rm(outDir, { recursive: true, force: true });
  const electronDist = join(outDir, 'electron');
  await writeStandIn(electronDist);
  const cli = createRequire(import.meta.url).resolve('electron-builder/cli.js');
  const child = spawn(
    process.execPath,
    [
      cli,
      '--dir',
      '--linux',
      '--x64',
      '--publish=never',
      `--config=${BUILDER_CONFIG}`,
      `-c.electronDist=${electronDist}`,
      `-c.directories.output=${join(outDir, 'out')}`,
    ],
    { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], timeout: BUILD_LIMIT_MS },
  );
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`electron-builder ended with ${code}:\n${output}`);
  const dir = join(outDir, 'out', 'linux-unpacked');
  return { dir, executable: join(dir, 'pgvitals'), archive: join(dir, 'resources', 'app.asar') };
}

/** Takes `dist/` out of the archive, as the tests of the pages run it. */
export async function extractDist(archive: string, outDir: string): Promise<void> {
  await rm(outDir, { recursive: true, force: true });
  for (const path of filesOf(archive).filter((file) => file.startsWith('dist/') || file === 'package.json')) {
    await mkdir(dirname(join(outDir, path)), { recursive: true });
    await writeFile(join(outDir, path), extractFile(archive, path));
  }
}

/** Files of the archive with forward slashes and without a leading one, folders left out. */
export function filesOf(archive: string): string[] {
  const entries = listPackage(archive, { isPack: false }).map((entry) =>
    entry.replaceAll('\\', '/').replace(/^\//, ''),
  );
  const folders = new Set(entries.map((entry) => dirname(entry)));
  return entries.filter((entry) => !folders.has(entry)).sort();
}

/** Electron's fuses as they are in a binary, in the order of its fuse wire. */
export async function readFuses(executable: string): Promise<string> {
  const content = await readFile(executable);
  const at = content.indexOf(FUSE_SENTINEL) + FUSE_SENTINEL.length;
  const length = content[at + 1] ?? 0;
  return content.subarray(at + 2, at + 2 + length).toString('latin1');
}

/** What marks the fuse wire in Electron's binary (@electron/fuses looks for it), and the wire as Electron ships it. */
const FUSE_SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
export const SHIPPED_FUSES = '10110001';

async function writeStandIn(dir: string): Promise<void> {
  const version = JSON.parse(
    await readFile(join(ROOT, 'node_modules/electron/package.json'), 'utf8'),
  ).version;
  await mkdir(join(dir, 'locales'), { recursive: true });
  await mkdir(join(dir, 'resources'));
  const wire = `${FUSE_SENTINEL}\u0001${String.fromCharCode(SHIPPED_FUSES.length)}${SHIPPED_FUSES}`;
  await writeFile(join(dir, 'electron'), Buffer.from(`#!/bin/sh\nexit 1\n#${wire}\n`, 'latin1'));
  await chmod(join(dir, 'electron'), 0o755);
  await writeFile(join(dir, 'version'), String(version));
  for (const name of [
    'LICENSE',
    'LICENSES.chromium.html',
    'chrome-sandbox',
    'locales/en-US.pak',
    'locales/de.pak',
  ]) {
    await writeFile(join(dir, name), name);
  }
}
