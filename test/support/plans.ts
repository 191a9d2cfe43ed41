import { afterAll } from 'vitest';
import { createEngine, type EngineOptions } from '#engine/create-engine.ts';
import type { Engine } from '#engine/engine.ts';
import type { Job, JobEvent, PlanPreview } from '#shared/model/plan.ts';
import type { ActionRequest, PlanRequest } from '#shared/model/plan-request.ts';
import { createNodeHost } from '../../electron/hosts/node-host.ts';

/** An engine whose connections are unlocked, with the way of a change in one call. */
export function usePlans(options: BenchOptions = {}): PlansBench {
  const bench = createBench(options);
  afterAll(() => bench.engine.close());
  return bench;
}

export type BenchOptions = EngineOptions & { readonly dataDir?: string };

/** The same for one test: whoever makes it closes its engine. */
export function createBench(options: BenchOptions = {}): PlansBench {
  const engine = createEngine(
    createNodeHost({
      kind: 'in-process',
      toolVersion: 'test',
      dataDir: options.dataDir ?? null,
      writeLogLine: () => undefined,
    }),
    options,
  );
  const preview = (connectionId: string, request: PlanRequest) =>
    engine.plans.preview(connectionId, request, {});
  const start = async (connectionId: string, plan: PlanPreview): Promise<string> => {
    const accepted = plan.mustAccept.map(({ id }) => id);
    const { planId, phrase } = plan;
    return (await engine.plans.execute({ connectionId, planId, phrase, accepted })).jobId;
  };
  const finish = async (
    connectionId: string,
    jobId: string,
    onEvent?: (event: JobEvent) => void,
  ): Promise<Job> => {
    for await (const event of engine.plans.watch(connectionId, jobId)) {
      onEvent?.(event);
      if (event.type === 'done') return event.job;
    }
    throw new Error('the job told no end');
  };
  const run = async (connectionId: string, request: PlanRequest): Promise<Job> =>
    finish(connectionId, await start(connectionId, await preview(connectionId, request)));
  return {
    engine,
    preview,
    start,
    finish,
    run,
    act: (connectionId, action) => run(connectionId, { kind: 'action', action }),
    undo: (connectionId, jobId) => run(connectionId, { kind: 'undo', jobId }),
    open: async (url, isUnlocked = true) => {
      const { id } = await engine.open({ text: url }, {});
      if (isUnlocked) engine.plans.unlock(id);
      return id;
    },
  };
}

export interface PlansBench {
  readonly engine: Engine;
  preview(connectionId: string, request: PlanRequest): Promise<PlanPreview>;
  /** Confirms everything that the plan asks for; returns the job. */
  start(connectionId: string, plan: PlanPreview): Promise<string>;
  finish(connectionId: string, jobId: string, onEvent?: (event: JobEvent) => void): Promise<Job>;
  run(connectionId: string, request: PlanRequest): Promise<Job>;
  act(connectionId: string, action: ActionRequest): Promise<Job>;
  undo(connectionId: string, jobId: string): Promise<Job>;
  open(url: string, isUnlocked?: boolean): Promise<string>;
}
