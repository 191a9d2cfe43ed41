import { join } from 'node:path';
import { app } from 'electron';
import { createEngine } from '#engine/create-engine.ts';
import { startDesktop } from './desktop.ts';

const dist = join(import.meta.dirname, '..');

startDesktop({
  createEngine,
  rendererDir: join(dist, 'renderer'),
  preloadPath: join(dist, 'preload', 'index.cjs'),
  process,
}).catch((error: unknown) => {
  process.stderr.write(`PgVitals could not start: ${String(error)}\n`);
  app.exit(1);
});
