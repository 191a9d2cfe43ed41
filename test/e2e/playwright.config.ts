import { defineConfig } from '@playwright/test';
import { keepScratchInMemory } from '../support/memory-scratch.ts';

const root = new URL('../..', import.meta.url).pathname;
const reportPath = process.env['PLAYWRIGHT_JSON_REPORT'];

keepScratchInMemory();

/**
 * The pages, in Chromium, against the real engine: `server.ts` packages the app, takes the renderer out of the archive
 * and serves it by the loopback host. Debian's Chromium is used; none is downloaded.
 */
export default defineConfig({
  testDir: import.meta.dirname,
  outputDir: `${root}test-results/e2e`,
  fullyParallel: true,
  forbidOnly: true,
  retries: 0,
  workers: 2,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: reportPath === undefined ? [['list']] : [['list'], ['json', { outputFile: reportPath }]],
  use: {
    viewport: { width: 1280, height: 800 },
    reducedMotion: 'reduce',
    locale: 'en-US',
    timezoneId: 'UTC',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
    },
  },
  webServer: {
    command: `"${process.execPath}" server.ts`,
    cwd: import.meta.dirname,
    // The address arrives as E2E_CONTROL in the environment of the tests.
    wait: { stdout: /^e2e control (?<e2e_control>\S+)$/m },
    timeout: 180_000,
    gracefulShutdown: { signal: 'SIGTERM', timeout: 20_000 },
    stdout: 'ignore',
    stderr: 'pipe',
  },
});
