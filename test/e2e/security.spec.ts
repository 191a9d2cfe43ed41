import { expect, test } from './app.ts';
import { expectAccessible, expectNoSidewaysScroll, goTo } from './steps.ts';

test.describe('Security', () => {
  test('shows roles, filters them and opens one by keyboard', async ({ page, openApp }) => {
    await page.goto((await openApp({ database: 'demo' })).url);
    await goTo(page, 'Security');
    const grid = page.getByRole('grid', { name: 'Roles' });
    await expect(grid).toContainText('SUPERUSER');
    await page.getByRole('textbox', { name: 'Filter: Roles' }).fill('superuser');
    await expect(grid).not.toContainText('pg_monitor');
    await expectAccessible(page);
    await grid.focus();
    await page.keyboard.press('Enter');
    const drawer = page.getByRole('dialog', { name: 'Roles' });
    await expect(drawer).toContainText('SUPERUSER');
    await page.emulateMedia({ colorScheme: 'dark' });
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await expect(drawer).toBeHidden();
  });

  test('has a view for every question', async ({ page, openApp }) => {
    await page.goto((await openApp({ database: 'demo' })).url);
    await goTo(page, 'Security');
    const tabs = ['PUBLIC', 'Definer', 'Row security', 'TLS', 'pg_hba', 'Extensions', 'Audit triggers'];
    for (const name of tabs) {
      await page.getByRole('tab', { name: new RegExp(`^${name}`) }).click();
      await expect(page.getByRole('tabpanel')).toBeVisible();
      await expectAccessible(page);
    }
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`says what is hidden from a role without rights, at 200 % zoom, ${colorScheme}`, async ({
      page,
      openApp,
    }) => {
      await page.setViewportSize({ width: 640, height: 400 });
      await page.emulateMedia({ colorScheme });
      await page.goto((await openApp({ database: 'unprivileged' })).url);
      await goTo(page, 'Security');
      await expect(page.getByRole('main')).toContainText('GRANT SELECT ON pg_catalog.pg_authid');
      await page.getByRole('tab', { name: /^pg_hba/ }).click();
      await expect(page.getByRole('tabpanel')).toContainText('Not readable for this role.');
      await expectAccessible(page);
      await expectNoSidewaysScroll(page);
    });
  }
});
