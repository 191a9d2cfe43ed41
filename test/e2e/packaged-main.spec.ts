import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from './app.ts';

test.describe('the main process out of the package', () => {
  test('serves the page with the policy, audits the demo and saves a report', async ({ page, openApp }) => {
    const app = await openApp({ database: 'demo', host: 'desktop' });
    const response = await page.goto(app.url);
    expect(response?.headers()).toMatchObject({
      'content-security-policy': expect.stringMatching(
        /^default-src 'none'; script-src 'self'; style-src 'self';/,
      ),
      'x-content-type-options': 'nosniff',
    });

    await expect(page.getByRole('button', { name: 'Run audit' })).toBeEnabled();
    await page.keyboard.press('Control+Shift+A');
    await expect(page.getByRole('img', { name: /^Grade [A-F]/ })).toBeVisible({ timeout: 45_000 });

    await page.keyboard.press('Control+E');
    await page.getByRole('button', { name: 'Save report' }).click();
    await expect(page.getByRole('dialog')).toBeHidden();
    const [fileName] = (await readdir(app.documentsDir ?? '')).filter((name) => name.endsWith('.html'));
    expect(await readFile(join(app.documentsDir ?? '', fileName ?? ''), 'utf8')).toContain('scheduled_posts');
  });

  test('gives a page that is loaded again a port of its own', async ({ page, openApp }) => {
    const app = await openApp({ database: 'empty', host: 'desktop' });
    await page.goto(app.url);
    await expect(page.getByRole('button', { name: /PostgreSQL 15/ })).toBeVisible();
    await page.reload();
    await expect(page.getByRole('button', { name: /PostgreSQL 15/ })).toBeVisible();
  });
});
