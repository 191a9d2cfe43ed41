import { globSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { parseSync } from '@swc/core';

export interface SourceFile {
  /** From the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  /** The type `any` stands in it. */
  readonly hasAny: boolean;
}

export interface Import {
  /** As written. */
  readonly specifier: string;
  /** A file of ours from the root, or the name of a package, or `node`. */
  readonly target: string;
  /** Followed when the file is loaded: neither a type import nor `import()`. */
  readonly isEager: boolean;
}

/**
 * Reads the sources below `root` with their imports, type imports too. Parsed by swc: TypeScript 7 has no API to ask,
 * which makes dependency-cruiser see nothing, and its swc mode stumbles over `using`.
 */
export function scanSources(root: string, folders: readonly string[]): readonly SourceFile[] {
  const manifest: { imports?: Record<string, string> } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  const aliases = Object.entries(manifest.imports ?? {}).map(
    ([from, to]) => [from.replace('*', ''), to.replace('./', '').replace('*', '')] as const,
  );
  const paths = folders.flatMap((folder) => globSync(`${folder}/**/*.{ts,tsx,mjs}`, { cwd: root }));
  return paths.sort().map((path) => {
    const text = readFileSync(join(root, path), 'utf8');
    const file = path.replaceAll('\\', '/');
    const found = read(text, file.endsWith('x'));
    const imports = found.imports.map((item) => ({
      ...item,
      target: resolve(item.specifier, file, aliases),
    }));
    return { path: file, text, lines: text.split('\n').length - 1, imports, hasAny: found.hasAny };
  });
}

function resolve(specifier: string, from: string, aliases: readonly (readonly [string, string])[]): string {
  if (specifier.startsWith('.')) return posix.join(dirname(from), specifier);
  if (specifier.startsWith('node:')) return 'node';
  const alias = aliases.find(([prefix]) => specifier.startsWith(prefix));
  if (alias !== undefined) return alias[1] + specifier.slice(alias[0].length);
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

interface Found {
  readonly imports: Omit<Import, 'target'>[];
  hasAny: boolean;
}

function read(text: string, isTsx: boolean): Found {
  const found: Found = { imports: [], hasAny: false };
  visit(parseSync(text, { syntax: 'typescript', tsx: isTsx, target: 'es2024' }), found);
  return found;
}

type Node = Record<string, unknown>;

/** Walks the whole tree: imports also stand in `import()` and in `typeof import('…')`. */
function visit(value: unknown, found: Found): void {
  if (Array.isArray(value)) for (const item of value) visit(item, found);
  if (!isNode(value)) return;
  if (value['type'] === 'TsKeywordType' && value['kind'] === 'any') found.hasAny = true;
  const specifier = specifierOf(value);
  if (specifier !== null) {
    const isLazy = value['type'] === 'TsImportType' || value['type'] === 'CallExpression';
    found.imports.push({ specifier, isEager: !isLazy && value['typeOnly'] !== true });
  }
  for (const [key, child] of Object.entries(value)) {
    if (key !== 'span' && typeof child === 'object') visit(child, found);
  }
}

function specifierOf(node: Node): string | null {
  switch (node['type']) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
      return textOf(node['source']);
    case 'TsImportType':
      return textOf(node['argument']);
    case 'CallExpression': {
      const isImport = isNode(node['callee']) && node['callee']['type'] === 'Import';
      const first: unknown = Array.isArray(node['arguments']) ? node['arguments'][0] : null;
      return isImport && isNode(first) ? textOf(first['expression']) : null;
    }
    default:
      return null;
  }
}

function textOf(literal: unknown): string | null {
  return isNode(literal) && typeof literal['value'] === 'string' ? literal['value'] : null;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Circles of files that need each other while they are loaded: which one is half-done then depends on who came first. */
export function findCycles(files: readonly SourceFile[]): readonly string[] {
  const known = new Map(files.map((file) => [file.path, file]));
  const state = new Map<string, 'open' | 'done'>();
  const cycles: string[] = [];
  const walk = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === 'done') return;
    if (state.get(path) === 'open') {
      cycles.push([...trail.slice(trail.indexOf(path)), path].join(' → '));
      return;
    }
    state.set(path, 'open');
    const eager =
      known.get(path)?.imports.filter(({ isEager, target }) => isEager && known.has(target)) ?? [];
    for (const { target } of eager) walk(target, [...trail, path]);
    state.set(path, 'done');
  };
  for (const { path } of files) walk(path, []);
  return cycles;
}
