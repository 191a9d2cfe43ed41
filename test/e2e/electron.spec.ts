import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron, expect, test } from '@playwright/test';
import { findElectron, whyNoWindow } from '../../electron/hosts/desktop-process.ts';

const root = join(import.meta.dirname, '../..');
const { executable } = findElectron(root, process.env);
const reason = existsSync(executable)
  ? whyNoWindow(process.platform, process.env, process.getuid?.())
  : 'no Electron binary (get it with: npx install-electron)';

if (reason !== null) console.warn(`##### ELECTRON SUITE SKIPPED: ${reason} #####`);

test.describe('the desktop app in Electron', () => {
  test.skip(reason !== null && process.env['REQUIRE_ELECTRON'] !== '1', reason ?? '');

  test('opens its window, sandboxed, on app://pgvitals', async () => {
    if (reason !== null) throw new Error(`REQUIRE_ELECTRON=1, but: ${reason}`);
    const profile = mkdtempSync(join(tmpdir(), 'pgvitals-electron-'));
    const app = await _electron.launch({
      executablePath: executable,
      args: [root, `--user-data-dir=${profile}`],
    });
    try {
      const page = await app.firstWindow();
      await expect(page.getByRole('main')).toBeVisible();
      expect(new URL(page.url()).href).toMatch(/^app:\/\/pgvitals\//);
      expect(await page.evaluate(() => 'require' in globalThis || 'process' in globalThis)).toBe(false);
      const isSandboxed = await app.evaluate(
        ({ app: electron, BrowserWindow }) =>
          electron
            .getAppMetrics()
            .filter(({ type }) => type === 'Tab')
            .every(({ sandboxed }) => sandboxed !== false) && BrowserWindow.getAllWindows().length === 1,
      );
      expect(isSandboxed).toBe(true);
      await expect(page.evaluate(() => fetch('https://127.0.0.1:1/'))).rejects.toThrow();
    } finally {
      await app.close();
      rmSync(profile, { recursive: true, force: true });
    }
  });
});
