import { chmod } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ToolInstall, VerifyStepResult } from '#shared/model/backup.ts';
import { EngineError } from '#engine/errors.ts';
import { decodeArchive, hashFiles, listArchive } from './archive.ts';
import type { Catalog, CatalogEntry } from './catalog.ts';
import { countByType } from './create-proof.ts';
import { lockFolder } from './folder-lock.ts';
import { syncPath } from './folder-sync.ts';
import type { JobControl } from './job.ts';
import type { Manifest } from './manifest.ts';
import { openRegular } from './open-regular.ts';
import type { Places } from './places.ts';
import type { JobWork } from './running-jobs.ts';
import { archiveOf, checkFiles } from './verify.ts';
import { holesOf } from './tools/fixed-minors.ts';

const ADOPT_STEPS = ['Checksum', 'Table of contents', 'Decode every row'] as const;

/**
 * What a client must be before it may read an archive that was not made here: pg_restore of older releases runs code that
 * a crafted one brings along (reliability.md §3). Throws PLAN_REFUSED.
 */
export function assertMayImport(tools: ToolInstall): void {
  const hole = holesOf(tools.versionNum).find(({ effect }) => effect.includes('crafted archive'));
  if (!hole) return;
  throw new EngineError(
    'PLAN_REFUSED',
    `The client ${tools.version} ${hole.effect} (${hole.id}): it must not read backups that were not made here.`,
    'Update the PostgreSQL client, then import the backup.',
  );
}

/** The import of a backup that was not made here, as a job. */
export function adoptWork(
  entry: CatalogEntry,
  {
    tools,
    places,
    catalog,
    server,
    nextSeq,
  }: {
    readonly tools: ToolInstall;
    readonly places: Pick<Places, 'instanceId'>;
    readonly catalog: Catalog;
    /** Its folder inside every location. */
    readonly server: string;
    readonly nextSeq: () => number;
  },
): JobWork {
  const { manifest, folder, location } = entry;
  return {
    kind: 'verify',
    title: `Import the backup of ${manifest.server.database}`,
    steps: ADOPT_STEPS,
    work: async (job) => {
      job.made({ backupId: manifest.id });
      const release = lockFolder(dirname(folder), 'add', `importing a backup of ${manifest.server.database}`);
      try {
        const { instanceId } = places;
        const adopted = await adoptBackup(entry, { tools, instanceId, seq: nextSeq() }, job);
        await catalog.file(server, location, folder, adopted);
      } finally {
        release();
      }
    },
  };
}

/** The manifest of a backup of another installation as one of ours, after its files were read to the end. */
async function adoptBackup(
  { manifest, folder }: CatalogEntry,
  context: { readonly tools: ToolInstall; readonly instanceId: string; readonly seq: number },
  job: JobControl,
): Promise<Manifest> {
  const { tools, instanceId, seq } = context;
  const { signal } = job;
  const at = archiveOf(folder, manifest);
  const steps: VerifyStepResult[] = [];
  const timed = async <T>(
    step: VerifyStepResult['step'],
    text: string,
    work: () => Promise<T>,
  ): Promise<T> => {
    const startedMs = performance.now();
    const value = await work();
    steps.push({ step, verdict: 'passed', durationMs: Math.round(performance.now() - startedMs), text });
    return value;
  };
  const names = manifest.files.map(({ name }) => name);
  const files = await job.step('Checksum', () =>
    timed('file', 'Every file of the manifest is there.', async () => {
      await makePrivate(folder, names);
      await checkFiles(at, manifest);
      return hashFiles(folder, names, { signal });
    }),
  );
  const wrong = manifest.files.find(
    ({ name, sha256 }) => files.find((file) => file.name === name)?.sha256 !== sha256,
  );
  if (wrong)
    throw new EngineError(
      'BACKUP_DAMAGED',
      `${wrong.name} is not what its own manifest says.`,
      'Fetch the backup again from where it came from.',
    );
  steps.push({
    step: 'checksum',
    verdict: 'passed',
    durationMs: 0,
    text: 'The checksums are those of the manifest that came with it.',
  });
  const toc = await job.step('Table of contents', () =>
    timed('archive', 'The table of contents can be read.', () => listArchive(at, tools, { signal })),
  );
  const rows = await job.step('Decode every row', () =>
    timed('decode', 'Every row could be decoded.', () => decodeArchive(at, tools, { signal })),
  );
  for (const name of names) await syncPath(join(folder, name));
  return {
    ...manifest,
    instanceId,
    seq,
    files,
    entries: countByType(toc),
    tables: rows.map((table) => ({ ...table, sourceHash: null })),
    verifications: [{ at: new Date().toISOString(), restoredOn: null, restoreMs: null, steps }],
    isPinned: true,
    notices: [...manifest.notices, 'It was made by another installation and imported here.'],
  };
}

/** Copying leaves them as the system makes files, often readable for all. Those of somebody else are told by the check that follows. */
async function makePrivate(folder: string, names: readonly string[]): Promise<void> {
  await chmod(folder, 0o700).catch(() => undefined);
  for (const name of names) {
    const file = await openRegular(folder, name);
    await file.chmod(0o600).catch(() => undefined);
    await file.close();
  }
}
