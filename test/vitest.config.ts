import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { keepScratchInMemory } from './support/memory-scratch.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const reportPath = process.env['VITEST_JSON_REPORT'];

/** Those that take more than half a minute, the longest first: begun last, one would keep a single worker busy at the end. */
const LONGEST = [
  'test/plans/hostile-names.test.ts',
  'test/postgres/checks.test.ts',
  'test/plans/hostile-roles.test.ts',
  'test/postgres/schema-fixes.test.ts',
  'test/plans/passwords.test.ts',
  'test/cli/demo.test.ts',
  'test/cli/backup.test.ts',
  'test/cli/audit.test.ts',
  'test/desktop/bin.test.ts',
  'test/postgres/insight-settings.test.ts',
  'test/plans/foreign-keys.test.ts',
  'test/plans/polite.test.ts',
  'test/plans/faults.test.ts',
  'test/backup/damage.test.ts',
  'test/backup/create-crash.test.ts',
  'test/backup/verify.test.ts',
  'test/backup/restore-crash.test.ts',
];

/** A machine that has run no test yet, as CI's, knows no durations, and would begin with the largest files. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = LONGEST.indexOf(moduleId.slice(root.length));
      return at === -1 ? LONGEST.length : at;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}

keepScratchInMemory();

export default defineConfig({
  root,
  test: {
    sequence: { sequencer: LongestFirst },
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
