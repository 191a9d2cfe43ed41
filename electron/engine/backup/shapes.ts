import type { BackupShape, ToolInstall } from '#shared/model/backup.ts';

/**
 * What each shape asks pg_dump for. Level 1 costs 6 % of size and saves 60 % of the time of level 6; two jobs halve it
 * again; zstd, from 16 on, is both smaller and faster (performance.md "Backups"). Never level 0: what is not compressed
 * is not checked when it is decoded.
 */
export function shapeArguments(shape: BackupShape, { versionNum }: ToolInstall): readonly string[] {
  const hasZstd = versionNum >= 160_000;
  switch (shape) {
    case 'default':
      return ['--format=custom', hasZstd ? '--compress=zstd:1' : '--compress=1'];
    case 'fast':
      return ['--format=directory', '--jobs=2', hasZstd ? '--compress=zstd:1' : '--compress=1'];
    case 'small':
      return ['--format=custom', hasZstd ? '--compress=zstd:12' : '--compress=9'];
  }
}

/** What pg_dump has open at once: two jobs come on top of the connection that leads them. */
export const CONNECTIONS: Readonly<Record<BackupShape, number>> = { default: 1, fast: 3, small: 1 };

/** Share of the heap that a dump of that shape comes to, and ms per MB of heap; of the measured 942 MB (performance.md). */
export const MEASURED_SHAPES: Readonly<
  Record<BackupShape, { readonly ratio: number; readonly msPerMb: number }>
> = {
  default: { ratio: 0.43, msPerMb: 11 },
  fast: { ratio: 0.43, msPerMb: 8 },
  small: { ratio: 0.41, msPerMb: 29 },
};
