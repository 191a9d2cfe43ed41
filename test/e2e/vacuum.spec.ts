import type { Page } from '@playwright/test';
import { expect, test } from './app.ts';
import { query, withSessions } from './sql.ts';
import { copiedBy, expectAccessible, expectGoodViews, expectNoSidewaysScroll, goTo } from './steps.ts';

const TABS = ['Tables', 'Freeze & horizon', 'Activity', 'Configuration', 'Bloat'] as const;

const tab = (page: Page, name: string) => page.getByRole('tab', { name, exact: true });
const grid = (page: Page, name: string) => page.getByRole('grid', { name: new RegExp(`^${name}`) });
const rows = (page: Page, name: string) => grid(page, name).locator('[data-row]');
const row = (page: Page, name: string) =>
  rows(page, 'Tables').filter({ has: page.getByText(name, { exact: true }) });

test.describe('Tables & vacuum', () => {
  test('what is due, what waits and what is off; filtered, opened by keyboard, copied', async ({
    page,
    openApp,
  }) => {
    await page.goto((await openApp({ database: 'busy' })).url);
    await goTo(page, 'Tables & vacuum');
    // 300 dead of 1,000 rows are above 50 + 0.2 × 1,000.
    await expect(row(page, 'worn')).toContainText('High');
    await expect(row(page, 'worn')).toContainText('30 %');
    await expect(row(page, 'worn')).toContainText('due now');
    await expect(row(page, 'untended')).toContainText('off for this table');
    // 200,000 + 0.2 × 1,000 and one more, less the ten that are dead.
    await expect(row(page, 'patient')).toContainText('in 200\u202f191 dead rows');

    await page.getByRole('combobox', { name: 'Level' }).click();
    await page.getByRole('option', { name: 'Due now' }).click();
    await expect(rows(page, 'Tables')).toHaveCount(1);
    await grid(page, 'Tables').focus();
    await page.keyboard.press('Enter');
    const drawer = page.getByRole('dialog', { name: 'Table' });
    await expect(drawer).toContainText('Due now.');
    await expect(drawer).toContainText('50 + 0.2 × 1\u202f000 rows');
    await expect(drawer.getByRole('heading', { name: 'HOT updates' })).toBeVisible();
    await expectAccessible(page);
    expect(await copiedBy(page, drawer.getByRole('button', { name: 'Copy SQL' }).first())).toContain(
      'VACUUM (ANALYZE) "public"."worn"',
    );
    await page.keyboard.press('Escape');
    await expect(drawer).toBeHidden();

    await page.getByRole('textbox', { name: 'Filter tables' }).fill('nothing like it');
    await expect(page.getByText('No table matches.')).toBeVisible();
    await page.reload();
    await expect(page.getByRole('textbox', { name: 'Filter tables' })).toHaveValue('nothing like it');
    await page.getByRole('textbox', { name: 'Filter tables' }).fill('');
    const copied = await copiedBy(page, page.getByRole('button', { name: 'CSV' }));
    expect(copied).toMatch(
      /^Table,Level,Dead,Dead rows,Live rows,Trigger,Next autovacuum,.+\r?\nworn,High,30,300,700,250,due now,/,
    );
  });

  test('a VACUUM that runs is shown with its phase and share, as the server has them', async ({
    page,
    openApp,
    connectionUrl,
  }) => {
    const url = await connectionUrl('busy');
    await page.goto((await openApp({ database: 'busy' })).url);
    await withSessions(url, ['slow vacuum'], async ([session]) => {
      await session.run("SET vacuum_cost_delay = '100ms'; SET vacuum_cost_limit = 1");
      session.begin('VACUUM (FREEZE) holes');
      await expect
        .poll(
          async () =>
            (await query(url, 'SELECT 1 FROM pg_stat_progress_vacuum WHERE heap_blks_scanned > 0')).length,
        )
        .toBe(1);
      await goTo(page, 'Tables & vacuum');
      await tab(page, 'Activity').click();
      const running = page.getByRole('region', { name: 'Running now', exact: true });
      const [truth] = await query<{ total: string }>(
        url,
        'SELECT heap_blks_total AS total FROM pg_stat_progress_vacuum',
      );
      const line = running.getByRole('row', { name: new RegExp(`^${session.pid} VACUUM`) });
      await expect(line).toContainText('scanning heap');
      await expect(line).toContainText('looks for dead rows');
      await expect(line).toContainText(new RegExp(` of ${grouped(Number(truth?.total))} blocks`));
      await expect(line).toContainText(/\d %/);
      await expectAccessible(page);
      await goTo(page, 'Activity');
      await tab(page, 'Maintenance (1)').click();
      await expect(page.getByRole('row', { name: new RegExp(`^${session.pid} VACUUM`) })).toContainText(
        'scanning heap',
      );
    });
  });

  test('bloat is estimated first and measured when told to', async ({ page, openApp }) => {
    await page.goto((await openApp({ database: 'busy' })).url);
    await goTo(page, 'Tables & vacuum');
    await tab(page, 'Bloat').click();
    await expect(rows(page, 'Bloat estimates').first()).toContainText('holes');
    await expect(rows(page, 'Bloat estimates').first()).toContainText('Estimate, high confidence');
    await rows(page, 'Bloat estimates').first().click();
    const drawer = page.getByRole('dialog', { name: 'Bloat' });
    await expect(drawer.getByRole('button', { name: 'Measure' })).toBeDisabled();
    await drawer.getByRole('checkbox', { name: 'Read it now' }).check();
    await drawer.getByRole('button', { name: 'Measure' }).click();
    await expect(drawer.getByRole('status')).toContainText(
      /^Measured: 7\d(\.\d)? % wasted by pgstattuple_approx/,
    );
    await expectAccessible(page);
  });

  test('the log is read when asked for, and says why where it cannot be', async ({ page, openApp }) => {
    await page.goto((await openApp({ database: 'demo' })).url);
    await goTo(page, 'Tables & vacuum');
    await tab(page, 'Activity').click();
    await page.getByRole('button', { name: 'Read the log' }).focus();
    await page.keyboard.press('Enter');
    await expect(page.getByRole('region', { name: /server's log/ }).getByRole('status')).toContainText(
      'logging_collector is off',
    );
  });

  test('a database without tables has the ages and settings of its server all the same', async ({
    page,
    openApp,
    connectionUrl,
  }) => {
    await page.goto((await openApp({ database: 'empty' })).url);
    await goTo(page, 'Tables & vacuum');
    await expect(page.getByText('This database has no table of its own yet.')).toBeVisible();
    await expect(page.getByRole('switch', { name: 'Partitions as one row' })).toBeHidden();
    await expectAccessible(page);
    const url = await connectionUrl('empty');
    await tab(page, 'Freeze & horizon').click();
    const ages = page.getByRole('region', { name: 'Freeze age of the databases' });
    for (const { name } of await query<{ name: string }>(url, 'SELECT datname AS name FROM pg_database'))
      await expect(ages.getByRole('cell', { name, exact: true })).toBeVisible();
    await expect(page.getByText('No tables.')).toBeVisible();
    await tab(page, 'Configuration').click();
    const [naptime] = await query<{ value: string }>(
      url,
      String.raw`SELECT regexp_replace(current_setting('autovacuum_naptime'), '(\d+)', '\1 ') AS value`,
    );
    await expect(page.getByRole('row', { name: /^autovacuum_naptime/ })).toContainText(naptime?.value ?? '?');
    await expectGoodViews(page, TABS);
  });

  test('a partitioned table is one row with its sums, and opens its partitions', async ({
    page,
    openApp,
    connectionUrl,
  }) => {
    await page.goto((await openApp({ database: 'related' })).url);
    await goTo(page, 'Tables & vacuum');
    const tables = grid(page, 'Tables');
    await expect(tables).toContainText('events_1');
    await page.getByRole('switch', { name: 'Partitions as one row' }).focus();
    await page.keyboard.press('Space');
    await expect(tables).not.toContainText('events_1');
    await page.reload();
    const [truth] = await query<{ leaves: number; dead: number }>(
      await connectionUrl('related'),
      `SELECT count(*)::int AS leaves, sum(n_dead_tup)::int AS dead FROM pg_inherits JOIN pg_stat_user_tables ON relid = inhrelid
       WHERE inhparent = 'events'::regclass`,
    );
    const events = row(page, 'events');
    const cells = events.getByRole('gridcell');
    await expect(cells.nth(1)).toHaveText(String(truth?.leaves));
    await expect(cells.nth(4)).toHaveText(String(truth?.dead));
    await expectAccessible(page);
    await events.click();
    const drawer = page.getByRole('dialog', { name: 'Partitioned table' });
    await expect(drawer).toContainText('2 partitions');
    await expect(drawer.locator('[data-row]')).toHaveCount(2);
    await expectAccessible(page);
    await page.setViewportSize({ width: 640, height: 400 });
    await expectNoSidewaysScroll(page);
    await drawer.getByText('events_3').click();
    const leaf = page.getByRole('dialog', { name: 'Table' });
    await expect(leaf.getByRole('heading', { name: 'events_3' })).toBeVisible();
    await expect(leaf).toContainText('events');
    await page.goBack();
    await expect(drawer).toContainText('2 partitions');
    await page.keyboard.press('Escape');
    await expect(drawer).toBeHidden();
    await expect(page.getByRole('switch', { name: 'Partitions as one row' })).toBeChecked();
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`every view is accessible, at 200 % zoom too, ${colorScheme}`, async ({ page, openApp }) => {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.goto((await openApp({ database: 'demo' })).url);
      await goTo(page, 'Tables & vacuum');
      await expectGoodViews(page, TABS);
    });
  }
});

/** As the page writes thousands. */
function grouped(count: number): string {
  return count.toLocaleString('en-US').replaceAll(',', '\u202f');
}
