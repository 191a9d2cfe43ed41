import { Worker } from 'node:worker_threads';
import { throwIfAborted } from '#engine/errors.ts';
import type { DecodedBlock } from './archive-blocks.ts';
import type { Followed } from './archive-growth.ts';
import type { FullTocEntry } from './archive-toc.ts';
import type { CopiedRows } from './copy-rows.ts';
import { newSealKey, type SealKey, startSeal } from './seal.ts';

/** A dump whose data is decoded while pg_dump writes it. */
export interface FollowedDump {
  /** To be told when pg_dump has come to its end: what is in the file then is all of it. To be awaited before `reread`. */
  written(): Promise<void>;
  /** All of the finished file, in order: told while it is read for its checksum. */
  reread(chunk: Buffer): void;
  /**
   * Rows by table, in the order of the file. Null where that proves nothing: it could not be followed or decoded, what
   * was reread is not what was decoded, or the table of contents does not lead to it.
   */
  rows(entries: readonly FullTocEntry[]): Promise<readonly CopiedRows[] | null>;
  /** When the file is closed; soon after the signal. Never rejects. */
  readonly ended: Promise<void>;
}

/** What the thread is told. */
export interface FollowOrder {
  readonly folder: string;
  readonly name: string;
  readonly restoreMajor: number;
  readonly seal: SealKey;
  /** One Int32: 1 when the file is whole. Shared, for a thread at work hears no message. */
  readonly written: SharedArrayBuffer;
}

/** What it tells: where the data begins, how far it is, and at last what it found; null = nothing. */
export type FollowReport =
  | { readonly head: number }
  | { readonly bytes: number }
  | { readonly followed: Followed | null };

/**
 * Decodes `name` in `folder` while it grows, behind its table of contents, which pg_dump writes again at the end, as long
 * as before, with the places of the data. In a thread of its own. Never fails: whoever gets no rows decodes the finished
 * file. `onBytes` counts bytes of the file once it is written. Ended by the signal.
 */
export function followDump(
  folder: string,
  name: string,
  options: {
    readonly restoreMajor: number;
    readonly signal: AbortSignal;
    readonly onBytes?: (bytes: number) => void;
  },
): FollowedDump {
  const { restoreMajor, signal } = options;
  const seal = newSealKey();
  const written = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const found = Promise.withResolvers<number | null>();
  const result = Promise.withResolvers<Followed | null>();
  const order: FollowOrder = { folder, name, restoreMajor, seal, written };
  const ended = runThread(order, signal, (report) => {
    if ('head' in report) found.resolve(report.head);
    else if ('bytes' in report) options.onBytes?.(report.bytes);
    else result.resolve(report.followed);
  })
    .catch(() => undefined)
    .finally(() => {
      found.resolve(null);
      result.resolve(null);
    });
  const reread = { seal: startSeal(seal), at: 0, from: Infinity };
  return {
    written: async () => {
      Atomics.store(new Int32Array(written), 0, 1);
      reread.from = (await found.promise) ?? Infinity;
    },
    reread: (chunk) => {
      const skipped = Math.max(0, reread.from - reread.at);
      reread.at += chunk.length;
      if (skipped < chunk.length) reread.seal.add(chunk.subarray(skipped));
    },
    rows: async (entries) => {
      const followed = await result.promise;
      throwIfAborted(signal);
      const isSame = followed !== null && reread.at === followed.to && reread.seal.end() === followed.seal;
      return isSame ? rowsOf(followed.blocks, entries) : null;
    },
    ended,
  };
}

/** Resolves when the thread has ended, however it did; rejects where there can be none. */
async function runThread(
  order: FollowOrder,
  signal: AbortSignal,
  onReport: (report: FollowReport) => void,
): Promise<void> {
  if (signal.aborted) return;
  const worker = new Worker(new URL(THREAD, import.meta.url), {
    workerData: order,
    // It needs nothing of it, and it may hold passwords.
    env: {},
  });
  const stop = (): void => void worker.terminate();
  signal.addEventListener('abort', stop, { once: true });
  worker.on('message', onReport);
  // It ends by that: whoever waits for the rows decodes the file otherwise.
  worker.on('error', () => undefined);
  await new Promise((resolve) => worker.once('exit', resolve));
  signal.removeEventListener('abort', stop);
}

/** Bundled, it lies beside the bundle (build/bundle.ts). */
const THREAD = import.meta.url.endsWith('.ts') ? './archive-follow-worker.ts' : './archive-follow-worker.cjs';

/** By the finished table of contents: every entry with data leads to its block, and no block is left over. */
function rowsOf(
  blocks: readonly DecodedBlock[],
  entries: readonly FullTocEntry[],
): readonly CopiedRows[] | null {
  const places = new Map(entries.filter(({ dataAt }) => dataAt !== 'none').map((entry) => [entry.id, entry]));
  if (places.size !== blocks.length) return null;
  const tables: CopiedRows[] = [];
  for (const { id, at, kind, rows } of blocks) {
    const entry = places.get(id);
    places.delete(id);
    if (entry?.dataAt !== at || entry.type !== (kind === 'table' ? 'TABLE DATA' : 'BLOBS')) return null;
    if (kind === 'table') tables.push({ schema: entry.schema ?? '', name: entry.name, rows });
  }
  return tables;
}
