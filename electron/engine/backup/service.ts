import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { DEFAULT_BACKUP_RETENTION, type RetentionPolicy } from '#shared/model/backup.ts';
import type { BackupPlanRequest, CreateBackupRequest } from '#shared/contract/backups.ts';
import type { ConnectionSummary } from '#shared/model/connection.ts';
import type { FactName, Facts } from '#shared/model/facts.ts';
import { numberOrNull } from '#engine/collect/decode.ts';
import type { Abortable } from '#engine/engine.ts';
import { EngineError } from '#engine/errors.ts';
import { assertConfirmed } from '#engine/plans/confirm.ts';
import type { ReadRows } from '#engine/plans/guards.ts';
import { type Ledger, PLAN_LIFE_MS } from '#engine/plans/ledger.ts';
import { phraseOn } from '#engine/plans/plan.ts';
import { assertDirect } from '#engine/postgres/direct-connection.ts';
import type { ConnectionTarget } from '#engine/postgres/target.ts';
import type { BackupStore } from '#engine/store/backups.ts';
import type { DatabaseIdentity } from '#engine/store/identity.ts';
import type { ProfileStore } from '#engine/store/profiles.ts';
import { adoptWork, assertMayImport } from './adopt.ts';
import type { Backups } from './backups.ts';
import type { BackupPlan } from './backup-plan.ts';
import { type Catalog, type CatalogEntry, openCatalog, rowOf } from './catalog.ts';
import type { Clients } from './clients.ts';
import { CREATE_STEPS, createBackup } from './create.ts';
import type { Patience } from './dump-watch.ts';
import { estimateOf, failuresOf, newestWhole, recoveryOf } from './figures.ts';
import type { JobControl } from './job.ts';
import { seated, SNAPSHOT_SEATS } from './job-seats.ts';
import { LOG_FILE, type Manifest } from './manifest.ts';
import { readSchemas, readTables } from './parts.ts';
import { type Places, serverFolder } from './places.ts';
import { type JobOwner, ownProcess, recoverLeftovers } from './recover.ts';
import { recoverServer } from './recover-server.ts';
import { renderRecoveryPlan } from './recovery-plan.ts';
import { planDelete, planPrune, type RemovalContext, type RemovalPlan } from './removal.ts';
import { readReplaced } from './replaced.ts';
import type { RestoreRequest } from './restore.ts';
import { planRestoreWork } from './restore-work.ts';
import { createRunningJobs } from './running-jobs.ts';
import { CONNECTIONS } from './shapes.ts';
import { SOURCE_SIZES } from './source.ts';
import { listTestPlaces, testPlaceOf } from './test-places.ts';
import { verifyWork } from './verify-work.ts';

/** An open connection, as backups need it. Every call rejects with NOT_CONNECTED where it is closed. */
export interface BackupsContext {
  identity(connectionId: string, options: Abortable): Promise<DatabaseIdentity>;
  target(connectionId: string): ConnectionTarget;
  summary(connectionId: string): ConnectionSummary;
  connections(): readonly ConnectionSummary[];
  assertUnlocked(connectionId: string): void;
  facts(connectionId: string, needs: readonly FactName[], options: Abortable): Promise<Partial<Facts>>;
  /** Around a restore: the connected name may belong to another database now than `before`. */
  changing(connectionId: string): void;
  changed(connectionId: string, before: DatabaseIdentity): Promise<void>;
  /** A read on a session that is open anyway. */
  read(connectionId: string, options: Abortable): ReadRows;
  readonly store: BackupStore;
  readonly profiles: ProfileStore;
  readonly places: Places;
  readonly clients: Clients;
  readonly ledger: Ledger<BackupPlan>;
  readonly appVersion: string;
  readonly patience: Patience;
  readonly log: (message: string) => void;
}

