import type { Page } from '@playwright/test';
import { expect, test } from './app.ts';
import { query, withSessions } from './sql.ts';
import { copiedBy, expectAccessible, expectGoodViews, goTo } from './steps.ts';

const TABS = ['Sessions', 'Blocking', 'Prepared transactions', 'Maintenance', 'Connections'] as const;

const tab = (page: Page, name: string) => page.getByRole('tab', { name: new RegExp(`^${name}`) });
const grid = (page: Page, name: string) => page.getByRole('grid', { name: new RegExp(`^${name}`) });
const rows = (page: Page, name: string) => grid(page, name).locator('[data-row]');
const figures = (page: Page) => page.getByRole('region', { name: 'Now' });

test.describe('Activity', () => {
  test('who blocks whom, opened by keyboard, with the SQL that ends the wait', async ({
    page,
    openApp,
    connectionUrl,
  }) => {
    const url = await connectionUrl('busy');
    await page.goto((await openApp({ database: 'busy' })).url);
    await withSessions(url, ['root of it', 'behind it', 'bystander'], async ([root, behind]) => {
      await root.run('BEGIN; UPDATE accounts SET balance = 1 WHERE id = 1');
      behind.begin('UPDATE accounts SET balance = 2 WHERE id = 1');
      await expect
        .poll(
          async () =>
            (await query(url, `SELECT 1 WHERE ${root.pid} = ANY (pg_blocking_pids(${behind.pid}))`)).length,
        )
        .toBe(1);
      await goTo(page, 'Activity');
      await expect(figures(page)).toContainText('see Blocking');
      await page.getByRole('textbox', { name: 'Filter sessions' }).fill('root idle');
      await expect(rows(page, 'Sessions')).toHaveCount(1);
      await expect(rows(page, 'Sessions')).toContainText('idle in transaction');
      await page.getByRole('textbox', { name: 'Filter sessions' }).fill('bystander');
      await expect(page).toHaveURL(/q=bystander/);
      // It has no transaction: that is no transaction of 0 ms.
      await expect(rows(page, 'Sessions')).toContainText('idle');
      await expect(rows(page, 'Sessions')).not.toContainText('0 ms');

      await tab(page, 'Blocking').focus();
      await page.keyboard.press('Enter');
      await expect(page.getByText('1 session blocks 1. End the wait at the root.')).toBeVisible();
      await expect(rows(page, 'Blocking tree').first()).toContainText('root of it');
      await expect(rows(page, 'Blocking tree').nth(1)).toContainText('↳');
      await expect(rows(page, 'Blocking tree').nth(1)).toContainText('UPDATE accounts SET balance = 2');
      await expectAccessible(page);
      await grid(page, 'Blocking tree').focus();
      await page.keyboard.press('Home');
      await page.keyboard.press('Enter');
      const drawer = page.getByRole('dialog', { name: 'Session' });
      await expect(drawer.getByRole('heading', { name: `pid ${root.pid}`, exact: true })).toBeVisible();
      await expect(drawer.getByRole('heading', { name: /^Fix: / })).toHaveCount(2);
      await expectAccessible(page);
      const terminate = await copiedBy(page, drawer.getByRole('button', { name: 'Copy SQL' }).last());
      expect(terminate).toContain('pg_terminate_backend');
      await query(url, terminate);
      await page.keyboard.press('Escape');
      await page.keyboard.press('F5');
      await expect(page.getByText('Nobody waits for a lock.')).toBeVisible();
    });
  });

  test('connections as a line, refreshed every five seconds or not at all on this page alone', async ({
    page,
    openApp,
    connectionUrl,
  }) => {
    test.slow();
    const url = await connectionUrl('alone');
    await page.goto((await openApp({ database: 'alone' })).url);
    await goTo(page, 'Activity');
    await tab(page, 'Connections').click();
    await expect(page.getByText('A line begins with the second reading.')).toBeVisible();
    const choice = page.getByRole('combobox', { name: 'Refresh of this page' });
    await choice.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('option', { name: 'This page every 5 s' }).press('Enter');
    await page.keyboard.press('F5');
    // Reading may take 1 % of the time: on a slow machine a little more than five seconds.
    const age = page.getByText(/^Read just now · every \d(?:\.\d)? s$/);
    await expect(age).toBeVisible();
    const everyS = Number(/every ([\d.]+)/.exec(await age.innerText())?.[1]);
    expect(everyS).toBeGreaterThanOrEqual(5);
    const timeout = (2 * everyS + 5) * 1000;
    await withSessions(url, ['comes later'], async ([session]) => {
      const chart = page.getByRole('figure', { name: /^Connections over the last 15 minutes/ });
      await expect(chart).toBeVisible({ timeout });
      await page.getByRole('button', { name: 'Table', exact: true }).click();
      const newest = page
        .getByRole('region', { name: /15 minutes, table/ })
        .locator('tbody tr')
        .first();
      await expect(newest.locator('td').first()).toHaveText('0 ms');
      await expect
        .poll(
          async () => {
            const shown = await newest.locator('td').nth(1).innerText();
            // On the session that is counted: one that comes and goes would be in some readings.
            const [truth] = await session.rows<{ n: number }>(
              `SELECT count(*)::int AS n FROM pg_stat_activity
               WHERE backend_type = 'client backend' AND application_name NOT LIKE 'pgvitals/%'`,
            );
            return Number(shown) - (truth?.n ?? 0);
          },
          { timeout },
        )
        .toBe(0);
    });
    await choice.click();
    await page.getByRole('option', { name: 'This page paused' }).click();
    await expect(page.getByText(/does not refresh by itself$/)).toBeVisible();
    await goTo(page, 'Statistics');
    await expect(page.getByText(/· every 30 s$/)).toBeVisible();
  });

  test('a prepared transaction is found, and the SQL that ends it', async ({
    page,
    openApp,
    connectionUrl,
  }) => {
    const url = await connectionUrl('busy');
    await query(url, "BEGIN; INSERT INTO accounts VALUES (77, 0); PREPARE TRANSACTION 'left over'");
    try {
      await page.goto((await openApp({ database: 'busy' })).url);
      await goTo(page, 'Activity');
      await tab(page, 'Prepared transactions').click();
      await rows(page, 'Prepared transactions').first().click();
      const drawer = page.getByRole('dialog', { name: 'Prepared transaction' });
      await expect(drawer).toContainText("ROLLBACK PREPARED 'left over'");
      await expectAccessible(page);
    } finally {
      await query(url, "ROLLBACK PREPARED 'left over'");
    }
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`every view is accessible, at 200 % zoom too, ${colorScheme}`, async ({ page, openApp }) => {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.goto((await openApp({ database: 'busy' })).url);
      await goTo(page, 'Activity');
      await page.waitForTimeout(1_000);
      // The chart needs a second reading.
      await page.keyboard.press('F5');
      await expectGoodViews(page, TABS);
    });
  }
});
