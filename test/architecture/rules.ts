import type { SourceFile } from './scan.ts';

/** A room of the house: what its files may import, ours and packages. The first that fits a file counts. */
interface Layer {
  readonly name: string;
  readonly files: RegExp;
  readonly ours: RegExp;
  readonly packages: readonly string[];
}

const UI = [
  'react',
  'react-dom',
  'react-router',
  '@mui/material',
  '@mui/icons-material',
  '@emotion/cache',
  '@emotion/react',
  '@emotion/sheet',
  '@emotion/styled',
  '@fontsource-variable/inter',
  '@dagrejs/dagre',
  '@tanstack/react-query',
  '@tanstack/react-virtual',
  '@xyflow/react',
  'cmdk',
  'recharts',
  'sql-formatter',
  'zustand',
];

/** The import table of DESIGN.md 2. A new dependency is a decision, and needs its line here. */
export const LAYERS: readonly Layer[] = [
  { name: 'tests', files: /^test\/|\.test\.tsx?$/, ours: /./, packages: ['*'] },
  { name: 'shared/model', files: /^shared\/model\//, ours: /^shared\/model\//, packages: ['zod'] },
  {
    name: 'shared/contract',
    files: /^shared\/contract\//,
    ours: /^shared\//,
    packages: ['zod', '@orpc/contract'],
  },
  {
    name: 'electron/engine/postgres',
    files: /^electron\/engine\/postgres\//,
    ours: /^(electron\/engine|shared)\//,
    packages: ['node', 'pg'],
  },
  {
    name: 'electron/engine',
    files: /^electron\/engine\//,
    ours: /^(electron\/engine|shared)\//,
    packages: ['node', 'zod', 'croner'],
  },
  {
    name: 'electron/api',
    files: /^electron\/api\//,
    // The facade, not what lies behind it: no SQL can be reached from here.
    ours: /^(electron\/api|shared|electron\/engine\/(engine|errors|host|embedded\/binaries)\.ts)/,
    packages: ['node', '@orpc/server'],
  },
  {
    name: 'electron/hosts',
    files: /^electron\/hosts\//,
    ours: /^(electron\/(hosts|api|engine)|shared)\//,
    packages: ['node', '@orpc/server', 'commander', 'picocolors', 'ws'],
  },
  {
    name: 'electron/main',
    files: /^electron\/main\//,
    ours: /^(electron\/main|electron\/api|shared)\/|^electron\/engine\/[a-z-]+\.ts|^electron\/hosts\/(log-line|renderer-files)\.ts/,
    packages: ['node', 'electron'],
  },
  {
    name: 'electron/preload',
    files: /^electron\/preload\//,
    ours: /^electron\/preload\//,
    packages: ['electron'],
  },
  {
    name: 'renderer/api',
    files: /^renderer\/api\//,
    ours: /^(renderer|shared)\//,
    packages: [...UI, '@orpc/client', '@orpc/contract'],
  },
  { name: 'renderer', files: /^renderer\//, ours: /^(renderer|shared)\//, packages: UI },
  {
    name: 'build',
    files: /^build\//,
    // The launcher and the pictures put hosts together, as the composition roots do.
    ours: /^(build|electron\/(hosts|engine)|shared)\//,
    packages: ['node', 'esbuild', 'vite', '@vitejs/plugin-react', 'playwright-core'],
  },
];

const MAX_LINES = 400;

/** Every broken rule as one line: the file and what it does. */
export function violationsOf(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap((file) => [...importViolations(file), ...textViolations(file)]);
}

function importViolations(file: SourceFile): readonly string[] {
  const layer = LAYERS.find((candidate) => candidate.files.test(file.path));
  if (layer === undefined) return [`${file.path} belongs to no layer`];
  return file.imports.flatMap(({ specifier, target }) => {
    const isOurs = /^(shared|electron|renderer|build|test)\//.test(target);
    const isAllowed = isOurs
      ? layer.ours.test(target)
      : layer.packages.includes('*') || layer.packages.includes(target) || target.endsWith('.css');
    const climbs = layer.name !== 'tests' && layer.name !== 'build' && specifier.startsWith('../../');
    return [
      ...(isAllowed ? [] : [`${file.path} (${layer.name}) imports ${specifier}`]),
      ...(climbs ? [`${file.path} climbs with ${specifier}`] : []),
    ];
  });
}

// Put together from halves, so that this file does not find itself.
const FORBIDDEN_TEXT: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`@ts-${'(ignore|expect-error|nocheck)'}`), 'silences the type checker'],
  [new RegExp(`(eslint|oxlint|biome)-${'(disable|ignore)'}`), 'silences the linter'],
  [new RegExp(`\\b(TO${'DO'}|FIX${'ME'})\\b`), 'is unfinished'],
  [new RegExp(`\\b(it|test|describe)\\.${'(only|todo)'}\\(`), 'runs only a part of the tests'],
];

function textViolations(file: SourceFile): readonly string[] {
  const name = file.path.split('/').at(-1) ?? '';
  return [
    ...FORBIDDEN_TEXT.filter(([pattern]) => pattern.test(file.text)).map(
      ([, does]) => `${file.path} ${does}`,
    ),
    ...(file.hasAny ? [`${file.path} has the type any`] : []),
    ...(file.lines > MAX_LINES ? [`${file.path} has ${file.lines} lines`] : []),
    ...(/^(utils?|helpers?|common|misc)\./.test(name) ? [`${file.path} has a name that says nothing`] : []),
  ];
}
