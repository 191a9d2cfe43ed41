import type { Audit, AuditEvent } from '#shared/model/audit.ts';
import type { ConnectionSummary, DemoEvent } from '#shared/model/connection.ts';
import type { ProfileRow } from '#shared/model/profile.ts';
import { auditSession } from './audit/audit-session.ts';
import { CHECKS, describeCheck } from './audit/registry.ts';
import { backupFactsOf } from './backup/backup-facts.ts';
import { openClients } from './backup/clients.ts';
import { PATIENCE, type Patience } from './backup/dump-watch.ts';
import { openPlaces } from './backup/places.ts';
import { recoverBlocked } from './backup/recover-swap.ts';
import type { BackupPlan } from './backup/backup-plan.ts';
import { type BackupsContext, createBackups } from './backup/service.ts';
import { isDefaultPassword } from './collect/passwords.ts';
import { defineDemo } from './demo/define.ts';
import type { DemoHandle } from './demo/start.ts';
import type { Abortable, Engine, OpenOptions } from './engine.ts';
import { understand } from './connection-request.ts';
import { EngineError, isAbort } from './errors.ts';
import { createEventQueue } from './event-queue.ts';
import type { Host } from './host.ts';
import { createInsight } from './insight/insight.ts';
import { expectedViews } from './insight/matviews/expected.ts';
import { OpenDatabase, type OpenDatabaseOptions } from './open-database.ts';
import { createAccess } from './plans/access.ts';
import { createLedger } from './plans/ledger.ts';
import { createPasswordRotation } from './plans/password-rotation.ts';
import { createPlans } from './plans/plans.ts';
import { openKnownSession } from './postgres/server-identity.ts';
import { retryLostRead } from './postgres/retry.ts';
import type { ConnectionTarget } from './postgres/target.ts';
import type { RouteOptions } from './postgres/tunnel/route.ts';
import { parseConnectionInput } from './postgres/url.ts';
import { renderReport } from './reports/render.ts';
import { summarise } from './summarise.ts';
import { createWays } from './ways.ts';
import { createRefreshSchedules } from './schedule/refreshes.ts';
import { createSampling } from './schedule/sampling.ts';
import type { History } from './store/history.ts';
import type { DatabaseIdentity } from './store/identity.ts';
import { openStore } from './store/open-store.ts';

export interface EngineOptions {
  /** Folder of PostgreSQL client programs for this run; default: PGVITALS_CLIENT_DIR, else the one of the settings. */
  readonly clientFolder?: string | undefined;
  /** Replaces the pauses between tries for a lock, which add up to a minute. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Replaces how long a dump may stand still before it is asked about, and before it is ended. */
  readonly patience?: Patience;
  /** Replaces the steady clock, in ms, by which plans expire and connections lock themselves. */
  readonly now?: () => number;
  /** Replaces the limits of SSH tunnels. */
  readonly tunnel?: RouteOptions;
}

