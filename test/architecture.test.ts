import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LAYERS, violationsOf } from './architecture/rules.ts';
import { findCycles, scanSources, type SourceFile } from './architecture/scan.ts';

const root = join(import.meta.dirname, '..');
const FOLDERS = ['shared', 'electron', 'renderer', 'build', 'test'];

describe('the sources', () => {
  let files: readonly SourceFile[];
  beforeAll(() => {
    files = scanSources(root, FOLDERS);
  });

  it('are all read, in every layer', () => {
    for (const layer of LAYERS) {
      const own = files.filter(
        (file) => LAYERS.find(({ files: pattern }) => pattern.test(file.path)) === layer,
      );
      expect([layer.name, own.length > 0]).toEqual([layer.name, true]);
    }
    expect(files.flatMap((file) => file.imports).length).toBeGreaterThan(files.length);
  });

  it('import along the arrows only, silence nothing and stay readable', () => {
    expect(violationsOf(files)).toEqual([]);
  });

  it('have no circles', () => {
    expect(findCycles(files)).toEqual([]);
  });

  it('run changes from the dialog alone: no page can do without its preview', () => {
    const callers = files.filter(
      ({ path, text }) => path.startsWith('renderer/') && /plans\.execute\b/.test(text),
    );
    expect(callers.map(({ path }) => path)).toEqual(['renderer/app/plan/PreviewDialog.tsx']);
  });

  it('import only files that are there', () => {
    const known = new Set(files.map((file) => file.path));
    const missing = files.flatMap((file) =>
      file.imports
        .filter(
          ({ target }) => /^(shared|electron|renderer|build)\/.*\.tsx?$/.test(target) && !known.has(target),
        )
        .map(({ specifier }) => `${file.path} imports ${specifier}`),
    );
    expect(missing).toEqual([]);
  });
});

