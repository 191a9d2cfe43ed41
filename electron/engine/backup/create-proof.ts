import type { TableRows, ToolInstall, VerifyStepResult } from '#shared/model/backup.ts';
import { formatCountOf } from '#shared/model/format.ts';
import { EngineError } from '#engine/errors.ts';
import { decodeArchive, listArchive, type TocEntry } from './archive.ts';
import type { FollowedDump } from './archive-follow.ts';
import { type CopiedRows, rowsInTables } from './copy-rows.ts';
import type { dataName } from './dump.ts';
import type { JobControl } from './job.ts';
import type { Manifest } from './manifest.ts';
import type { SourceRows } from './source.ts';

export interface Proof {
  readonly entries: Manifest['entries'];
  readonly tables: readonly TableRows[];
  readonly steps: readonly VerifyStepResult[];
}

export interface Provable {
  readonly folder: string;
  readonly data: ReturnType<typeof dataName>;
  readonly tools: ToolInstall;
  /** Of the same snapshot; null where it was not asked for. */
  readonly counted: readonly SourceRows[] | null;
  /** Reread to its end; null where it was not followed. */
  readonly followed: FollowedDump | null;
}

/**
 * Steps 3 and 4 of a verification; 1 and 2 are the checksum, just read from the disk. What was decoded while it was
 * written counts where the finished file is the same; else pg_restore decodes that one. Throws BACKUP_DAMAGED.
 */
export async function prove(made: Provable, job: JobControl): Promise<Proof> {
  const { tools, followed } = made;
  const { signal } = job;
  const steps: VerifyStepResult[] = [
    {
      step: 'file',
      verdict: 'passed',
      durationMs: 0,
      text: 'Every file is there, private and as long as written.',
    },
    {
      step: 'checksum',
      verdict: 'passed',
      durationMs: 0,
      text: 'The checksums were made by reading the files again.',
    },
  ];
  const timed = async <T>(
    step: 'archive' | 'decode',
    work: () => Promise<T>,
    words: (value: T) => string,
  ): Promise<T> => {
    const startedMs = performance.now();
    const value = await work();
    const durationMs = Math.round(performance.now() - startedMs);
    steps.push({ step, verdict: 'passed', durationMs, text: words(value) });
    return value;
  };
  const toc = await timed(
    'archive',
    () => listArchive(made, tools, { signal }),
    (entries) => `The table of contents has ${formatCountOf(entries.length, 'entry', 'entries')}.`,
  );
  const { tables } = await timed(
    'decode',
    async () => {
      const early = await followed?.rows(toc);
      if (early) return { tables: early, words: 'Every row was decoded while it was written' };
      const onProgress = (bytes: number): void => job.progress({ ...NO_PROGRESS, phase: DECODING, bytes });
      const late = await decodeArchive(made, tools, { signal, onProgress });
      return { tables: late, words: 'Every row could be decoded' };
    },
    ({ tables: rows, words }) => `${words}: ${rowsInTables(rows)}.`,
  );
  return { entries: countByType(toc), tables: compared(tables, made.counted), steps };
}

/** Phase of a progress. */
export const DECODING = 'Decoding every row';

export const NO_PROGRESS = {
  tablesDone: null,
  tablesTotal: null,
  bytes: null,
  bytesPerSecond: null,
  remainingMs: null,
  percent: null,
};

export function countByType(toc: readonly TocEntry[]): Manifest['entries'] {
  return [...Map.groupBy(toc, ({ type }) => type)]
    .map(([type, entries]) => ({ type, count: entries.length }))
    .toSorted((a, b) => (a.type < b.type ? -1 : 1));
}

/** With the hashes of the source, which must have as many rows. */
function compared(
  tables: readonly CopiedRows[],
  counted: readonly SourceRows[] | null,
): readonly TableRows[] {
  const sources = new Map(counted?.map((table) => [JSON.stringify([table.schema, table.name]), table]));
  return tables.map(({ schema, name, rows }): TableRows => {
    const source = sources.get(JSON.stringify([schema, name]));
    if (source && source.rows !== rows)
      throw new EngineError(
        'BACKUP_DAMAGED',
        `The dump has ${rows} rows of ${schema}.${name}, the snapshot had ${source.rows}.`,
        'Back up again; if it happens again, report it.',
      );
    return { schema, name, rows, sourceHash: source?.hash ?? null };
  });
}
