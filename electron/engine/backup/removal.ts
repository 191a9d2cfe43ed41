import { dirname } from 'node:path';
import {
  type BackupPlanPreview,
  type BackupRow,
  type PlannedRemoval,
  type RetentionPolicy,
  TRASH_DAYS,
} from '#shared/model/backup.ts';
import { formatBytes, formatCountOf } from '#shared/model/format.ts';
import { EngineError } from '#engine/errors.ts';
import { type Catalog, type CatalogEntry, rowOf } from './catalog.ts';
import { lockFolders } from './folder-lock.ts';
import type { JobControl } from './job.ts';
import { planDeletion, planRetention } from './retention.ts';
import type { JobWork } from './running-jobs.ts';
import { emptyTrash, sweepEmptied } from './trash.ts';

/** The preview of a deletion and what it does; nothing of it touches a server. */
export interface RemovalPlan {
  readonly preview: Omit<BackupPlanPreview, 'planId' | 'expiresInMs'>;
  readonly uses: readonly string[];
  readonly job: JobWork;
}

export interface RemovalContext {
  readonly catalog: Catalog;
  /** Of the server inside every location. */
  readonly server: string;
  readonly key: Uint8Array;
  readonly busy: (id: string) => string | null;
  readonly now: () => number;
}

/** What the rule lets go, into the trash and out of it. */
export function planPrune(
  entries: readonly CatalogEntry[],
  policy: RetentionPolicy,
  context: RemovalContext,
): RemovalPlan {
  const judge = (rows: readonly BackupRow[]) => planRetention(rows, policy, context.now());
  const plan = judge(rowsOf(entries, context));
  const { removes, empties, keeps, phrase, refusal, freedBytes } = plan;
  const rule = `older than ${policy.days} days, at least ${policy.keepAtLeast} kept`;
  return removal(entries, context, {
    kind: 'prune',
    title: `Clean up backups (${rule})`,
    verb: 'Clean up',
    removes,
    empties,
    keeps,
    phrase,
    refusal,
    freedBytes,
    judge,
  });
}

/** What was chosen by hand, into the trash; a backup of the trash goes for good. */
export function planDelete(
  entries: readonly CatalogEntry[],
  ids: readonly string[],
  context: RemovalContext,
): RemovalPlan {
  const judge = (rows: readonly BackupRow[]) => ({
    ...planDeletion(rows, ids),
    empties: rows
      .filter(({ id, trashedAt }) => trashedAt !== null && ids.includes(id))
      .map(({ id, database, startedAt, sizeBytes }) => ({
        id,
        title: `${database}, ${startedAt.slice(0, 16).replace('T', ' ')}`,
        sizeBytes,
        reason: 'chosen by you in the trash',
      })),
  });
  const { removes, empties, keeps, phrase } = judge(rowsOf(entries, context));
  const stays = keeps.filter(({ id }) => ids.includes(id));
  const [first] = stays;
  if (removes.length + empties.length === 0)
    throw new EngineError(
      first ? 'PLAN_REFUSED' : 'NOT_FOUND',
      first ? `This backup stays: ${first.reason}.` : 'These backups are not there any more.',
      first ? null : 'Read the list again.',
    );
  return removal(entries, context, {
    kind: 'delete',
    title: `Delete ${formatCountOf(removes.length + empties.length, 'backup', 'backups')}`,
    verb: 'Delete',
    removes,
    empties,
    keeps: stays,
    phrase,
    refusal: null,
    freedBytes: sum(empties),
    judge,
  });
}

/** The same rule on the backups that are there by now. */
type Judge = (rows: readonly BackupRow[]) => Pick<Draft, 'removes' | 'empties'>;

interface Draft {
  readonly kind: 'prune' | 'delete';
  readonly title: string;
  readonly verb: string;
  readonly removes: readonly PlannedRemoval[];
  readonly empties: readonly PlannedRemoval[];
  readonly keeps: readonly PlannedRemoval[];
  readonly phrase: string | null;
  readonly refusal: { readonly message: string; readonly nextStep: string } | null;
  readonly freedBytes: number;
  readonly judge: Judge;
}

