import type {
  BackupRow,
  BackupScope,
  BackupShape,
  BackupTrust,
  VerifyStep,
  VerifyStepResult,
} from '#shared/model/backup.ts';
import { formatCountOf, formatPercent } from '#shared/model/format.ts';
import type { MarkedWord } from '#renderer/state/words.ts';

export const TRUST: Readonly<Record<BackupTrust, MarkedWord & { readonly means: string }>> = {
  verified: {
    mark: 'pass',
    word: 'Verified',
    means: 'It was restored, and what came out matched. This is the only proof there is.',
  },
  intact: {
    mark: 'low',
    word: 'Intact',
    means: 'The files are as they were written and can be read to the end. Nobody has restored it yet.',
  },
  damaged: {
    mark: 'critical',
    word: 'Damaged',
    means: 'A check failed. Do not rely on it; make another one now.',
  },
  foreign: {
    mark: 'medium',
    word: 'Foreign',
    means:
      'It was not made by this PgVitals, or its description was changed. A dump can run code as the role that restores it: import it only if you know where it is from.',
  },
  missing: {
    mark: 'high',
    word: 'Missing',
    means: 'Its place is not there now: this is what is known from before.',
  },
};

export const SHAPE: Readonly<Record<BackupShape, { readonly word: string; readonly means: string }>> = {
  default: { word: 'Default', means: 'one file, light compression' },
  fast: { word: 'Fast', means: 'a folder, written by two processes; two sessions more on the server' },
  small: { word: 'Small', means: 'one file, strong compression; takes several times as long' },
};

export const STEP_WORD: Readonly<Record<VerifyStep, string>> = {
  file: 'Files',
  checksum: 'Checksum',
  archive: 'Contents',
  decode: 'Decoded',
  restore: 'Restored',
};

export const STEP_VERDICT: Readonly<Record<VerifyStepResult['verdict'], MarkedWord>> = {
  passed: { mark: 'pass', word: 'Passed' },
  failed: { mark: 'critical', word: 'Failed' },
  'not run': { mark: 'info', word: 'Not run' },
};

export function scopeInWords(scope: BackupScope): string {
  switch (scope.kind) {
    case 'database':
      return 'Whole database';
    case 'schemas':
      return scope.schemas.length === 1
        ? `Schema ${scope.schemas[0]}`
        : formatCountOf(scope.schemas.length, 'schema');
    case 'tables':
      return formatCountOf(scope.tables.length, 'table');
  }
}

/** How much smaller the backup is than the database was, in percent; null for a part of one, and where it is larger. */
export function savedPercent(row: Pick<BackupRow, 'sizeBytes' | 'databaseBytes' | 'scope'>): number | null {
  const { sizeBytes, databaseBytes, scope } = row;
  if (databaseBytes === null || databaseBytes === 0 || scope.kind !== 'database') return null;
  const saved = (1 - sizeBytes / databaseBytes) * 100;
  return saved >= 0 ? saved : null;
}

export function savedInWords(percent: number): string {
  return `${formatPercent(Math.round(percent))} smaller`;
}

/** Different for different tables. */
export function tableTitle({ schema, name }: { readonly schema: string; readonly name: string }): string {
  return schema === 'public' ? part(name) : `${part(schema)}.${part(name)}`;
}

/** A dot inside of a name is not the one between two. */
function part(name: string): string {
  return /[."]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}