/** The engine of one process: open connections, their last audit, and a demo server if one was started. */
export function createEngine(host: Host, options: EngineOptions = {}): Engine {
  const { tunnel } = options;
  const open = new Map<string, OpenDatabase>();
  const store = openStore(host.dataDir, { log: (level, message) => host.log(level, message) });
  let demo: DemoHandle | null = null;

  const find = (id: string): OpenDatabase => {
    const connection = open.get(id);
    if (!connection) throw new EngineError('NOT_CONNECTED', 'This connection is closed.', 'Connect again.');
    return connection;
  };

  const identify = async (connection: OpenDatabase, options: Abortable): Promise<DatabaseIdentity> => {
    const identity = await connection.identity(options);
    connection.given = { ...connection.given, expectedViews: expectedViews(store.profiles, identity) };
    return identity;
  };

  /** Where nothing is remembered, nothing is known either: the audit says that it was not told. */
  const learnBackups = async (connection: OpenDatabase, options: Abortable): Promise<void> => {
    if (host.dataDir === null) return;
    const { backups: _before, ...given } = connection.given;
    try {
      const overview = await backups.overview(connection.summary.id, options);
      connection.given = { ...given, backups: backupFactsOf(overview, new Date()) };
    } catch (error) {
      if (isAbort(error)) throw error;
      connection.given = given;
      host.log('warning', `an audit was not told of backups: ${String(error)}`);
    }
  };

  const sampling = createSampling(store, find, (message) => host.log('warning', message));

  const openTarget = async (
    target: ConnectionTarget,
    options: OpenOptions,
    renewPassword: OpenDatabaseOptions['renewPassword'] = null,
  ): Promise<ConnectionSummary> => {
    const connect = (): ReturnType<typeof openKnownSession> =>
      openKnownSession(target, { signal: options.signal, applicationName: 'pgvitals/collector' });
    const { session, server } = await connect().catch(async (error: unknown) => {
      // A restore of ours that died in the middle may have left the database closed.
      const isClosed = error instanceof EngineError && error.sqlState === '55000';
      const isOpened = isClosed && (await recoverBlocked(target, options).catch(() => false));
      if (!isOpened) throw error;
      return connect();
    });
    const summary = summarise(target, session, options);
    const database = new OpenDatabase({
      summary,
      target,
      session,
      server,
      toolVersion: host.toolVersion,
      ownPasswordIsDefault: target.password !== null && isDefaultPassword(target.password.reveal()),
      renewPassword,
      profile: options.profile ?? null,
    });
    open.set(summary.id, database);
    if (options.isDemo) await defineDemo(store, database, options);
    // The command line asks once and leaves; history needs somebody who stays.
    if (host.kind !== 'in-process') {
      sampling.start(database);
      await schedules.start(summary.id);
    }
    return summary;
  };

  async function* audit(connectionId: string, options: Abortable): AsyncGenerator<AuditEvent, void> {
    const connection = find(connectionId);
    while (connection.running) {
      // A cancelled run still has to let go of its session; a live one is not ours to disturb.
      if (!connection.running.signal?.aborted) {
        throw new EngineError(
          'BAD_INPUT',
          'An audit of this connection is running already.',
          'Wait for it or cancel it.',
        );
      }
      await connection.running.ended;
    }
    const ended = Promise.withResolvers<void>();
    connection.running = { ended: ended.promise, signal: options.signal };
    try {
      const identity = await identify(connection, options);
      await learnBackups(connection, options);
      using borrowed = await connection.borrow(options);
      const events = auditSession(borrowed.session, {
        given: connection.given,
        signal: options.signal,
        toolVersion: host.toolVersion,
        ownPasswordIsDefault: connection.ownPasswordIsDefault,
        // One that was cut off knows too little: what it did not see would pass for new.
        previous: connection.audit?.isComplete ? connection.audit : lastStoredAudit(store.history, identity),
        onSnapshot: (snapshot) => connection.facts.keep(snapshot),
        onCheckError: (check, error) =>
          host.log('error', `check ${check}: ${error instanceof Error ? error.stack : String(error)}`),
      });
      for await (const event of events) {
        // Kept before it is handed on: a reader may stop at the last event.
        if (event.type === 'done') {
          connection.audit = event.audit;
          // Half of the checks find half as much: in history that would look like progress.
          if (event.audit.isComplete) store.history.keepAudit(identity, event.audit);
        }
        yield event;
      }
    } finally {
      connection.running = null;
      ended.resolve();
    }
  }

  const insight = createInsight({
    facts: ({ connectionId, maxAgeMs }, needs, { signal }) =>
      find(connectionId).facts.view(needs, { signal, maxAgeMs }),
    withSession: (connectionId, work, options) => find(connectionId).withSession(work, options),
    identity: (connectionId, options) => find(connectionId).identity(options),
    latestAudit: (connectionId) => find(connectionId).audit,
    directConnection: (connectionId) => find(connectionId).summary.directConnection,
    sampling,
    history: store.history,
    profiles: store.profiles,
    journal: store.journal,
  });

  const passwords = createPasswordRotation({
    secrets: host.secrets,
    target: (connectionId) => find(connectionId).target,
    changed: (login, password) => {
      for (const database of open.values()) database.changePassword(login, password);
    },
    log: (message) => host.log('warning', message),
  });

  const read: BackupsContext['read'] = (connectionId, options) => async (sql, values) =>
    retryLostRead(options, async () =>
      find(connectionId).read(
        (session) => session.read('plan', (transaction) => transaction.rows(sql, values), options),
        options,
      ),
    );
  const plans = createPlans({
    identity: (connectionId, options) => identify(find(connectionId), options),
    audit: (connectionId) => find(connectionId).audit,
    connection: (connectionId) => find(connectionId).summary,
    facts: async (connectionId, needs, options) =>
      (await find(connectionId).facts.view(needs, options)).snapshot,
    read,
    openWrite: (connectionId, jobId, signal) => find(connectionId).openWrite(jobId, signal),
    identityKey: (connectionId, session) => find(connectionId).identityKey(session),
    passwords,
    ledger: createLedger(options.now),
    access: createAccess(options.now),
    journal: store.journal,
    program: PROGRAMS[host.kind],
    log: (message) => host.log('error', message),
    ...(options.pause ? { pause: options.pause } : {}),
  });

  /** After a restore: facts are read anew, and what is remembered goes on under the name. */
  const changed: BackupsContext['changed'] = async (connectionId, before) => {
    const database = open.get(connectionId);
    if (!database) return;
    database.facts.forget();
    await database.settle({}).catch(() => undefined);
    const after = await database.identity({}).catch((error: unknown) => {
      host.log('warning', `the database could not be read after a restore: ${String(error)}`);
      return before;
    });
    if (after.key !== before.key) store.exchange(before, after);
  };

  const places = openPlaces(host.dataDir, store.profiles, store.backups);
  const backups = createBackups({
    identity: (connectionId, options) => find(connectionId).identity(options),
    target: (connectionId) => find(connectionId).target,
    summary: (connectionId) => find(connectionId).summary,
    connections: () => [...open.values()].map((c) => c.summary),
    assertUnlocked: (connectionId) => plans.assertUnlocked(connectionId),
    facts: async (connectionId, needs, options) =>
      (await find(connectionId).facts.view(needs, options)).snapshot.facts,
    changing: (connectionId) => open.get(connectionId)?.expectChange(),
    changed,
    read,
    store: store.backups,
    profiles: store.profiles,
    places,
    clients: openClients(
      store.profiles,
      options.clientFolder ?? (process.env['PGVITALS_CLIENT_DIR'] || null),
    ),
    ledger: createLedger<BackupPlan>(options.now),
    appVersion: host.toolVersion,
    patience: options.patience ?? PATIENCE,
    log: (message) => host.log('warning', message),
  });

  const schedules = createRefreshSchedules({
    identity: (connectionId, options) => find(connectionId).identity(options),
    profiles: store.profiles,
    refresh: async (connectionId, { schema, name, isConcurrent }, signal) => {
      const { snapshot } = await find(connectionId).facts.view(['tables'], { maxAgeMs: 0, signal });
      const view = snapshot.facts.tables?.find(
        (table) => table.kind === 'm' && table.schema === schema && table.name === name,
      );
      if (!view) throw new EngineError('NOT_FOUND', `The view ${schema}.${name} is not there.`, null);
      return plans.runScheduled(
        connectionId,
        { verb: 'refresh-matview', matview: view.oid, isConcurrent },
        signal,
      );
    },
    assertUnlocked: (connectionId) => plans.assertUnlocked(connectionId),
    log: (message) => host.log('warning', message),
    ...(options.pause ? { pause: options.pause } : {}),
  });

  async function* openDemo(options: Abortable): AsyncGenerator<DemoEvent, void> {
    const existing = [...open.values()].find((c) => c.summary.isDemo);
    if (existing) {
      yield { type: 'ready', connection: existing.summary };
      return;
    }
    const { startDemo } = await import('./demo/start.ts');
    const progress = createEventQueue<DemoEvent>();
    const starting = startDemo({
      signal: options.signal,
      onProgress: (step, done, total) => progress.push({ type: 'progress', step, done, total }),
    }).finally(() => progress.end());
    starting.catch(() => undefined);
    yield* progress.read();
    demo = await starting;
    const connection = await openTarget(parseConnectionInput(demo.url), {
      signal: options.signal,
      name: 'AnalyticBot demo',
      isDemo: true,
    });
    yield { type: 'ready', connection };
  }

  const lastAudit = (key: string): ProfileRow['lastAudit'] => {
    const [newest] = store.history.audits({ key, label: key });
    return newest ? { at: newest.at, grade: newest.grade } : null;
  };
  const ways = createWays({
    host,
    tunnel,
    passwords,
    find,
    all: () => [...open.values()],
    lastAudit,
    openTarget,
  });

  const closeConnection = async (connectionId: string): Promise<void> => {
    const connection = open.get(connectionId);
    await schedules.stop(connectionId);
    await backups.close(connectionId);
    await plans.close(connectionId);
    open.delete(connectionId);
    await connection?.close();
    if (connection?.summary.isDemo && demo) {
      const server = demo;
      demo = null;
      await server.stop();
    }
  };

  return {
    host,
    understand,
    connections: () => [...open.values()].map((c) => c.summary),
    ...ways,
    openDemo,
    closeConnection,
    audit,
    latestAudit: (connectionId) => find(connectionId).audit,
    checks: () => CHECKS.map(describeCheck),
    insight,
    plans,
    backups,
    schedules,
    renderReport: (connectionId, format, options) => {
      const { audit: latest, summary } = find(connectionId);
      if (!latest)
        throw new EngineError('NOT_FOUND', 'There is no audit of this database yet.', 'Run the audit first.');
      return renderReport(latest, format, { ...options, connection: summary });
    },
    close: async () => {
      await Promise.allSettled([...open.keys()].map(closeConnection));
      await demo?.stop();
      demo = null;
      places.close();
      store.close();
    },
  };
}

/** As the journal names them. */
const PROGRAMS: Readonly<Record<Host['kind'], string>> = {
  desktop: 'desktop app',
  loopback: 'browser app',
  'in-process': 'command line',
};

/** Of this database, in an earlier session: what was new then is open now. */
function lastStoredAudit(history: History, identity: DatabaseIdentity): Audit | null {
  const [newest] = history.audits(identity);
  return newest ? (history.audit(identity, newest.id)?.audit ?? null) : null;
}
