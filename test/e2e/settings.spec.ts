import { expect, test } from './app.ts';
import { query } from './sql.ts';
import { copiedBy, expectAccessible, expectNoSidewaysScroll, goTo } from './steps.ts';

test.describe('Settings', () => {
  test('changed ones first; filter, drawer by keyboard, copy', async ({ page, openApp, connectionUrl }) => {
    await page.goto((await openApp({ database: 'demo' })).url);
    await goTo(page, 'Settings');
    const [truth] = await query<{ all: string; value: string; line: number }>(
      await connectionUrl('demo'),
      `SELECT (SELECT count(*) FROM pg_settings WHERE name !~ '^transaction_(isolation|read_only|deferrable)$')::text AS all,
         setting AS value, sourceline AS line FROM pg_settings WHERE name = 'autovacuum_max_workers'`,
    );
    await expect(page.getByText(`${truth?.all} shown`)).toBeVisible();
    await page.getByRole('checkbox', { name: 'Only changed ones' }).check();
    await page.keyboard.press('Control+f');
    await expect(page.getByRole('textbox', { name: 'Filter settings' })).toBeFocused();
    await page.keyboard.type('max_workers');
    await expect(page.getByText('1 shown')).toBeVisible();
    const copied = await copiedBy(page, page.getByRole('button', { name: 'CSV' }));
    expect(copied).toContain(
      `autovacuum_max_workers,${truth?.value},3,changed,postgresql.conf:${truth?.line},restart`,
    );
    await page.getByRole('grid').focus();
    await page.keyboard.press('Enter');
    const drawer = page.getByRole('dialog', { name: 'Setting' });
    await expect(drawer).toContainText(`postgresql.conf:${truth?.line}`);
    await expect(drawer).toContainText('Value in analyticbot');
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await expect(drawer).toBeHidden();
    // Where one was stays in the address.
    await page.reload();
    await expect(page.getByText('1 shown')).toBeVisible();
  });

  test('asks for the machine, then advises with reason, SQL and undo', async ({ page, openApp }) => {
    await page.goto((await openApp({ database: 'demo' })).url);
    await goTo(page, 'Settings');
    await page.getByRole('tab', { name: /^Advice/ }).click();
    await expect(page.getByRole('button', { name: 'Advise' })).toBeDisabled();
    await page.getByLabel('RAM in GB').fill('64');
    await page.getByLabel('CPUs').fill('16');
    await page.keyboard.press('Enter');
    const advice = page.getByText(/^shared_buffers: .* → 16GB$/);
    await expect(advice).toBeVisible();
    await advice.click();
    await expect(page.getByRole('region', { name: /SQL of the fix: Set shared_buffers/ })).toContainText(
      'ALTER SYSTEM SET "shared_buffers"',
    );
    await expect(page.getByRole('tabpanel')).toContainText('A quarter of the RAM');
    await expectAccessible(page);
    await page.emulateMedia({ colorScheme: 'dark' });
    await expectAccessible(page);
  });

  test('compares two connections by what differs', async ({ page, openApp, connectionUrl }) => {
    await page.goto((await openApp({ database: 'demo' })).url);
    await goTo(page, 'Settings');
    await page.getByRole('tab', { name: 'Compare' }).click();
    await expect(page.getByText('There is nothing to compare with.')).toBeVisible();
    await page.getByRole('link', { name: 'Connections' }).click();
    await page.getByLabel('Connection URL').fill(await connectionUrl('busy'));
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await goTo(page, 'Settings');
    await page.getByRole('tab', { name: 'Compare' }).click();
    const grid = page.getByRole('grid', { name: /^Settings of both/ });
    await expect(grid).toContainText('autovacuum_naptime');
    await expect(grid).not.toContainText('array_nulls');
    await page.getByRole('checkbox', { name: 'Only differences' }).uncheck();
    await expect(grid).toContainText('array_nulls');
    await expectAccessible(page);
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`every view is accessible, at 200 % zoom, ${colorScheme}`, async ({ page, openApp }) => {
      await page.setViewportSize({ width: 640, height: 400 });
      await page.emulateMedia({ colorScheme });
      await page.goto((await openApp({ database: 'unprivileged' })).url);
      await goTo(page, 'Settings');
      await expect(page.getByRole('main')).toContainText('GRANT SELECT ON pg_catalog.pg_file_settings');
      for (const name of ['Settings', 'Advice', 'Per role', 'Files', 'Compare']) {
        await page.getByRole('tab', { name: new RegExp(`^${name}`) }).click();
        await expect(page.getByRole('tab', { name: new RegExp(`^${name}`) })).toHaveAttribute(
          'aria-selected',
          'true',
        );
        await expectAccessible(page);
        await expectNoSidewaysScroll(page);
      }
    });
  }
});
