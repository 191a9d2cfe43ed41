import type { Page } from '@playwright/test';
import { expect, test } from './app.ts';
import { copiedBy, expectAccessible, expectNoSidewaysScroll, goTo } from './steps.ts';

const grid = (page: Page) => page.getByRole('grid', { name: 'Materialized views' });
const row = (page: Page, name: string) => grid(page).locator('[data-row]').filter({ hasText: name });

test.describe('Materialized views', () => {
  test.beforeEach(async ({ page, openApp }) => {
    await page.goto((await openApp({ database: 'related' })).url);
    await goTo(page, 'Matviews');
    await expect(row(page, 'daily')).toBeVisible();
  });

  test('what is there, and in which order a view is refreshed, by keyboard', async ({ page }) => {
    await expect(page.getByRole('region', { name: 'Figures' })).toContainText(/Views\s*3/);
    await expect(page.getByRole('main')).toContainText(
      'pg_cron is not here: only those that PgVitals ran are known',
    );
    await expect(row(page, 'daily')).toContainText('yes');
    await expect(row(page, 'weekly')).toContainText('no: it has no unique index');
    await expect(row(page, 'hollow')).toContainText('none yet');
    await grid(page).focus();
    await page.keyboard.press('Enter');
    const drawer = page.getByRole('dialog', { name: 'Materialized view' });
    await expect(drawer.getByRole('heading', { name: 'daily', exact: true })).toBeVisible();
    const readers = drawer.getByRole('region', { name: 'What reads it' });
    await expect(readers.getByRole('row', { name: 'weekly materialized view 1' })).toBeVisible();
    await expect(readers.getByRole('row', { name: 'report view 2' })).toBeVisible();
    const order = drawer.getByRole('region', { name: 'Refresh of this view and those around it' });
    await expect(order).toContainText(
      /REFRESH MATERIALIZED VIEW CONCURRENTLY "public"."daily";\s*REFRESH MATERIALIZED VIEW "public"."weekly";/,
    );
    await page.keyboard.press('Escape');
    await expect(drawer).toBeHidden();
    const copied = await copiedBy(page, page.getByRole('button', { name: 'CSV' }));
    expect(copied.replaceAll('\r', '').trim().split('\n')).toHaveLength(4);
  });

  test('a refresh by itself is set once changes are unlocked, and taken away', async ({ page }) => {
    await grid(page).focus();
    await page.keyboard.press('Enter');
    const section = page.getByRole('dialog', { name: 'Materialized view' });
    await section.getByRole('combobox', { name: 'How often' }).click();
    await page.getByRole('option', { name: 'every hour', exact: true }).click();
    await section.getByRole('button', { name: 'Schedule' }).click();
    await expect(section.getByRole('alert')).toContainText('This connection is read-only.');
    await section.getByRole('button', { name: 'Unlock changes for 15 minutes' }).click();
    await expect(section.getByRole('alert')).toBeHidden();
    await section.getByRole('button', { name: 'Schedule' }).click();
    await expect(section).toContainText('Every hour; readers go on meanwhile. Next ');
    await expectAccessible(page);
    await page.reload();
    await section.getByRole('button', { name: 'No longer' }).click();
    await expect(section.getByRole('button', { name: 'Schedule' })).toBeVisible();
  });

  test('views that should be here: asked for by keyboard, missed, kept, and asked for no more', async ({
    page,
  }) => {
    const open = page.getByRole('button', { name: 'Expected views…' });
    await open.focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Views that should be here' });
    const field = dialog.getByRole('textbox', { name: 'Expected views' });
    await expect(field).toHaveValue('daily\nhollow\nweekly');
    await expect(dialog.getByRole('button', { name: 'Expect nothing' })).toBeDisabled();
    await field.fill('daily\nother.yearly\n');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await expect(dialog).toBeHidden();
    await expect(page.getByText('Missing: other.yearly')).toBeVisible();
    await page.reload();
    await expect(page.getByText('Missing: other.yearly')).toBeVisible();
    await expect(page.getByRole('region', { name: 'Figures' })).toContainText('of 2 expected');
    await open.click();
    await dialog.getByRole('button', { name: 'Expect nothing' }).click();
    await expect(dialog).toBeHidden();
    await expect(page.getByText('Missing: other.yearly')).toBeHidden();
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`page, details and dialog are accessible, at 200 % zoom too, ${colorScheme}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      for (const { width, height } of [
        { width: 1280, height: 800 },
        { width: 640, height: 400 },
      ]) {
        await page.setViewportSize({ width, height });
        await expectAccessible(page);
        await expectNoSidewaysScroll(page);
        await row(page, 'daily').click();
        await expect(page.getByRole('dialog', { name: 'Materialized view' })).toContainText('Definition');
        await expectAccessible(page);
        await page.keyboard.press('Escape');
        await page.getByRole('button', { name: 'Expected views…' }).click();
        await expect(page.getByRole('dialog', { name: 'Views that should be here' })).toBeVisible();
        await expectAccessible(page);
        await page.keyboard.press('Escape');
        await expect(page.getByRole('dialog')).toBeHidden();
      }
    });
  }
});

test('a database without any says so', async ({ page, openApp }) => {
  await page.goto((await openApp({ database: 'empty' })).url);
  await goTo(page, 'Matviews');
  await expect(page.getByText('No materialized views.')).toBeVisible();
  await expectAccessible(page);
});
