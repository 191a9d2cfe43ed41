import { startProxy } from '../faults/proxy.ts';
import { expect, test } from './app.ts';
import { expectAccessible, goTo, openAudited } from './steps.ts';

test.describe('Shell', () => {
  test('the palette finds pages, tables and findings', async ({ page, openApp }) => {
    await openAudited(page, await openApp({ database: 'demo' }));
    await page.keyboard.press('Control+k');
    await page.keyboard.type('guessed');
    await expect(page.getByRole('option', { name: /guessed/ }).first()).toBeVisible();
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/check=weak-password/);

    await page.keyboard.press('Control+k');
    await page.keyboard.type('scheduled_posts indexes of this');
    await expect(page.getByRole('option', { name: /^scheduled_posts/ }).first()).toBeVisible();
    await page.keyboard.press('Enter');
    await expect(page.getByRole('grid')).toHaveAttribute('aria-rowcount', '20');
  });

  test('shortcuts go to pages, open the sheet and close it', async ({ page, openApp }) => {
    await openAudited(page, await openApp({ database: 'empty' }));
    await page.keyboard.press('Control+2');
    await expect(page).toHaveURL(/findings/);
    await page.keyboard.press('Control+3');
    await expect(page).toHaveURL(/activity/);
    await page.keyboard.press('?');
    await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toBeHidden();
  });

  test('F5 audits again and the page stays', async ({ page, openApp }) => {
    await openAudited(page, await openApp({ database: 'demo' }));
    await page.evaluate(() => document.body.setAttribute('data-still-here', ''));
    await page.keyboard.press('F5');
    await expect(page.getByRole('status').getByText(/^Audit finished/)).toBeAttached({ timeout: 30_000 });
    await expect(page.locator('body[data-still-here]')).toBeAttached();
    // The second run knows the first: what was new is open now.
    await goTo(page, 'Findings');
    await expect(page.getByRole('treegrid').getByText('Open').first()).toBeVisible();
  });

  test('an audit can be cancelled and says so', async ({ page, openApp, connectionUrl }) => {
    // Over a slow link: nearby, the demo is audited within a second.
    const url = new URL(await connectionUrl('demo'));
    const proxy = await startProxy(Number(url.port));
    try {
      url.port = String(proxy.port);
      await page.goto((await openApp({ database: null })).url);
      await page.getByLabel('Connection URL').fill(url.href);
      await page.getByRole('button', { name: 'Connect', exact: true }).click();
      await expect(page.getByRole('heading', { name: 'Not audited yet' })).toBeVisible();
      proxy.slow({ delayMs: 2_000, bytesPerSecond: 1_000_000 });
      await page.getByRole('main').getByRole('button', { name: 'Run the audit' }).click();
      await page.getByRole('button', { name: 'Cancel' }).first().click();
      await expect(page.getByRole('heading', { name: /^The audit was cancelled after/ })).toBeVisible();
      proxy.slow({ delayMs: 0, bytesPerSecond: 1_000_000_000 });
      await page.getByRole('button', { name: 'Run the audit again' }).click();
      await expect(page.getByRole('img', { name: /^Grade/ })).toBeVisible({ timeout: 30_000 });
    } finally {
      await proxy.close();
    }
  });

  test('colours are chosen and kept', async ({ page, openApp }) => {
    const app = await openApp({ database: 'empty' });
    await page.goto(app.url);
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await page.getByRole('button', { name: 'Appearance and refresh' }).click();
    await page.getByRole('menuitemradio', { name: 'Dark' }).click();
    await expect.poll(background).toBe('rgb(20, 21, 22)');
    await page.reload();
    await expect(page.getByRole('button', { name: 'Appearance and refresh' })).toBeVisible();
    expect(await background()).toBe('rgb(20, 21, 22)');
  });

  test('columns are chosen by keyboard, and stay chosen', async ({ page, openApp }) => {
    await page.goto((await openApp({ database: 'demo' })).url);
    await goTo(page, 'Statistics');
    const header = page.getByRole('columnheader', { name: 'TOAST', exact: true });
    await expect(header).toBeVisible();
    await page.getByRole('button', { name: 'Columns of Tables by size' }).press('Enter');
    const menu = page.getByRole('menu', { name: 'Columns of Tables by size' });
    await expectAccessible(page);
    await menu.getByRole('menuitemcheckbox', { name: 'TOAST' }).press('Enter');
    await expect(header).toBeHidden();
    await page.keyboard.press('Escape');
    await page.reload();
    await expect(page.getByRole('columnheader', { name: 'Heap', exact: true })).toBeVisible();
    await expect(header).toBeHidden();
    await page.getByRole('button', { name: 'Columns of Tables by size' }).click();
    await menu.getByRole('menuitem', { name: 'Show all' }).click();
    await page.keyboard.press('Escape');
    await expect(header).toBeVisible();
  });

  test('the connection can be closed', async ({ page, openApp }) => {
    await openAudited(page, await openApp({ database: 'empty' }));
    await page
      .getByRole('banner')
      .getByRole('button', { name: /Test database/ })
      .click();
    await page.getByRole('menuitem', { name: 'Close this connection' }).click();
    await expect(page.getByRole('heading', { name: 'Connect to a database' })).toBeVisible();
    await expect(page.getByRole('region', { name: 'Open connections' })).toBeHidden();
  });
});

test.describe('Without an engine', () => {
  // Once the server is gone, a font that is needed for the first time cannot be had any more.
  test.use({ allowedProblems: [/ERR_CONNECTION_REFUSED/] });

  test('when the engine stops the page says so, at once and at every call', async ({ page, openApp }) => {
    const app = await openApp({ database: 'demo' });
    await openAudited(page, app);
    await app.stop();
    await expect(page.getByText('The engine has stopped.').first()).toBeVisible();
    await expect(page.getByRole('button', { name: 'Reload' })).toBeVisible();
    await goTo(page, 'Indexes');
    await expect(page.getByText('Indexes could not be read')).toBeVisible();
    await page.getByRole('banner').getByRole('button', { name: 'Run audit' }).click();
    const failure = page.getByRole('alert').filter({ hasText: 'The audit failed.' });
    await expect(failure).toContainText('Findings are those of the audit before.');
    await goTo(page, 'Findings');
    await expect(failure).toBeVisible();
    await failure.getByRole('button', { name: 'Dismiss' }).click();
    await expect(failure).toBeHidden();
  });
});
