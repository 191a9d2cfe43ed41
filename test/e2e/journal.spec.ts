import type { Page } from '@playwright/test';
import { expect, test } from './app.ts';
import { openFirstRow, copiedBy, expectAccessible, expectNoSidewaysScroll, goTo } from './steps.ts';

test.describe.configure({ mode: 'default' });

test('a database that was never changed says so', async ({ page, openApp }) => {
  await page.goto((await openApp({ database: 'journaled' })).url);
  await goTo(page, 'Journal');
  await expect(page.getByText('PgVitals has changed nothing in this database.')).toBeVisible();
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await expectAccessible(page);
  }
  await page.setViewportSize({ width: 640, height: 400 });
  await expectNoSidewaysScroll(page);
});

test('what was run is listed, filtered, copied, opened by its address, and taken back from there', async ({
  page,
  openApp,
}) => {
  await page.goto((await openApp({ database: 'journaled' })).url);
  await page.getByRole('banner').getByRole('button', { name: 'Read-only' }).click();
  await page.getByRole('button', { name: 'Unlock changes for 15 minutes' }).click();

  await goTo(page, 'Tables & vacuum');
  await openFirstRow(page, 'orders');
  const dialog = page.getByRole('dialog').filter({ has: page.locator('#plan-title') });
  await page
    .getByRole('dialog', { name: 'Table' })
    .getByRole('button', { name: 'Analyze…', exact: true })
    .click();
  await dialog.getByRole('button', { name: 'Analyze', exact: true }).click();
  await expect(dialog.getByRole('status')).toContainText('1 change made.');
  await dialog.getByRole('button', { name: 'Close' }).click();
  await closeDrawer(page);

  await goTo(page, 'Indexes');
  await page.getByRole('tab', { name: /^All/ }).click();
  await page.getByLabel('Filter indexes').fill('orders_customer_again');
  await expect(page.getByText(/^1 of \d+ shown$/)).toBeVisible();
  await page.getByRole('grid').focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'Index' }).getByRole('button', { name: 'Drop…' }).click();
  await dialog.getByRole('textbox').fill('orders_customer_again');
  await dialog.getByRole('button', { name: 'Drop index', exact: true }).click();
  await expect(dialog.getByRole('status')).toContainText('1 change made.');
  await dialog.getByRole('button', { name: 'Close' }).click();
  await closeDrawer(page);

  await goTo(page, 'Journal');
  const grid = page.getByRole('grid', { name: /^Journal/ });
  await expect(page.getByText('2 shown')).toBeVisible();
  const [newest, older] = [grid.locator('[aria-rowindex="2"]'), grid.locator('[aria-rowindex="3"]')];
  await expect(newest).toContainText('Drop orders_customer_again');
  await expect(newest).toContainText('R4');
  await expect(newest).toContainText('Done');
  await expect(newest).toContainText(/\d+ kB/);
  await expect(newest).toContainText('possible');
  await expect(older).toContainText('Analyze orders');
  await expect(older).toContainText('not needed');
  const copied = await copiedBy(page, page.getByRole('button', { name: 'CSV' }));
  expect(copied).toMatch(/^Began,What,Risk,Outcome,Changes,Freed,Took,Who,Undo\r?\n/);
  expect(copied).toMatch(/,Drop orders_customer_again,R4,Done,1,\d+,\d+,/);

  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await expectAccessible(page);
  }
  await page.getByLabel('Filter the journal').fill('drop');
  await expect(page.getByText('1 of 2 shown')).toBeVisible();
  await grid.focus();
  await page.keyboard.press('Enter');
  const drawer = page.getByRole('dialog', { name: 'Job' });
  await expect(drawer.getByRole('region', { name: /^SQL: / })).toContainText('DROP INDEX CONCURRENTLY');
  await expect(drawer.getByRole('region', { name: /^Undo SQL: / })).toContainText(
    'CREATE INDEX CONCURRENTLY',
  );
  await expect(drawer.getByRole('row', { name: /^Size of orders_customer_again/ })).toBeVisible();
  await page.reload();
  await expectAccessible(page);
  await page.setViewportSize({ width: 640, height: 400 });
  await expectNoSidewaysScroll(page);
  await page.setViewportSize({ width: 1280, height: 800 });

  await drawer.getByRole('button', { name: 'Undo…' }).click();
  await dialog.getByRole('button', { name: 'Undo', exact: true }).click();
  await expect(dialog.getByRole('status')).toContainText('1 change made.');
  await dialog.getByRole('button', { name: 'Close' }).click();
  await expect(drawer).toContainText('It was taken back by a later job.');
  await drawer.getByRole('button', { name: 'Show the job that took it back' }).click();
  await expect(
    drawer.getByRole('heading', { name: 'Undo: Drop the index orders_customer_again' }),
  ).toBeVisible();
});

/** The drawer takes keys once the dialog above it is gone. */
async function closeDrawer(page: Page): Promise<void> {
  await expect(page.locator('#plan-title')).toHaveCount(0);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
}
