import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  BackupFile,
  ToolInstall,
  Verification,
  VerifyStep,
  VerifyStepResult,
} from '#shared/model/backup.ts';
import { VERIFY_STEPS } from '#shared/model/backup.ts';
import { formatBytes, formatCountOf, formatDuration } from '#shared/model/format.ts';
import { EngineError, isAbort } from '#engine/errors.ts';
import { type ArchiveAt, decodeArchive, hashFiles, listArchive } from './archive.ts';
import type { FullTocEntry } from './archive-toc.ts';
import { rowsInTables } from './copy-rows.ts';
import type { JobControl } from './job.ts';
import { DATA_FILE, DATA_FOLDER, type Manifest } from './manifest.ts';
import { openRegular } from './open-regular.ts';
import { type TestRestored, type TestRestoreServer, testRestore } from './test-restore.ts';

export type { TestRestoreServer } from './test-restore.ts';

export interface VerifyInput {
  readonly folder: string;
  /** Its HMAC has been checked by whoever read it. */
  readonly manifest: Manifest;
  readonly tools: ToolInstall;
  readonly depth: 'intact' | 'restore';
  /** Null = step 5 is not run. Its owner closes it. */
  readonly restoreOn: TestRestoreServer | null;
  readonly job: JobControl;
}

const TITLES: Readonly<Record<VerifyStep, string>> = {
  file: 'Files',
  checksum: 'Checksums',
  archive: 'Table of contents',
  decode: 'Decode every row',
  restore: 'Test restore',
};

/** To be announced with the job. */
export const VERIFY_JOB_STEPS: readonly string[] = VERIFY_STEPS.map((step) => TITLES[step]);

/**
 * The five steps of reliability.md §4.5, each with what was found; those after a failed one are not run. No parser sees a
 * byte that the checksums have not vouched for. Throws CANCELLED only.
 *
 * With a test restore nothing is decoded twice: pg_restore decodes every block in order to restore it, and the rows are
 * counted where they arrived, so that steps 4 and 5 run as one. Where that fails, the archive is decoded on its own, to
 * tell a damaged backup from a server that cannot take it.
 */
export async function verifyBackup(input: VerifyInput): Promise<Verification> {
  const { manifest, tools, job, restoreOn } = input;
  const at = archiveOf(input.folder, manifest);
  const results = new Map<VerifyStep, VerifyStepResult>();
  const run = async (step: VerifyStep, work: () => Promise<string | NotTried>): Promise<boolean> => {
    const result = await runStep(step, work, job);
    results.set(step, result);
    return result.verdict === 'passed';
  };
  let entries: readonly FullTocEntry[] = [];
  let restored: TestRestored | null = null;

  const isReadable =
    (await run('file', () => checkFiles(at, manifest))) &&
    (await run('checksum', () => compareChecksums(at, manifest, job))) &&
    (await run('archive', async () => {
      entries = await listArchive(at, tools, { signal: job.signal });
      return compareCounts(entries, manifest);
    }));
  const decode = (): Promise<string> => decodeAndCompare(at, manifest, tools, job);
  if (isReadable && input.depth === 'restore' && restoreOn !== null) {
    const backup = { folder: input.folder, manifest };
    const restoring = settle(testRestore({ backup, entries, tools, server: restoreOn, job }));
    await Promise.all([
      run('decode', async () => {
        const { value } = await restoring;
        return value?.difference === null ? decodedByRestore(manifest) : decode();
      }),
      run('restore', async () => {
        const { value, error } = await restoring;
        if (error instanceof EngineError && error.code === 'PLAN_REFUSED') return { notTried: error.message };
        if (!value) throw error;
        restored = value;
        if (value.difference) throw value.difference;
        return `Restored in ${formatDuration(value.restoreMs)} on ${restoreOn.label}: ${value.text}`;
      }),
    ]);
  } else if (isReadable) {
    await run('decode', decode);
  }
  return {
    at: new Date().toISOString(),
    restoredOn: results.has('restore') ? (restoreOn?.label ?? null) : null,
    steps: VERIFY_STEPS.map((step) => results.get(step) ?? notRun(step, results, input)),
    restoreMs: (restored as TestRestored | null)?.restoreMs ?? null,
  };
}

