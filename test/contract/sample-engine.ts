import type { Engine } from '#engine/engine.ts';
import { EngineError } from '#engine/errors.ts';
import { createInsight } from '#engine/insight/insight.ts';
import { openStore } from '#engine/store/open-store.ts';
import type { Host } from '#engine/host.ts';
import type { ConnectionSummary } from '#shared/model/connection.ts';
import type { AuditEvent } from '#shared/model/audit.ts';

/** What the tests look at from outside. */
export interface SampleEngine extends Engine {
  readonly logged: string[];
  /** Streams that were begun, and of them those whose `finally` ran. */
  readonly streams: { begun: number; ended: number; sawAbort: number };
}

export const CANARY = 'canary-hunter2';
export const ODD_NAMES = [
  '"; DROP TABLE x; --',
  '<img src=x onerror=1>',
  'line\nbreak',
  'עברית',
  '\u{1f418}',
];

/**
 * An engine for the behaviour of the wire alone: it fails, waits and streams on demand and never talks to a database.
 * Connection ids choose what happens. The audit itself is tested on real servers in test/postgres.
 */
export function createSampleEngine(host: Partial<Host> = {}): SampleEngine {
  const logged: string[] = [];
  const streams = { begun: 0, ended: 0, sawAbort: 0 };
  const unused = (): never => {
    throw new Error('this test does not use it');
  };
  return {
    logged,
    streams,
    host: {
      kind: 'in-process',
      toolVersion: '0.0.0-test',
      dataDir: null,
      environment: {},
      secrets: null,
      saveFile: null,
      folders: null,
      savePdf: null,
      confirmCommand: null,
      log: (level, message) => logged.push(`${level} ${message}`),
      ...host,
    },
    understand: (text) => ({
      host: text,
      port: 5432,
      database: 'd',
      user: 'u',
      hasPassword: false,
      sslMode: 'prefer',
      settings: { host: text },
      notes: ODD_NAMES,
    }),
    connections: () => [],
    open: async (request, { signal }) => {
      const name = 'text' in request ? request.text : 'target' in request ? request.target.host : 'settings';
      if (name === 'wrong-password') {
        throw new EngineError('AUTH_FAILED', 'The password is wrong.', 'Type it again.', {
          cause: new Error(CANARY),
          sqlState: '28P01',
        });
      }
      if (name === 'bug') throw new TypeError(`cannot read password=${CANARY}`);
      if (name === 'hang') await aborted(signal);
      return summary(name);
    },
    audit: async function* (connectionId, { signal }): AsyncGenerator<AuditEvent> {
      streams.begun += 1;
      try {
        for (let done = 0; connectionId !== 'three' || done < 3; done += 1) {
          if (connectionId === 'fails' && done === 2)
            throw new EngineError('CONNECTION_LOST', 'Lost.', 'Audit again.');
          if (connectionId === 'breaks' && done === 2) throw new Error(`boom ${CANARY}`);
          if (connectionId === 'stalls' && done === 2) await aborted(signal);
          yield { type: 'progress', phase: 'collect', label: 'tables', done, total: 3 };
          await new Promise((resolve) => setTimeout(resolve, 2));
        }
      } finally {
        streams.ended += 1;
        if (signal?.aborted === true) streams.sawAbort += 1;
      }
    },
    renderReport: (connectionId, format) => ({
      fileName: `${connectionId}.${format}`,
      mediaType: 'text/plain',
      text: 'r'.repeat(2_000_000),
    }),
    closeConnection: async () => undefined,
    latestAudit: () => null,
    checks: () => [],
    diagnose: unused,
    openDemo: unused,
    backups: {
      overview: unused,
      detail: unused,
      parts: unused,
      create: unused,
      verify: unused,
      testPlaces: unused,
      watch: unused,
      cancel: unused,
      waitOn: unused,
      running: unused,
      preview: unused,
      execute: unused,
      recover: unused,
      setPinned: unused,
      setNote: unused,
      setRetention: unused,
      addLocation: unused,
      removeLocation: unused,
      setClientFolder: unused,
      forgetClientFolder: unused,
      folderOf: unused,
      adopt: unused,
      recoveryPlan: unused,
      close: unused,
    },
    plans: {
      preview: unused,
      execute: unused,
      watch: unused,
      cancel: unused,
      running: unused,
      script: unused,
      access: unused,
      unlock: unused,
      lock: unused,
      journal: unused,
      job: unused,
      takeSecret: unused,
      copies: unused,
      close: unused,
      assertUnlocked: unused,
      runScheduled: unused,
    },
    profiles: {
      list: unused,
      save: unused,
      remove: unused,
      find: unused,
      named: unused,
      export: unused,
      import: unused,
    },
    databases: unused,
    openDatabase: unused,
    sources: { list: unused, local: unused, project: unused },
    openSource: unused,
    openProfile: unused,
    diagnoseProfile: unused,
    schedules: { list: unused, set: unused, remove: unused },
    insight: createInsight({
      facts: unused,
      withSession: unused,
      identity: unused,
      latestAudit: unused,
      directConnection: unused,
      sampling: { read: unused, write: unused },
      ...openStore(null),
    }),
    close: async () => undefined,
  };
}

function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    const end = () => reject(new EngineError('CANCELLED', 'Cancelled.'));
    if (signal?.aborted === true) end();
    else signal?.addEventListener('abort', end, { once: true });
  });
}

function summary(name: string): ConnectionSummary {
  return {
    id: 'c1',
    name,
    host: 'localhost',
    port: 5432,
    database: 'd',
    role: 'r',
    version: '15.1',
    versionNum: 150001,
    isStandby: false,
    isPooled: false,
    directConnection: null,
    usesTls: false,
    provider: 'self-managed',
    isDemo: false,
    profileId: null,
    environment: null,
  };
}
