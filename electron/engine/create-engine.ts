import { randomUUID } from 'node:crypto';
import type { Audit, AuditEvent } from '#shared/model/audit.ts';
import type { ConnectionSummary, DemoEvent } from '#shared/model/connection.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { auditSession } from './audit/audit-session.ts';
import { CHECKS, describeCheck } from './audit/registry.ts';
import { isDefaultPassword } from './collect/passwords.ts';
import type { DemoHandle } from './demo/start.ts';
import type { Abortable, ConnectionRequest, Engine } from './engine.ts';
import { EngineError } from './errors.ts';
import { createEventQueue } from './event-queue.ts';
import type { Host } from './host.ts';
import { indexDetail, indexOverview } from './insight/indexes.ts';
import { largestTables } from './insight/tables.ts';
import { diagnose } from './postgres/doctor.ts';
import { withPassFile } from './postgres/environment.ts';
import type { ReadSession } from './postgres/read-session.ts';
import { openReadSession } from './postgres/session.ts';
import { describeAddress, type ConnectionTarget } from './postgres/target.ts';
import { parseConnectionInput } from './postgres/url.ts';
import { renderReport } from './reports/render.ts';

/** The engine of one process: open connections, their last audit, and a demo server if one was started. */
export function createEngine(host: Host): Engine {
  const open = new Map<string, Connection>();
  let demo: DemoHandle | null = null;

  const find = (id: string): Connection => {
    const connection = open.get(id);
    if (!connection) throw new EngineError('NOT_CONNECTED', 'This connection is closed.', 'Connect again.');
    return connection;
  };

  const openTarget = async (
    target: ConnectionTarget,
    options: Abortable & { readonly name?: string; readonly isDemo?: boolean },
  ): Promise<ConnectionSummary> => {
    const session = await openReadSession(target, {
      signal: options.signal,
      applicationName: 'pgvitals/collector',
    });
    const summary = summarise(target, session, options);
    open.set(summary.id, {
      summary,
      target,
      session,
      ownPasswordIsDefault: target.password !== null && isDefaultPassword(target.password.reveal()),
      audit: null,
      snapshot: null,
      running: null,
    });
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
      await reconnectIfLost(connection, options);
      const events = auditSession(connection.session, {
        signal: options.signal,
        toolVersion: host.toolVersion,
        ownPasswordIsDefault: connection.ownPasswordIsDefault,
        previous: connection.audit,
        onSnapshot: (snapshot) => (connection.snapshot = snapshot),
        onCheckError: (check, error) =>
          host.log('error', `check ${check}: ${error instanceof Error ? error.stack : String(error)}`),
      });
      for await (const event of events) {
        // Kept before it is handed on: a reader may stop at the last event.
        if (event.type === 'done') connection.audit = event.audit;
        yield event;
      }
    } finally {
      connection.running = null;
      ended.resolve();
    }
  }

  /** Pages that show facts share the ones of the last audit; without one it is run now. */
  const facts = async (
    connectionId: string,
    options: Abortable,
  ): Promise<{ snapshot: Snapshot; audit: Audit | null }> => {
    const connection = find(connectionId);
    await connection.running?.ended;
    if (!connection.snapshot) for await (const _ of audit(connectionId, options));
    if (!connection.snapshot) throw new EngineError('CANCELLED', 'Cancelled.');
    return { snapshot: connection.snapshot, audit: connection.audit };
  };

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

  const closeConnection = async (connectionId: string): Promise<void> => {
    const connection = open.get(connectionId);
    open.delete(connectionId);
    await connection?.session.close();
    if (connection?.summary.isDemo && demo) {
      const server = demo;
      demo = null;
      await server.stop();
    }
  };

  return {
    host,
    understand: (text) => understand(parseConnectionInput(text)),
    diagnose: (request, options) => diagnose(() => targetOf(request, options.signal), options),
    connections: () => [...open.values()].map((c) => c.summary),
    open: async (request, options) => openTarget(await targetOf(request, options.signal), options),
    openDemo,
    closeConnection,
    audit,
    latestAudit: (connectionId) => find(connectionId).audit,
    checks: () => CHECKS.map(describeCheck),
    indexOverview: async (connectionId, options) => {
      const { snapshot, audit: latest } = await facts(connectionId, options);
      return indexOverview(snapshot, latest);
    },
    indexDetail: async (connectionId, oid, options) => {
      const { snapshot, audit: latest } = await facts(connectionId, options);
      return indexDetail(snapshot, latest, oid);
    },
    largestTables: async (connectionId, limit, options) =>
      largestTables((await facts(connectionId, options)).snapshot, limit),
    renderReport: (connectionId, format, options) => {
      const { audit: latest } = find(connectionId);
      if (!latest)
        throw new EngineError('NOT_FOUND', 'There is no audit of this database yet.', 'Run the audit first.');
      return renderReport(latest, format, options);
    },
    close: async () => {
      await Promise.allSettled([...open.keys()].map(closeConnection));
      await demo?.stop();
      demo = null;
    },
  };
}

interface Connection {
  readonly summary: ConnectionSummary;
  readonly target: ConnectionTarget;
  session: ReadSession;
  readonly ownPasswordIsDefault: boolean;
  audit: Audit | null;
  snapshot: Snapshot | null;
  /** Set while an audit runs: one session is one backend, and its reads queue. */
  running: { readonly ended: Promise<void>; readonly signal: AbortSignal | undefined } | null;
}

/** A database that was restarted since the last audit is no error: connect anew before reading. */
async function reconnectIfLost(connection: Connection, options: Abortable): Promise<void> {
  if (!connection.session.isLost) return;
  await connection.session.close();
  connection.session = await openReadSession(connection.target, {
    signal: options.signal,
    applicationName: 'pgvitals/collector',
  });
}

/** A password that was typed beside a URL completes it; without any, the passfile may have one, as with psql. */
async function targetOf(
  request: ConnectionRequest,
  signal: AbortSignal | undefined,
): Promise<ConnectionTarget> {
  // The environment of a desktop app is nobody's intention: of psql's habits only ~/.pgpass is kept.
  return withPassFile(writtenTarget(request), { env: {}, signal });
}

function writtenTarget(request: ConnectionRequest): ConnectionTarget {
  if (!('text' in request)) return parseConnectionInput(request);
  const target = parseConnectionInput(request.text);
  if (request.password === undefined || target.password !== null) return target;
  return parseConnectionInput(request.text, { layers: [passwordLayer(request.password)] });
}

function passwordLayer(password: string): { values: ReadonlyMap<string, string>; notes: readonly string[] } {
  return { values: new Map([['password', password]]), notes: [] };
}

function understand(target: ConnectionTarget): ReturnType<Engine['understand']> {
  return {
    host: target.host,
    port: target.port,
    database: target.database,
    user: target.user,
    hasPassword: target.password !== null,
    sslMode: target.sslMode,
    notes: target.notes,
  };
}

function summarise(
  target: ConnectionTarget,
  session: ReadSession,
  options: { readonly name?: string; readonly isDemo?: boolean },
): ConnectionSummary {
  const { capabilities } = session;
  return {
    id: randomUUID(),
    name: options.name ?? `${capabilities.database} on ${describeAddress(target)}`,
    host: target.host,
    port: target.port,
    database: capabilities.database,
    role: capabilities.role,
    version: capabilities.version,
    versionNum: capabilities.versionNum,
    isStandby: capabilities.isStandby,
    isPooled: capabilities.isPooled,
    usesTls: capabilities.usesTls,
    provider: capabilities.provider,
    isDemo: options.isDemo ?? false,
  };
}