/** By the files themselves, which are what is read. */
export function archiveOf(folder: string, { files }: Manifest): ArchiveAt {
  return { folder, data: files.some(({ name }) => name === DATA_FILE) ? DATA_FILE : DATA_FOLDER };
}

/** Why a step could not be tried at all: that says nothing about the backup. */
interface NotTried {
  readonly notTried: string;
}

async function runStep(
  step: VerifyStep,
  work: () => Promise<string | NotTried>,
  job: JobControl,
): Promise<VerifyStepResult> {
  const startedMs = performance.now();
  const result = (verdict: VerifyStepResult['verdict'], text: string): VerifyStepResult => ({
    step,
    verdict,
    durationMs: Math.round(performance.now() - startedMs),
    text,
  });
  try {
    return await job.step(TITLES[step], async (say) => {
      const found = await work();
      const text = typeof found === 'string' ? found : found.notTried;
      say(text);
      return result(typeof found === 'string' ? 'passed' : 'not run', text);
    });
  } catch (error) {
    if (job.signal.aborted || isAbort(error) || !(error instanceof EngineError)) throw error;
    return result('failed', error.message);
  }
}

function notRun(
  step: VerifyStep,
  results: ReadonlyMap<VerifyStep, VerifyStepResult>,
  { depth }: VerifyInput,
): VerifyStepResult {
  const failed = [...results.values()].find(({ verdict }) => verdict === 'failed');
  const text = failed
    ? `Not run, because "${TITLES[failed.step]}" failed.`
    : depth === 'intact'
      ? 'Not asked for.'
      : 'There is no server to restore on.';
  return { step, verdict: 'not run', durationMs: 0, text };
}

/** Step 1: all files of the manifest, private and as long as it says, the data among them; no others beside the data. BACKUP_DAMAGED. */
export async function checkFiles({ folder, data }: ArchiveAt, { files }: Manifest): Promise<string> {
  const main = data === DATA_FOLDER ? `${DATA_FOLDER}/toc.dat` : data;
  if (!files.some(({ name }) => name === main)) throw damaged(`${main} is not among the files of the backup`);
  for (const file of files) await checkFile(folder, file);
  if (data === DATA_FOLDER) {
    // pg_restore prefers a plain file of the same name to the compressed one: an unlisted file could slip in.
    const listed = new Set(files.map(({ name }) => name));
    const strangers = (await readdir(join(folder, DATA_FOLDER))).filter(
      (name) => !listed.has(`${DATA_FOLDER}/${name}`),
    );
    if (strangers.length > 0)
      throw damaged(`${DATA_FOLDER}/${strangers[0]} was put there after the backup was made`);
  }
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return `${formatCountOf(files.length, 'file')} with ${formatBytes(bytes)}, private, as long as written.`;
}

async function checkFile(folder: string, { name, bytes }: BackupFile): Promise<void> {
  const handle = await openRegular(folder, name);
  try {
    const { size, uid, mode } = await handle.stat();
    if (size !== bytes) throw damaged(`the file ${name} has ${size} bytes instead of ${bytes}`);
    const user = process.getuid?.() ?? null;
    if (user === null) return;
    if (uid !== user) throw damaged(`the file ${name} belongs to another user (uid ${uid})`);
    if ((mode & 0o077) !== 0)
      throw damaged(`others may use ${name} (mode 0${(mode & 0o777).toString(8)} instead of 0600)`);
  } finally {
    await handle.close();
  }
}