describe('the fences', () => {
  let house: string;
  beforeAll(() => {
    house = mkdtempSync(join(tmpdir(), 'pgvitals-house-'));
    cpSync(join(root, 'package.json'), join(house, 'package.json'));
  });
  afterAll(() => rmSync(house, { recursive: true, force: true }));

  it.each([
    ['shared/model/x.ts', `import 'node:fs';`],
    ['shared/model/x.ts', `import { oc } from '@orpc/contract';`],
    ['shared/contract/x.ts', `import type { Engine } from '#engine/engine.ts';`],
    ['renderer/pages/x.tsx', `import { createEngine } from '#engine/create-engine.ts';`],
    ['renderer/x.tsx', `export type X = typeof import('../electron/api/router.ts');`],
    ['renderer/pages/x.tsx', `const x = await import('#api/router.ts');`],
    ['renderer/components/x.tsx', `import { createORPCClient } from '@orpc/client';`],
    ['renderer/components/x.tsx', `import process from 'node:process';`],
    ['electron/engine/collect/x.ts', `import pg from 'pg';`],
    ['electron/engine/collect/x.ts', `import { ORPCError } from '@orpc/server';`],
    ['electron/engine/audit/x.ts', `import { procedures } from '#api/base.ts';`],
    ['electron/engine/postgres/x.ts', `import { app } from 'electron';`],
    ['electron/engine/x.ts', `export { startLoopback } from '../hosts/loopback.ts';`],
    ['electron/api/x.ts', `import { openReadSession } from '#engine/postgres/session.ts';`],
    ['electron/api/x.ts', `import { WebSocketServer } from 'ws';`],
    ['electron/hosts/x.ts', `import { app } from 'electron';`],
    ['electron/hosts/x.ts', `import pg from 'pg';`],
    ['electron/main/x.ts', `import { startLoopback } from '../hosts/loopback.ts';`],
    ['electron/main/x.ts', `import { WebSocketServer } from 'ws';`],
    ['electron/preload/x.ts', `import { readFileSync } from 'node:fs';`],
    ['electron/api/x.ts', `import { x } from '../../shared/model/x.ts';`],
    ['shared/model/x.ts', `// @ts-${'ignore'}\nexport const x = 1;`],
    ['shared/model/x.ts', `// eslint-${'disable'}-next-line\nexport const x = 1;`],
    ['shared/model/x.ts', `export const x = 1 as any;`],
    ['shared/model/x.ts', `// TO${'DO'}: later\nexport const x = 1;`],
    ['shared/model/x.ts', 'export {};\n'.repeat(401)],
    ['electron/engine/utils.ts', 'export {};'],
    ['elsewhere/x.ts', 'export {};'],
  ])('hold %s with %j', (path, text) => {
    expect(violationsOf(plant({ [path]: text }))).toHaveLength(1);
  });

  it.each([
    ['electron/main/x.ts', `import { app } from 'electron';`],
    ['electron/engine/postgres/x.ts', `import pg from 'pg';`],
    ['renderer/api/x.ts', `import type { Contract } from '#shared/contract/index.ts';`],
    ['electron/hosts/x.ts', `import { createChannelServer } from '#api/channel.ts';`],
  ])('let %s with %j through', (path, text) => {
    expect(violationsOf(plant({ [path]: text }))).toEqual([]);
  });

  it('find a circle, also through a third file, but not one of types', () => {
    const circle = plant({
      'shared/model/a.ts': `import { b } from './b.ts'; export const a = b;`,
      'shared/model/b.ts': `export { c as b } from './c.ts';`,
      'shared/model/c.ts': `import { a } from '#shared/model/a.ts'; export const c = a;`,
    });
    expect(findCycles(circle)).toEqual([
      'shared/model/a.ts → shared/model/b.ts → shared/model/c.ts → shared/model/a.ts',
    ]);
    const types = plant({
      'shared/model/a.ts': `import type { B } from './b.ts'; export type A = B;`,
      'shared/model/b.ts': `import type { A } from './a.ts'; export type B = A;`,
    });
    expect(findCycles(types)).toEqual([]);
  });

  it.each([
    ['renderer/x.ts', `import { app } from 'electron';\napp.quit();\n`, 'no-restricted-imports'],
    ['electron/engine/x.ts', `import pg from 'pg';\nexport const x = pg;\n`, 'no-restricted-imports'],
    ['electron/engine/x.ts', `export const x = () => console.log(1);\n`, 'no-console'],
    ['electron/engine/x.ts', `const f = async () => 1;\nf();\n`, 'no-floating-promises'],
    ['electron/engine/x.ts', `export const x = (y: any) => y;\n`, 'no-explicit-any'],
  ])('of the linter hold %s: %j', (path, text, rule) => {
    expect(lint({ [path]: text })).toContain(rule);
  });

  function plant(sources: Readonly<Record<string, string>>): readonly SourceFile[] {
    for (const folder of [...FOLDERS, 'elsewhere'])
      rmSync(join(house, folder), { recursive: true, force: true });
    for (const [path, text] of Object.entries(sources)) {
      mkdirSync(dirname(join(house, path)), { recursive: true });
      writeFileSync(join(house, path), text);
    }
    return scanSources(house, [...FOLDERS, 'elsewhere']);
  }

  function lint(sources: Readonly<Record<string, string>>): string {
    plant(sources);
    cpSync(join(root, '.oxlintrc.json'), join(house, '.oxlintrc.json'));
    // Not our tsconfigs: they want the types of Node, which this house does not have.
    const compilerOptions = { strict: true, module: 'nodenext', target: 'es2024', types: [], noEmit: true };
    writeFileSync(join(house, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
    const oxlint = join(root, 'node_modules', '.bin', 'oxlint');
    try {
      return execFileSync(oxlint, [], { cwd: house, encoding: 'utf8', timeout: 60_000 });
    } catch (error) {
      return typeof error === 'object' && error !== null && 'stdout' in error ? String(error.stdout) : '';
    }
  }
});

describe('the repository', () => {
  const manifest: Record<string, Record<string, string>> = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );

  it('has no other visible entries at the top', () => {
    const visible = readdirSync(root).filter((name) => !name.startsWith('.'));
    const ignored = ['node_modules', 'dist', 'test-results', 'playwright-report'];
    expect(visible.filter((name) => !ignored.includes(name)).sort()).toEqual(
      [
        'CHANGELOG.md',
        'CONTRIBUTING.md',
        'LICENSE',
        'README.md',
        'build',
        'electron',
        'package-lock.json',
        'package.json',
        'renderer',
        'shared',
        'test',
        'tsconfig.base.json',
        'tsconfig.json',
      ].sort(),
    );
  });

  it('pins every dependency exactly', () => {
    const { dependencies, devDependencies, optionalDependencies } = manifest;
    const all = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies });
    expect(all.length).toBeGreaterThan(20);
    const loose = all.filter(([, version]) => !/^(npm:@?[\w./-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version));
    expect(loose).toEqual([]);
  });

  it('keeps the parts of oRPC at one version', () => {
    const versions = Object.entries({ ...manifest['dependencies'] }).filter(([name]) =>
      name.startsWith('@orpc/'),
    );
    expect(new Set(versions.map(([, version]) => version))).toEqual(new Set(['1.16.1']));
  });

  it('names no download addresses in the lockfile', () => {
    expect(readFileSync(join(root, 'package-lock.json'), 'utf8')).not.toContain('"resolved"');
  });

  it('knows every optional package in the lockfile, also of other systems, without which npm ci refuses', () => {
    const lock: { packages: Record<string, { optionalDependencies?: Record<string, string> }> } = JSON.parse(
      readFileSync(join(root, 'package-lock.json'), 'utf8'),
    );
    const missing = Object.entries(lock.packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) =>
          !(`node_modules/${name}` in lock.packages) && !(`${path}/node_modules/${name}` in lock.packages),
      ),
    );
    expect(missing).toEqual([]);
  });

  it('has the version of the sources in its manifest', async () => {
    const { VERSION } = await import('#shared/model/version.ts');
    expect(manifest['version']).toBe(VERSION);
  });
});
