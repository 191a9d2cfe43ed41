import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('..', import.meta.url));
const reportPath = process.env['VITEST_JSON_REPORT'];

export default defineConfig({
  root,
  test: {
    // Two workers: most tests own a PostgreSQL server, and CI machines have two cores.
    maxWorkers: 2,
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 30_000,
    reporters: reportPath === undefined ? ['default'] : ['default', ['json', { outputFile: reportPath }]],
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          environment: 'node',
          // Starts a server when a test first asks for one, and ends them all.
          globalSetup: ['test/support/shared-servers.ts'],
          // Electron's binary is not needed for its module: see the fake.
          alias: [{ find: /^electron$/, replacement: `${root}test/desktop/fake-electron.ts` }],
          include: [
            'shared/**/*.test.ts',
            'electron/**/*.test.ts',
            'renderer/**/*.test.ts',
            'test/**/*.test.ts',
          ],
        },
      },
      {
        extends: true,
        test: {
          name: 'jsdom',
          environment: 'jsdom',
          include: ['renderer/**/*.test.tsx'],
        },
      },
    ],
  },
});