async function compareChecksums({ folder }: ArchiveAt, manifest: Manifest, job: JobControl): Promise<string> {
  const total = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
  const found = await hashFiles(
    folder,
    manifest.files.map(({ name }) => name),
    { signal: job.signal, onProgress: progressOf(job, 'Reading the files again', total) },
  );
  for (const [at, { name, sha256 }] of found.entries()) {
    if (sha256 !== manifest.files[at]?.sha256)
      throw damaged(`the file ${name} is not what was written (sha256 differs)`);
  }
  return `sha256 of ${formatCountOf(found.length, 'file')} as written.`;
}

function compareCounts(entries: readonly FullTocEntry[], manifest: Manifest): string {
  const found = Map.groupBy(entries, ({ type }) => type);
  const wanted = new Map(manifest.entries.map(({ type, count }) => [type, count]));
  for (const type of new Set([...found.keys(), ...wanted.keys()])) {
    const [there, written] = [found.get(type)?.length ?? 0, wanted.get(type) ?? 0];
    if (there !== written)
      throw damaged(
        `the archive has ${formatCountOf(there, 'entry', 'entries')} ${type} instead of ${written}`,
      );
  }
  return `${formatCountOf(entries.length, 'entry', 'entries')} of ${formatCountOf(found.size, 'type')}, as written.`;
}

async function decodeAndCompare(
  at: ArchiveAt,
  manifest: Manifest,
  tools: ToolInstall,
  job: JobControl,
): Promise<string> {
  const found = await decodeArchive(at, tools, {
    signal: job.signal,
    onProgress: progressOf(job, 'Decoding every row', null),
  });
  const rowsOf = new Map(found.map(({ schema, name, rows }) => [JSON.stringify([schema, name]), rows]));
  const differences = manifest.tables.flatMap(({ schema, name, rows }) => {
    const there = rowsOf.get(JSON.stringify([schema, name]));
    if (there === rows) return [];
    return [
      `${schema}.${name} has ${there === undefined ? 'no data' : formatCountOf(there, 'row')} instead of ${formatCountOf(rows, 'row')}`,
    ];
  });
  if (found.length !== manifest.tables.length && differences.length === 0)
    differences.push(`data of ${found.length} tables instead of ${manifest.tables.length}`);
  if (differences.length > 0)
    throw damaged(
      `${differences.slice(0, MOST_NAMED).join('; ')}${differences.length > MOST_NAMED ? `; and ${differences.length - MOST_NAMED} more` : ''}`,
    );
  return `${rowsInTables(manifest.tables)} decoded, as when it was made.`;
}

const MOST_NAMED = 5;

function decodedByRestore(manifest: Manifest): string {
  return `${rowsInTables(manifest.tables)} decoded by the test restore, as when it was made.`;
}

/** At most some times a second: a window listens. */
function progressOf(job: JobControl, phase: string, totalBytes: number | null): (bytes: number) => void {
  const startedMs = performance.now();
  let toldMs = 0;
  return (bytes) => {
    const nowMs = performance.now();
    if (nowMs - toldMs < PROGRESS_EVERY_MS) return;
    toldMs = nowMs;
    const bytesPerSecond = Math.round((bytes / Math.max(1, nowMs - startedMs)) * 1_000);
    job.progress({
      phase,
      tablesDone: null,
      tablesTotal: null,
      bytes,
      bytesPerSecond,
      remainingMs:
        totalBytes === null ? null : Math.round(((totalBytes - bytes) / Math.max(1, bytesPerSecond)) * 1_000),
      percent: totalBytes === null ? null : Math.min(99, Math.floor((bytes / Math.max(1, totalBytes)) * 100)),
    });
  };
}

const PROGRESS_EVERY_MS = 250;

/** For a promise that two wait for: it never counts as unhandled. */
async function settle<T>(work: Promise<T>): Promise<{ readonly value: T | null; readonly error: unknown }> {
  return work.then(
    (value) => ({ value, error: null }),
    (error: unknown) => ({ value: null, error }),
  );
}

function damaged(why: string): EngineError {
  const sentence = `${why.charAt(0).toUpperCase()}${why.slice(1)}.`;
  return new EngineError('BACKUP_DAMAGED', sentence, 'Use another backup.');
}
