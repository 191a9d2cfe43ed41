import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRouterClient } from '@orpc/server';
import { environmentManager, QueryObserver } from '@tanstack/react-query';
import { createRouter } from '#api/router.ts';
import { createEngine } from '#engine/create-engine.ts';
import type { Engine, SshRequest } from '#engine/engine.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { insightQuery } from '#renderer/api/insight.ts';
import { createQueryClient } from '#renderer/api/queries.ts';
import { usePreferences } from '#renderer/state/preferences.ts';
import { refreshInsight } from '#renderer/state/refresh.ts';
import type { JobOutcome } from '#shared/model/plan.ts';
import { createNodeHost } from '../../electron/hosts/node-host.ts';

/** One PgVitals with one open connection, as it is when nothing is set otherwise. Moments are of `performance.now()`. */
export interface LinkApp {
  readonly engine: Engine;
  readonly connectionId: string;
  /** What it has logged, with the moment. */
  readonly log: readonly { readonly atMs: number; readonly line: string }[];
  openPage(): LinkPage;
  /** Sets an option of a table by a plan, as a user does. */
  change(table: number): Promise<{ readonly endedMs: number; readonly outcome: JobOutcome }>;
  samples(): Promise<number>;
  close(): Promise<void>;
}

/** The Activity page of a window that nobody touches: it reads again by its own rules. */
export interface LinkPage {
  readonly failures: readonly { readonly atMs: number; readonly code: string }[];
  readonly answersMs: readonly number[];
  /** What F5 does: facts that were just read will not do. */
  refresh(): void;
  close(): void;
}

export async function openLinkApp(url: string, ssh?: SshRequest): Promise<LinkApp> {
  const folder = await mkdtemp(join(tmpdir(), 'pgv-links-bench-'));
  const log: { atMs: number; line: string }[] = [];
  const engine = createEngine(
    createNodeHost({
      kind: 'loopback',
      toolVersion: 'bench',
      dataDir: folder,
      writeLogLine: (line) => log.push({ atMs: performance.now(), line }),
    }),
  );
  const { id: connectionId } = await engine.open(ssh === undefined ? { text: url } : { text: url, ssh }, {});
  const client = createRouterClient(createRouter(), { context: { engine, initialConnectionId: null } });
  return {
    engine,
    connectionId,
    log,
    openPage: () => {
      // Timers that are off where there is no window.
      environmentManager.setIsServer(() => false);
      const queries = createQueryClient();
      const { refreshSeconds } = usePreferences.getState();
      const observer = new QueryObserver(
        queries,
        insightQuery(
          client,
          connectionId,
          'activity',
          (to, input, options) => to.activity.overview(input, options),
          { refreshSeconds },
        ),
      );
      const failures: { atMs: number; code: string }[] = [];
      const answersMs: number[] = [];
      const cache = queries.getQueryCache().subscribe((event) => {
        if (event.type !== 'updated') return;
        if (event.action.type === 'success') answersMs.push(performance.now());
        if (event.action.type === 'error')
          failures.push({ atMs: performance.now(), code: toUserError(event.action.error).code });
      });
      const unsubscribe = observer.subscribe(() => undefined);
      return {
        failures,
        answersMs,
        refresh: () => refreshInsight(queries, connectionId),
        close: () => {
          unsubscribe();
          cache();
          queries.clear();
        },
      };
    },
    change: async (table) => {
      const options = { autovacuum_vacuum_cost_delay: '3' };
      const { planId, phrase, mustAccept } = await engine.plans.preview(
        connectionId,
        { kind: 'action', action: { verb: 'table-options', table, options } },
        {},
      );
      engine.plans.unlock(connectionId);
      const accepted = mustAccept.map(({ id }) => id);
      const { jobId } = await engine.plans.execute({ connectionId, planId, phrase, accepted });
      for await (const event of engine.plans.watch(connectionId, jobId))
        if (event.type === 'done') return { endedMs: performance.now(), outcome: event.job.outcome };
      throw new Error('The job told no end.');
    },
    samples: async () =>
      (await engine.insight.history.overview({ connectionId, range: 'hour' }, {})).data.extent.samples,
    close: async () => {
      await engine.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
