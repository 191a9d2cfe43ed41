import type { Page } from '@playwright/test';
import { expect, test } from './app.ts';
import { expectAccessible, expectGoodViews, goTo } from './steps.ts';

const TABS = ['Tables', 'Categories', 'Databases', 'Server'] as const;

const tab = (page: Page, name: string) => page.getByRole('tab', { name: new RegExp(`^${name}`) });
const rows = (page: Page) => page.getByRole('grid', { name: 'Tables by size' }).locator('[data-row]');

test.describe('Statistics', () => {
  test.beforeEach(async ({ page, openApp }) => {
    await page.goto((await openApp({ database: 'demo' })).url);
    await goTo(page, 'Statistics');
    await expect(rows(page).first()).toBeVisible();
  });

  test('the largest first, sorted as numbers, filtered, and all of it in the address', async ({ page }) => {
    await expect(page.getByRole('region', { name: 'Figures' })).toContainText('39 tables, 226 indexes');
    await expect(rows(page).first()).toContainText('post_metrics');
    await expect(page.getByRole('columnheader', { name: 'Rows (estimate)' })).toBeVisible();
    await page.getByRole('columnheader', { name: 'Index count' }).getByRole('button').click();
    await expect(rows(page).first()).toContainText('scheduled_posts');
    await page.getByRole('textbox', { name: 'Filter tables' }).fill('payment');
    await expect(page.getByText(/^\d+ of 40 shown$/)).toBeVisible();
    await expect(rows(page).first()).toContainText('payment');
    await page.reload();
    await expect(page.getByRole('textbox', { name: 'Filter tables' })).toHaveValue('payment');
  });

  test('a table opens by keyboard: its parts, columns and indexes, each a way to the next page', async ({
    page,
  }) => {
    await page.getByRole('grid', { name: 'Tables by size' }).focus();
    await page.keyboard.press('Enter');
    const drawer = page.getByRole('dialog', { name: 'Table' });
    await expect(drawer.getByRole('row', { name: /^id bigint never all 8 B/ })).toBeVisible();
    await expect(drawer.getByRole('row', { name: /^Indexes 31\.\d MB 68\.\d %/ })).toBeVisible();
    await expectAccessible(page);
    await page.reload();
    await drawer.getByRole('link', { name: 'idx_post_metrics_lookup' }).click();
    await expect(page.getByRole('dialog', { name: 'Index' })).toContainText('idx_post_metrics_lookup');
    await page.goBack();
    await expect(drawer).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(drawer).toBeHidden();
  });

  test('categories of one’s own: made by keyboard, counted, chosen, and taken back', async ({ page }) => {
    await tab(page, 'Categories').click();
    const panel = page.getByRole('region', { name: 'Tables per category' });
    await panel.getByRole('button', { name: 'Edit…' }).focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Categories of this database' });
    await expectAccessible(page);
    await dialog.getByRole('textbox', { name: 'Categories' }).fill('Money: payment*\nPosts: post*, *_posts');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await expect(dialog).toBeHidden();
    await panel.getByRole('button', { name: 'Table', exact: true }).click();
    const names = panel
      .getByRole('row', { name: /^Posts / })
      .getByRole('cell')
      .last();
    await expect(names).toContainText('post_metrics');
    await expect(names).toContainText('scheduled_posts');
    await tab(page, 'Tables').click();
    await page.getByRole('combobox', { name: 'Category' }).click();
    await page.getByRole('option', { name: 'Posts' }).click();
    await expect(rows(page).first()).toContainText('post_metrics');
    await expect(page.getByRole('grid', { name: 'Tables by size' })).not.toContainText('payments');
    await tab(page, 'Categories').click();
    await panel.getByRole('button', { name: 'Edit…' }).click();
    await dialog.getByRole('button', { name: 'By schemas and names again' }).click();
    await expect(dialog).toBeHidden();
    await expect(panel.getByText('Admin', { exact: true }).first()).toBeVisible();
  });

  test('what happens now is the difference of two readings, the second after seconds by itself', async ({
    page,
  }) => {
    await tab(page, 'Server').click();
    const figures = page.getByRole('region', { name: 'Figures' });
    await expect(page.getByRole('main')).toContainText('PostgreSQL counts them from version 16 on');
    await expect(page.getByRole('heading', { name: /^The server in the last \d/ })).toBeVisible();
    await expect(page.getByRole('heading', { name: /^This database in the last \d/ })).toBeVisible();
    await expect(page.getByRole('main')).toContainText('not timed: track_wal_io_timing is off');
    await expect(figures).not.toContainText('needs a second reading');
    await expect(figures).toContainText(/over \d/);
  });

  test('every database of the server grows by itself, chosen by keyboard and kept in the address', async ({
    page,
  }) => {
    await tab(page, 'Databases').click();
    const growth = page.getByRole('region', { name: 'Growth in 30 days' });
    // The first sample comes after five seconds.
    await expect(async () => {
      await page.keyboard.press('F5');
      await expect(page.getByRole('row', { name: /^postgres / })).toContainText(/ in \d/, { timeout: 1_000 });
    }).toPass({ timeout: 20_000 });
    await expect(growth).toContainText('The line begins with the second sample');
    await growth.getByRole('combobox', { name: 'Database' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('option', { name: 'postgres' }).press('Enter');
    await expect(page).toHaveURL(/database=\d+/);
    await page.reload();
    await expect(growth.getByRole('combobox', { name: 'Database' })).toHaveText('postgres');
    await page.goBack();
    await expect(growth.getByRole('combobox', { name: 'Database' })).not.toHaveText('postgres');
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`every view is accessible, at 200 % zoom too, ${colorScheme}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await expectGoodViews(page, TABS);
    });
  }
});

test('Statistics of a database without tables: its size, the server, and categories made beforehand', async ({
  page,
  openApp,
}) => {
  await page.goto((await openApp({ database: 'empty' })).url);
  await goTo(page, 'Statistics');
  await expect(page.getByText(/^This database has no table of its own yet: its [\d.]+ MB are/)).toBeVisible();
  await tab(page, 'Databases').click();
  await expect(page.getByRole('row', { name: /^empty_db .* MB/ })).toBeVisible();
  await tab(page, 'Server').click();
  await expect(page.getByRole('heading', { name: /^Connections: \d+ of \d/ })).toBeVisible();
  await tab(page, 'Categories').click();
  await page.getByRole('button', { name: 'Edit…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Categories of this database' });
  await dialog.getByRole('textbox', { name: 'Categories' }).fill('Logs: *_log');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  await page.getByRole('button', { name: 'Edit…' }).click();
  await expect(dialog.getByRole('textbox', { name: 'Categories' })).toHaveValue('Logs: *_log');
  await dialog.getByRole('button', { name: 'By schemas and names again' }).click();
  await expect(dialog).toBeHidden();
  await expectGoodViews(page, TABS);
});
