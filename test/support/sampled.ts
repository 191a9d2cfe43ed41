import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { createEngine } from '#engine/create-engine.ts';
import type { Engine } from '#engine/engine.ts';
import type { HistoryOverview } from '#shared/model/history.ts';
import { createNodeHost } from '../../electron/hosts/node-host.ts';

/** A connection whose samples are taken when a test says so, by the sampler itself. */
export interface SampledConnection {
  readonly engine: Engine;
  readonly connectionId: string;
  history(): Promise<HistoryOverview>;
  /** Takes one sample more, soon after the call, and says of which instant it is. */
  sample(): Promise<string>;
  close(): Promise<void>;
}

export async function openSampled(url: string): Promise<SampledConnection> {
  const dataDir = mkdtempSync(join(tmpdir(), 'pgvitals-sampled-'));
  const engine = createEngine(
    createNodeHost({ kind: 'loopback', dataDir, toolVersion: 'test', writeLogLine: () => undefined }),
  );
  const connectionId = (await engine.open({ text: url }, {})).id;
  const every = (seconds: number) => engine.insight.history.setSampling({ connectionId, seconds }, {});
  const history = async () =>
    (await engine.insight.history.overview({ connectionId, range: 'hour' }, {})).data;
  const taken = async (): Promise<number> => (await history()).extent.samples;
  await every(0);
  return {
    engine,
    connectionId,
    history,
    sample: async () => {
      const before = await taken();
      await every(1);
      await expect.poll(taken, { interval: 40, timeout: 20_000 }).toBe(before + 1);
      await every(0);
      return (await history()).extent.newestAt ?? '';
    },
    close: async () => {
      await engine.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
