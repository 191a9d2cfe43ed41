import { globSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { buildRenderer } from '../../build/bundle.ts';

it('is React for production, also where NODE_ENV says otherwise', async () => {
  const outDir = await mkdtemp(join(tmpdir(), 'pgvitals-renderer-'));
  onTestFinished(() => rm(outDir, { recursive: true, force: true }));
  vi.stubEnv('NODE_ENV', 'development');
  onTestFinished(() => void vi.unstubAllEnvs());
  await buildRenderer(outDir);
  expect(process.env['NODE_ENV']).toBe('development');
  const scripts = globSync('renderer/assets/*.js', { cwd: outDir }).map((file) =>
    readFileSync(join(outDir, file), 'utf8'),
  );
  // What its production build says instead of messages, and a name that only the other one has.
  expect(scripts.some((script) => script.includes('Minified React error'))).toBe(true);
  expect(scripts.filter((script) => script.includes('react_stack_bottom_frame'))).toEqual([]);
});
