import { test as base, expect } from '@playwright/test';
import type { DatabaseName, HostName } from './server.ts';

export interface RunningApp {
  /** Address with its token: `await page.goto(app.url)`. */
  readonly url: string;
  /** Where the desktop's save dialog, which always agrees, puts files; null in the browser. */
  readonly documentsDir: string | null;
  /** Ends the engine and its host while the page looks on. */
  stop(): Promise<void>;
}

interface Fixtures {
  /** A new engine with a host of its own; `database` is opened from the start, null begins at the connect page. */
  openApp(options: {
    database: DatabaseName | null;
    host?: HostName;
    /** Remembers what it is told, until it is closed. */
    keeps?: boolean;
  }): Promise<RunningApp>;
  /** What a user would paste to connect to this database. */
  connectionUrl(database: DatabaseName): Promise<string>;
  /** A real SSH server that nobody knows yet; its key has a passphrase. */
  sshServer(): Promise<SshServer>;
  /** Console errors that this test provokes; every other one fails it. */
  allowedProblems: readonly RegExp[];
  noProblems: void;
}

/**
 * Playwright's test with PgVitals in it. Every test fails on a console error, an uncaught exception or a violation of
 * the content security policy (Chromium reports those on the console).
 */
export const test = base.extend<Fixtures>({
  openApp: async ({ page }, use) => {
    const opened: RunningApp[] = [];
    await use(async (options) => {
      const { id, url, documentsDir } = await control('open', { host: 'loopback', ...options });
      const app = { url, documentsDir, stop: async () => void (await control('close', { id })) };
      opened.push(app);
      return app;
    });
    // A page that still fetches a font would meet a server that is gone.
    await page.goto('about:blank');
    await Promise.all(opened.map((app) => app.stop()));
  },
  connectionUrl: async ({ page: _page }, use) => {
    await use(async (database) => (await control('url', { database })).url);
  },
  sshServer: async ({ page: _page }, use) => {
    await use(async () => (await ask('ssh', {})) as SshServer);
  },
  allowedProblems: [[], { option: true }],
  noProblems: [
    async ({ page, allowedProblems }, use) => {
      const problems: string[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
      });
      page.on('pageerror', (error) => problems.push(`uncaught ${error.message}`));
      await use();
      expect(problems.filter((problem) => !allowedProblems.some((allowed) => allowed.test(problem)))).toEqual(
        [],
      );
    },
    { auto: true },
  ],
});

export { expect };

export interface SshServer {
  /** user@host:port */
  readonly destination: string;
  readonly keyFile: string;
  readonly passphrase: string;
  readonly fingerprint: string;
}

interface ControlAnswer {
  readonly id: string;
  readonly url: string;
  readonly documentsDir: string | null;
}

async function control(command: 'open' | 'close' | 'url', body: object): Promise<ControlAnswer> {
  return { id: '', url: '', documentsDir: null, ...(await ask(command, body)) };
}

async function ask(command: string, body: object): Promise<object> {
  const response = await fetch(`${process.env['E2E_CONTROL']}/${command}`, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${command} ${JSON.stringify(body)}: ${await response.text()}`);
  return JSON.parse(await response.text());
}
