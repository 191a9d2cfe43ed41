import { expect, test } from './app.ts';
import { copiedBy, expectAccessible, expectNoSidewaysScroll, goTo, openFirstRow } from './steps.ts';

test.describe('Privileges', () => {
  test('a role without rights is told what each thing takes, and which checks miss it', async ({
    page,
    openApp,
  }) => {
    await page.goto((await openApp({ database: 'unprivileged' })).url);
    await goTo(page, 'Privileges');
    const grid = page.getByRole('grid', { name: /^What PgVitals wants/ });
    await expect(grid).toContainText('GRANT pg_monitor TO "nobody_at_all";');
    await expect(page.getByText(/^\d+ checks of \d+ would see more/)).toBeVisible();
    await expectAccessible(page);
    await expectNoSidewaysScroll(page);
    expect(await copiedBy(page, page.getByRole('button', { name: 'CSV' }))).toMatch(
      /^What,This role,Checks blocked,In part,What unlocks it\r?\n"?Rules of pg_hba\.conf"?,Cannot,1,/,
    );
    await openFirstRow(page, 'Rules of pg_hba.conf', grid);
    const drawer = page.getByRole('dialog', { name: /^What PgVitals wants/ });
    await expect(drawer.getByRole('region', { name: 'Statements that unlock it' })).toContainText(
      'GRANT SELECT ON pg_catalog.pg_hba_file_rules TO "nobody_at_all";',
    );
    await expect(drawer).toContainText('1 check cannot run without it');
    await expectAccessible(page);
  });

  test('writes the script of a monitoring role, as ticked, and never with a password', async ({
    page,
    openApp,
  }) => {
    await page.goto((await openApp({ database: 'empty' })).url);
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Privileges' }).waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').fill('monitoring role');
    await page
      .getByRole('option', { name: /monitoring role/i })
      .first()
      .waitFor();
    await page.keyboard.press('Enter');
    const script = page.getByRole('region', { name: 'Script for psql', exact: true });
    await expect(script).toContainText('GRANT pg_monitor TO "pgvitals_monitor"');
    await expect(page.getByText(/A superuser sees everything/)).toBeVisible();
    await page.getByRole('checkbox', { name: /^May cancel and terminate/ }).check();
    await expect(script).toContainText('GRANT pg_signal_backend');
    const name = page.getByLabel('Name of the role');
    await name.fill('pg_mine');
    await expect(page.getByText('A role cannot have this name')).toBeVisible();
    await expect(script).toHaveCount(0);
    await name.fill('Watch "er"');
    await expect(script).toContainText('CREATE ROLE "Watch ""er""" LOGIN');
    await expectAccessible(page);
    await expectNoSidewaysScroll(page);
    const text = await copiedBy(
      page,
      page.getByRole('button', { name: 'Copy Script for psql', exact: true }),
    );
    expect(text).toMatch(/\n\\password "Watch ""er"""\n$/);
    expect(text).not.toMatch(/PASSWORD '/);
    await page.getByText('How to take it back').click();
    await expect(page.getByRole('region', { name: 'Script that takes it back' })).toContainText('DROP ROLE');
  });

  test('on a standby, rights and the script are for the primary', async ({ page, openApp }) => {
    await page.goto((await openApp({ database: 'standby' })).url);
    await goTo(page, 'Privileges');
    await expect(
      page.getByText(/^This server is a standby: roles and grants are made on the primary/),
    ).toBeVisible();
    await expect(page.getByRole('region', { name: 'Figures' })).toContainText('this is a standby');
    await expectAccessible(page);
    await page.getByRole('tab', { name: 'Monitoring role' }).click();
    await expect(page.getByRole('region', { name: 'Script for psql', exact: true })).toContainText(
      'Run it with psql on the primary',
    );
    await expect(page.getByText(/on the primary, from where it reaches this standby/)).toBeVisible();
    await expectAccessible(page);
    await expectNoSidewaysScroll(page);
  });
});