function removal(
  entries: readonly CatalogEntry[],
  context: RemovalContext,
  { kind, title, verb, removes, empties, keeps, phrase, refusal, freedBytes, judge }: Draft,
): RemovalPlan {
  const steps = [
    ...(removes.length > 0
      ? [
          `${formatCountOf(removes.length, 'backup goes', 'backups go')} to the trash (${formatBytes(sum(removes))}).`,
        ]
      : []),
    ...(empties.length > 0
      ? [`${formatCountOf(empties.length, 'backup', 'backups')} of the trash are deleted for good.`]
      : []),
    ...(removes.length + empties.length === 0 ? ['Nothing may go now.'] : []),
  ];
  return {
    preview: {
      kind,
      title,
      verb,
      risk: empties.length > 0 ? 'R3' : 'R2',
      phrase,
      target: [],
      steps,
      sql: [],
      preflight:
        refusal !== null
          ? [{ verdict: 'stop', text: refusal.message, nextStep: refusal.nextStep }]
          : removes.length + empties.length === 0
            ? [{ verdict: 'stop', text: 'By this rule no backup may go.', nextStep: null }]
            : [],
      mustAccept: [],
      removes: [...removes, ...empties],
      keeps,
      freedBytes,
      estimateMs: null,
      undo:
        removes.length + empties.length === 0
          ? 'Nothing is changed.'
          : empties.length > 0
            ? `What goes to the trash can be had back for ${TRASH_DAYS} days; what leaves the trash cannot.`
            : `It can be had back from the trash for ${TRASH_DAYS} days.`,
    },
    uses: [...removes, ...empties].map(({ id }) => id),
    job: {
      kind,
      title,
      steps: [...(removes.length > 0 ? [TO_TRASH] : []), ...(empties.length > 0 ? [EMPTY] : [])],
      work: async (job) => {
        const entryOf = (id: string): CatalogEntry | undefined =>
          entries.find(({ manifest }) => manifest.id === id);
        const ids = [...removes, ...empties].map(({ id }) => id);
        const release = lockFolders(foldersAround(entries, ids), 'remove', 'deleting backups');
        try {
          await assertStillRight({ removes, empties, judge }, context);
          if (removes.length > 0)
            await job.step(TO_TRASH, async () => {
              for (const { id } of removes) await toTrash(entryOf(id), context);
            });
          if (empties.length > 0)
            await job.step(EMPTY, async () => {
              for (const { id } of empties) await empty(entryOf(id), context, job);
            });
        } finally {
          release();
        }
      },
    },
  };
}

/** All that hold backups of these databases: which is the last good one is a matter of all of them. */
function foldersAround(entries: readonly CatalogEntry[], ids: readonly string[]): readonly string[] {
  const names = new Set(
    entries
      .filter(({ manifest }) => ids.includes(manifest.id))
      .map(({ manifest }) => manifest.server.database),
  );
  return entries
    .filter(({ manifest }) => names.has(manifest.server.database))
    .map(({ folder }) => dirname(folder));
}

/** Since the preview another PgVitals may have deleted those that were to stay. */
async function assertStillRight(
  { removes, empties, judge }: Pick<Draft, 'removes' | 'empties' | 'judge'>,
  { catalog, server, busy }: RemovalContext,
): Promise<void> {
  const ids = new Set([...removes, ...empties].map(({ id }) => id));
  const { entries } = await catalog.list(server, {});
  // Those of this job are in use by itself.
  const now = judge(
    entries.map((entry) => rowOf(entry, ids.has(entry.manifest.id) ? null : busy(entry.manifest.id))),
  );
  const may = (list: readonly PlannedRemoval[], id: string): boolean => list.some((one) => one.id === id);
  if (removes.every(({ id }) => may(now.removes, id)) && empties.every(({ id }) => may(now.empties, id)))
    return;
  throw new EngineError(
    'PLAN_STALE',
    'Other backups are there than when this was previewed: not all of these may go now.',
    'Preview it again.',
  );
}

const TO_TRASH = 'Move to the trash';
const EMPTY = 'Empty the trash';

async function toTrash(
  entry: CatalogEntry | undefined,
  { catalog, server, now }: RemovalContext,
): Promise<void> {
  if (!entry) return;
  // Read again: a pin that was set since the preview holds.
  const current = await catalog.read(server, entry.manifest.id, {});
  if (current.manifest.isPinned)
    throw new EngineError('PLAN_STALE', 'A backup was pinned since the preview.', 'Preview it again.');
  await catalog.change(server, current, { trashedAt: new Date(now()).toISOString() });
}

async function empty(
  entry: CatalogEntry | undefined,
  { catalog, key }: RemovalContext,
  job: JobControl,
): Promise<void> {
  if (!entry) return;
  const { folder, manifest, location } = entry;
  const { isGone, left } = await emptyTrash({ location: location.path, folder, manifest }, key, {
    signal: job.signal,
  });
  catalog.forget(manifest.id);
  if (!isGone) job.note(`${folder} stays: it holds ${left.slice(0, 5).join(', ')}, which is not PgVitals'.`);
  await sweepEmptied(dirname(folder));
}

function rowsOf(entries: readonly CatalogEntry[], { busy }: RemovalContext): readonly BackupRow[] {
  return entries.map((entry) => rowOf(entry, busy(entry.manifest.id)));
}

function sum(entries: readonly PlannedRemoval[]): number {
  return entries.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
}