/** Backups of the databases that are open: one job of a connection at a time. */
export function createBackups(context: BackupsContext): Backups {
  const { store, profiles, places, clients, ledger } = context;
  const catalog: Catalog = openCatalog(store, places);
  const nextSeq = (): number => store.nextSeq();
  const jobs = createRunningJobs(store, context.log);
  /** Servers on which nothing of interrupted jobs is left. */
  const cleared = new Set<string>();
  let recovered: Promise<JobOwner> | null = null;

  const server = async (connectionId: string, options: Abortable): Promise<ServerOf> => {
    const identity = await context.identity(connectionId, options);
    // A job that nobody saw end is looked after before anything is listed or made.
    recovered ??= recoverLeftovers(store, context.log)
      .then(ownProcess)
      .catch((error: unknown) => {
        // What stood in the way can be removed without a restart.
        recovered = null;
        throw error;
      });
    const owner = await recovered;
    const target = context.target(connectionId);
    const folder = serverFolder(identity);
    if (!cleared.has(folder)) {
      cleared.add(folder);
      await recoverServer(store, { folder, target }, context.log, options.signal);
    }
    return { identity, folder, owner, database: target.database };
  };
  const versionOf = (connectionId: string): number => context.summary(connectionId).versionNum;
  const retentionOf = (identity: DatabaseIdentity): RetentionPolicy =>
    profiles.read(identity, RETENTION_TOPIC, retention) ?? DEFAULT_BACKUP_RETENTION;

  const entryOf = async (
    connectionId: string,
    id: string,
    options: Abortable,
  ): Promise<{ readonly at: ServerOf; readonly entry: CatalogEntry }> => {
    const at = await server(connectionId, options);
    return { at, entry: await catalog.read(at.folder, id, options) };
  };
  /** Everything that can refuse it is asked now, the rest happens in the job. */
  const maker = async (
    connectionId: string,
    at: ServerOf,
    request: CreateBackupRequest,
    isPinned = false,
  ): Promise<(job: JobControl) => Promise<string>> => {
    assertDirect(context.summary(connectionId));
    const tools = await clients.usable(versionOf(connectionId), {});
    const location = await places.usable(request.locationId);
    const making = {
      target: context.target(connectionId),
      identity: at.identity,
      tools,
      location,
      places,
      appVersion: context.appVersion,
      nextSeq,
      isPinned,
      patience: context.patience,
    };
    return async (job) => {
      const { folder, manifest } = await createBackup(request, making, job);
      catalog.add(at.folder, location, folder, manifest);
      return manifest.id;
    };
  };
  const change = async (
    connectionId: string,
    id: string,
    what: Partial<Manifest>,
    options: Abortable,
  ): Promise<void> => {
    const { at, entry } = await entryOf(connectionId, id, options);
    await catalog.change(at.folder, entry, what);
  };

  const overview: Backups['overview'] = async (connectionId, options) => {
    const { identity, folder, database } = await server(connectionId, options);
    const read = context.read(connectionId, options);
    const [{ entries, notices }, locations, tools] = await Promise.all([
      catalog.list(folder, options),
      places.list(),
      clients.choose(versionOf(connectionId), options),
    ]);
    const [[heapBytes, sizeBytes] = []] = await read(SOURCE_SIZES, []);
    const replaced = await readReplaced(read);
    // By name: a restore gives the name to another database.
    const own = entries.filter(({ manifest }) => manifest.server.database === database);
    return {
      backups: entries.map((entry) => rowOf(entry, jobs.busy(entry.manifest.id))),
      locations,
      tools,
      clientFolder: clients.folderOf(tools),
      replaced: replaced.map(({ shown }) => shown),
      retention: retentionOf(identity),
      failures: failuresOf(store.jobs(folder), database),
      database: { name: database, sizeBytes: numberOrNull(sizeBytes) },
      estimate: estimateOf(own, numberOrNull(heapBytes)),
      recovery: recoveryOf(own, Date.now()),
      notices: [...notices, ...(places.isFleeting ? [FLEETING] : [])],
    };
  };

  return {
    overview,
    detail: async (connectionId, backupId, options) => {
      const { entry } = await entryOf(connectionId, backupId, options);
      const { manifest, folder } = entry;
      const log = await readFile(join(folder, LOG_FILE), 'utf8').catch(() => '');
      return {
        ...rowOf(entry, jobs.busy(backupId)),
        folder,
        files: manifest.files,
        entries: manifest.entries,
        tableRows: manifest.tables,
        extensions: manifest.extensions,
        roles: manifest.roles,
        tablespaces: manifest.tablespaces,
        verifications: manifest.verifications,
        notices: manifest.notices,
        log: log.slice(-MOST_LOG_CHARACTERS),
      };
    },
    parts: (connectionId, of, letters, options) =>
      (of === 'schemas' ? readSchemas : readTables)(context.read(connectionId, options), letters),
    create: async (connectionId, request) => {
      const at = await server(connectionId, {});
      const make = await maker(connectionId, at, request);
      const title = `Back up ${at.database}`;
      const target = context.target(connectionId);
      const count = SNAPSHOT_SEATS + CONNECTIONS[request.shape];
      const work = async (job: JobControl): Promise<void> =>
        void (await seated(target, { title }, count, job, () => make(job)));
      return jobs.start(connectionId, at, { kind: 'create', title, steps: CREATE_STEPS, work }, []);
    },
    verify: async (connectionId, request) => {
      const { at, entry } = await entryOf(connectionId, request.backupId, {});
      const { depth, on } = request;
      if (depth === 'restore' && on === 'this server') {
        assertDirect(context.summary(connectionId));
        context.assertUnlocked(connectionId);
      }
      const other = depth === 'restore' && typeof on === 'object' ? on.connectionId : null;
      const wish = { connectionId, server: at.folder, manifest: entry.manifest };
      const work = verifyWork(request, {
        elsewhere: other === null ? null : await testPlaceOf(other, wish, context, {}),
        catalog,
        server: at.folder,
        entry,
        tools: await clients.usable(versionOf(connectionId), {}),
        target: context.target(connectionId),
      });
      return jobs.start(connectionId, at, work, [request.backupId], other);
    },
    testPlaces: async (connectionId, backupId, options) => {
      const { at, entry } = await entryOf(connectionId, backupId, options);
      const wish = { connectionId, server: at.folder, manifest: entry.manifest };
      return listTestPlaces(wish, context, options);
    },
    watch: (connectionId, jobId) => jobs.of(connectionId, jobId).watch(),
    cancel: (connectionId, jobId) => jobs.of(connectionId, jobId).cancel(),
    waitOn: (connectionId, jobId) => jobs.of(connectionId, jobId).waitOn(),
    running: (connectionId, options) => {
      context.summary(connectionId);
      return jobs.running(connectionId, options);
    },
    preview: async (connectionId, request, options) => {
      const plan = await planOf(connectionId, request, options);
      const {
        job: _job,
        uses: _uses,
        changesServer: _changes,
        connectionId: _connection,
        ...preview
      } = ledger.add({ ...plan, phrase: phraseOn(context.summary(connectionId), plan.phrase) });
      return { ...preview, expiresInMs: PLAN_LIFE_MS };
    },
    execute: async ({ connectionId, planId, phrase, accepted }) => {
      context.summary(connectionId);
      const plan = ledger.read(planId, connectionId);
      if (plan.changesServer) context.assertUnlocked(connectionId);
      assertConfirmed(plan, phrase, accepted);
      ledger.spend(planId, connectionId);
      return jobs.start(connectionId, await server(connectionId, {}), plan.job, plan.uses);
    },
    recover: (connectionId, backupId, options) =>
      change(connectionId, backupId, { trashedAt: null }, options),
    setPinned: (connectionId, backupId, isPinned, options) =>
      change(connectionId, backupId, { isPinned }, options),
    setNote: (connectionId, backupId, note, options) => change(connectionId, backupId, { note }, options),
    setRetention: async (connectionId, policy, options) => {
      const { identity } = await server(connectionId, options);
      profiles.write(identity, RETENTION_TOPIC, policy);
      return retentionOf(identity);
    },
    addLocation: async (connectionId, path) => {
      context.summary(connectionId);
      return places.add(path);
    },
    removeLocation: async (connectionId, locationId) => {
      context.summary(connectionId);
      places.remove(locationId);
    },
    setClientFolder: async (connectionId, path, options) => {
      context.summary(connectionId);
      await clients.setFolder(path, options);
    },
    forgetClientFolder: (connectionId) => {
      context.summary(connectionId);
      clients.forgetFolder();
    },
    folderOf: async (connectionId, backupId, options) =>
      (await entryOf(connectionId, backupId, options)).entry.folder,
    adopt: async (connectionId, backupId) => {
      const { at, entry } = await entryOf(connectionId, backupId, {});
      if (entry.isOurs) throw new EngineError('BAD_INPUT', 'This backup is yours already.', null);
      const tools = await clients.usable(versionOf(connectionId), {});
      assertMayImport(tools);
      return jobs.start(
        connectionId,
        at,
        adoptWork(entry, { tools, places, catalog, server: at.folder, nextSeq }),
        [backupId],
      );
    },
    recoveryPlan: async (connectionId, format, options) => {
      const { folder, database } = await server(connectionId, options);
      const shown = await overview(connectionId, options);
      const { entries } = await catalog.list(folder, options);
      const best = newestWhole(entries.filter(({ manifest }) => manifest.server.database === database));
      const { host, port, role, version, usesTls } = context.summary(connectionId);
      const input = {
        overview: shown,
        best,
        server: { host, port, user: role, version, usesTls, ssh: context.target(connectionId).ssh },
        facts: await context.facts(connectionId, RECOVERY_FACTS, options),
        toolVersion: context.appVersion,
        now: new Date(),
      };
      return renderRecoveryPlan(input, format);
    },
    close: async (connectionId) => {
      ledger.forget(connectionId);
      await jobs.close(connectionId);
    },
  };

  async function planOf(
    connectionId: string,
    request: BackupPlanRequest,
    options: Abortable,
  ): Promise<Omit<BackupPlan, 'planId'>> {
    const at = await server(connectionId, options);
    const { entries } = await catalog.list(at.folder, options);
    const removal: RemovalContext = {
      catalog,
      server: at.folder,
      key: places.key,
      busy: jobs.busy,
      now: () => Date.now(),
    };
    switch (request.kind) {
      case 'delete':
        return ofFiles(connectionId, planDelete(entries, request.backupIds, removal));
      case 'prune':
        return ofFiles(connectionId, planPrune(entries, retentionOf(at.identity), removal));
      default:
        return ofServer(connectionId, at, request, options);
    }
  }

  async function ofServer(
    connectionId: string,
    at: ServerOf,
    request: RestoreRequest,
    options: Abortable,
  ): Promise<Omit<BackupPlan, 'planId'>> {
    const entry = 'backupId' in request ? await catalog.read(at.folder, request.backupId, options) : null;
    const { preview, work } = await planRestoreWork(request, {
      entry,
      tools: entry ? await clients.usable(versionOf(connectionId), options) : null,
      target: context.target(connectionId),
      identity: at.identity,
      makeSafetyBackup: async (job) => (await maker(connectionId, at, SAFETY, true))(job),
      changing: () => context.changing(connectionId),
      changed: () => context.changed(connectionId, at.identity),
      signal: options.signal,
    });
    const uses = entry ? [entry.manifest.id] : [];
    return { ...preview, connectionId, changesServer: true, uses, job: work };
  }
}

/** It touches files of this machine only. */
function ofFiles(connectionId: string, { preview, uses, job }: RemovalPlan): Omit<BackupPlan, 'planId'> {
  return { ...preview, connectionId, changesServer: false, uses, job };
}

interface ServerOf {
  readonly identity: DatabaseIdentity;
  /** Of this server inside every location. */
  readonly folder: string;
  readonly owner: JobOwner;
  readonly database: string;
}

const RETENTION_TOPIC = 'backup-retention';
const retention = z.object({ days: z.number(), keepAtLeast: z.number() });
const MOST_LOG_CHARACTERS = 100_000;
const RECOVERY_FACTS = ['databases', 'settings', 'archiver', 'replicationSlots'] as const;
const FLEETING = 'PgVitals keeps nothing this time: backups of this session are gone when it ends.';

/** Taken before a restore, and kept until somebody unpins it. */
const SAFETY: CreateBackupRequest = {
  shape: 'default',
  scope: { kind: 'database' },
  locationId: null,
  comparesSource: false,
  note: 'Made before a restore',
};
