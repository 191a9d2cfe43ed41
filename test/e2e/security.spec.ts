import { expect, test } from './app.ts';
import { query, withSessions } from './sql.ts';
import { openFirstRow, copiedBy, expectAccessible, expectNoSidewaysScroll, goTo } from './steps.ts';

const TABS = [
  'Roles',
  'PUBLIC',
  'Definer',
  'Row security',
  'TLS',
  'pg_hba',
  'Extensions',
  'Audit triggers',
] as const;

test.describe('Security', () => {
  test('roles fit the window, are filtered and opened by keyboard', async ({ page, openApp }) => {
    await page.goto((await openApp({ database: 'demo' })).url);
    await goTo(page, 'Security');
    const grid = page.getByRole('grid', { name: /^Roles/ });
    await expect(grid).toContainText('analyticbot_app');
    await expect(grid).not.toContainText('pg_monitor');
    expect(await grid.evaluate((element) => element.scrollWidth - element.clientWidth)).toBeLessThanOrEqual(
      0,
    );
    await page.getByRole('checkbox', { name: "PostgreSQL's own too" }).check();
    await page.getByRole('textbox', { name: 'Filter roles' }).fill('pg_monitor');
    await openFirstRow(page, 'pg_monitor', grid);
    const drawer = page.getByRole('dialog', { name: 'Roles' });
    await expect(drawer).toContainText('PostgreSQL does not record it');
    await expect(drawer.getByRole('cell', { name: 'pg_read_all_stats' })).toBeVisible();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await expect(drawer).toBeHidden();
  });

  test('row security comes with a policy to fill in, a warning and a way back', async ({ page, openApp }) => {
    await page.goto((await openApp({ database: 'demo' })).url);
    await goTo(page, 'Security');
    await page.getByRole('tab', { name: /^Row security/ }).click();
    await page.getByRole('grid').getByText('payment_methods').click();
    const drawer = page.getByRole('dialog', { name: 'Row security' });
    const sql = drawer.getByRole('region', { name: /^SQL of the fix/ });
    await expect(sql).toContainText('CREATE POLICY "own_rows"');
    await expect(sql).toContainText('ENABLE ROW LEVEL SECURITY');
    await expect(drawer).toContainText('every role that no policy admits sees and changes no rows at all');
    await expect(drawer.getByRole('region', { name: /^Undo SQL/ })).toContainText(
      'DISABLE ROW LEVEL SECURITY',
    );
    await expectAccessible(page);
    expect(await copiedBy(page, drawer.getByRole('button', { name: /^Copy SQL of the fix/ }))).toMatch(
      /ENABLE ROW LEVEL SECURITY;$/,
    );
  });

  test('shows who is connected without TLS, and what the user wants audited', async ({
    page,
    openApp,
    connectionUrl,
  }) => {
    const url = await connectionUrl('busy');
    await withSessions(url, ['bare-client'], async () => {
      await page.goto((await openApp({ database: 'busy' })).url);
      await goTo(page, 'Security');
      await page.getByRole('tab', { name: /^TLS/ }).click();
      const row = page.getByRole('row').filter({ hasText: 'bare-client' });
      await expect(row).toContainText('plain text');
      await expect(row).toContainText('127.0.0.1 (this machine)');
    });
    await page.getByRole('tab', { name: /^Audit triggers/ }).click();
    await expect(page.getByRole('grid')).toContainText('Nothing here.');
    await page.getByRole('button', { name: 'Choose tables…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Tables that should be audited' });
    await dialog.getByRole('textbox', { name: 'Audited tables' }).fill('accounts\nno_such_*');
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByRole('grid')).toContainText('none found');
    await expect(page.getByRole('grid')).toHaveAttribute('aria-rowcount', '2');
  });

  test('PUBLIC: grants first, what PostgreSQL gives by itself on request', async ({
    page,
    openApp,
    connectionUrl,
  }) => {
    const [truth] = await query<{ databases: number }>(
      await connectionUrl('demo'),
      "SELECT count(*)::int AS databases FROM pg_database WHERE datallowconn AND has_database_privilege('public', oid, 'CONNECT')",
    );
    await page.goto((await openApp({ database: 'demo' })).url);
    await goTo(page, 'Security');
    await page.getByRole('tab', { name: /^PUBLIC/ }).click();
    await page.getByRole('checkbox', { name: "PostgreSQL's defaults too" }).check();
    await page.getByRole('textbox', { name: 'Filter privileges of PUBLIC' }).fill('CONNECT');
    await expect(page.getByRole('grid')).toHaveAttribute(
      'aria-rowcount',
      String((truth?.databases ?? 0) + 1),
    );
    await page.getByRole('grid').getByText('analyticbot').click();
    await expect(page.getByRole('dialog', { name: 'Privileges of PUBLIC' })).toContainText(
      'REVOKE CONNECT, TEMPORARY ON DATABASE "analyticbot" FROM PUBLIC',
    );
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`every view is accessible, ${colorScheme}`, async ({ page, openApp }) => {
      test.slow();
      await page.emulateMedia({ colorScheme });
      await page.goto((await openApp({ database: 'demo' })).url);
      await goTo(page, 'Security');
      for (const name of TABS) {
        await page.getByRole('tab', { name: new RegExp(`^${name}`) }).click();
        await expect(page.getByRole('tabpanel').getByRole('grid')).toBeVisible();
        await expectAccessible(page);
      }
    });

    test(`says what is hidden from a role without rights, at 200 % zoom, ${colorScheme}`, async ({
      page,
      openApp,
    }) => {
      await page.setViewportSize({ width: 640, height: 400 });
      await page.emulateMedia({ colorScheme });
      await page.goto((await openApp({ database: 'unprivileged' })).url);
      await goTo(page, 'Security');
      await expect(page.getByRole('main')).toContainText('GRANT SELECT ON pg_catalog.pg_authid');
      await expect(page.getByRole('grid')).toContainText('not readable');
      for (const name of TABS) {
        await page.getByRole('tab', { name: new RegExp(`^${name}`) }).click();
        await expectNoSidewaysScroll(page);
      }
      await page.getByRole('tab', { name: /^pg_hba/ }).click();
      await expect(page.getByRole('tabpanel')).toContainText('Not readable for this role.');
      await expectAccessible(page);
    });
  }
});
