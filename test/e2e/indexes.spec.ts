import { readFile } from 'node:fs/promises';
import { expect, test } from './app.ts';
import { query } from './sql.ts';
import { copiedBy, expectAccessible, expectNoSidewaysScroll, goTo, openAudited } from './steps.ts';

test.describe('Indexes', () => {
  test('totals, and the most indexed tables', async ({ page, openApp }) => {
    await openAudited(page, await openApp({ database: 'demo' }));
    await goTo(page, 'Indexes');
    const totals = page.getByRole('region', { name: 'Totals' });
    await expect(totals).toContainText('226');
    await expect(totals).toContainText('218');
    await expect(totals).toContainText('164');
    const cells = page.getByRole('grid').locator('[aria-rowindex="2"]').getByRole('gridcell');
    await expect(cells.nth(0)).toContainText('scheduled_posts');
    await expect(cells.nth(1)).toHaveText('19');
    await expect(cells.nth(2)).toHaveText('19');
    await expect(cells.nth(4)).toHaveText('22');
  });

  test('a table leads to its indexes, and Back returns', async ({ page, openApp, connectionUrl }) => {
    await openAudited(page, await openApp({ database: 'demo' }));
    await goTo(page, 'Indexes');
    await page.getByRole('grid').getByText('channels', { exact: true }).click();
    await expect(page.getByRole('tab', { name: /^All/ })).toHaveAttribute('aria-selected', 'true');
    await expect(page.getByRole('grid')).toHaveAttribute('aria-rowcount', '17');
    // This table alone, not every one with "channels" in its name; the address carries it.
    await expect(
      page.getByRole('grid').getByRole('columnheader', { name: 'Table', exact: true }),
    ).toHaveCount(0);
    const [{ names }] = (await query(
      await connectionUrl('demo'),
      "SELECT array_agg(indexrelid::regclass::text) AS names FROM pg_index WHERE indrelid = 'channels'::regclass",
    )) as [{ names: string[] }];
    const shown = await page
      .getByRole('grid')
      .locator('[data-row] [role="gridcell"]:nth-child(1)')
      .allInnerTexts();
    expect(shown.filter((name) => !names.includes(name))).toEqual([]);
    await expect(page).toHaveURL(/table=\d+/);
    await page.getByRole('tab', { name: /^Unused/ }).click();
    await expect(page.getByText('13 shown')).toBeVisible();
    await page.getByRole('button', { name: 'Only channels: show all tables again' }).press('Enter');
    await expect(page.getByText('218 shown')).toBeVisible();
    for (let steps = 0; steps < 3; steps += 1) await page.goBack();
    await expect(page.getByRole('tab', { name: 'By table' })).toHaveAttribute('aria-selected', 'true');
  });

  test('sizes sort as numbers, both ways, and say so', async ({ page, openApp }) => {
    await openAudited(page, await openApp({ database: 'demo' }));
    await goTo(page, 'Indexes');
    await page.getByRole('tab', { name: /^All/ }).click();
    const header = page.getByRole('columnheader', { name: 'Size', exact: true });
    const top = page.getByRole('grid').locator('[aria-rowindex="2"]').getByRole('gridcell').nth(4);
    await expect(header).toHaveAttribute('aria-sort', 'descending');
    await expect(top).toHaveText(/MB$/);
    await header.getByRole('button').click();
    await expect(header).toHaveAttribute('aria-sort', 'ascending');
    await expect(top).toHaveText(/^(8|16) kB$/);
  });

  test('most used first, in the order of the workload', async ({ page, openApp }) => {
    await openAudited(page, await openApp({ database: 'demo' }));
    await goTo(page, 'Indexes');
    await page.getByRole('tab', { name: 'Most used' }).press('Enter');
    const names = page.getByRole('grid').locator('[data-row] [role="gridcell"]:first-child');
    await expect(names.first()).toBeVisible();
    expect((await names.allInnerTexts()).slice(0, 5)).toEqual([
      'posts_pkey',
      'idx_post_metrics_lookup',
      'post_metrics_pkey',
      'channels_pkey',
      'idx_channels_user_lookup_cover',
    ]);
  });

  test('unused: filter, count, definition and findings of one index', async ({ page, openApp }) => {
    await openAudited(page, await openApp({ database: 'demo' }));
    await goTo(page, 'Indexes');
    await page.getByRole('tab', { name: /^Unused/ }).click();
    await expect(page.getByText('218 shown')).toBeVisible();
    await page.getByRole('tab', { name: /^Removable/ }).click();
    await expect(page.getByText('164 shown')).toBeVisible();
    await page.keyboard.press('Control+f');
    await expect(page.getByLabel('Filter indexes')).toBeFocused();
    await page.keyboard.type('idx_sent_posts_time');
    await expect(page.getByText('1 of 164 shown')).toBeVisible();
    await page.getByRole('grid').focus();
    await page.keyboard.press('Enter');
    const drawer = page.getByRole('dialog', { name: 'Index' });
    await expect(drawer.getByRole('region', { name: 'Index definition' })).toContainText('CREATE INDEX');
    await drawer.getByRole('link', { name: 'Two indexes do the same' }).click();
    await expect(page.getByRole('dialog', { name: 'Finding' })).toContainText('idx_sent_posts_time');
  });

  test('families name the one to keep', async ({ page, openApp }) => {
    await openAudited(page, await openApp({ database: 'demo' }));
    await goTo(page, 'Indexes');
    await page.getByRole('tab', { name: /^Duplicates/ }).click();
    await page.getByLabel('Filter families').fill('sent_posts');
    await page.getByRole('grid').getByText('Same definition').first().click();
    const drawer = page.getByRole('dialog', { name: 'Index family' });
    await expect(drawer.getByRole('heading', { name: /^Keep / })).toBeVisible();
    await expect(drawer.getByRole('cell', { name: 'Keep' })).toHaveCount(1);
    await expect(drawer.getByRole('cell', { name: 'Drop' })).not.toHaveCount(0);
  });

  test('copies what is shown as CSV with raw numbers', async ({ page, openApp }) => {
    await openAudited(page, await openApp({ database: 'demo' }));
    await goTo(page, 'Indexes');
    await page.getByRole('tab', { name: 'Most used' }).press('Enter');
    const copied = await copiedBy(page, page.getByRole('button', { name: 'CSV' }));
    const [head, first] = copied.replaceAll('\r', '').split('\n');
    expect(head).toBe('Index,Table,Columns,Notes,Size,Scans,Scans/day,Scans/write');
    expect(first).toMatch(/^posts_pkey,posts,id,"?primary key[^"]*"?,\d+,\d+,,[\d.]+$/);
  });

  test('a removal plan says what stays and why, and its scripts are whole', async ({ page, openApp }) => {
    await page.goto((await openApp({ database: 'demo' })).url);
    await goTo(page, 'Indexes');
    await page.getByRole('tab', { name: 'Removal plan' }).click();
    const summary = page.getByRole('region', { name: 'Summary of the removal plan' });
    await expect(summary).toContainText('last support of a foreign key');
    await expect(summary).toContainText(/115 indexes stay .* because it is smaller than 10 MB/);
    await page.getByRole('button', { name: 'Show the SQL…' }).click();
    const drawer = page.getByRole('dialog', { name: 'Removal scripts' });
    await expect(drawer.getByRole('region', { name: 'SQL that drops them' })).toContainText(
      'DROP INDEX CONCURRENTLY',
    );
    await page.keyboard.press('Escape');
    // By keyboard, with what the counters do not prove.
    await page.getByRole('checkbox', { name: /Also plan what is not proven/ }).press('Space');
    await expect(summary).toContainText('Drops 131 indexes');
    await page.getByRole('button', { name: 'Show the SQL…' }).click();
    const copied = await copiedBy(
      page,
      drawer.getByRole('button', { name: /^Copy all of it \(.* kB\)/ }).first(),
    );
    expect(copied.match(/^DROP INDEX CONCURRENTLY .*;$/gm)).toHaveLength(131);
  });

  test('what is missing opens with its SQL, by keyboard', async ({ page, openApp }) => {
    await page.goto((await openApp({ database: 'planned' })).url);
    await goTo(page, 'Indexes');
    await page.getByRole('tab', { name: /^Missing/ }).click();
    await expect(page.getByText('7 shown')).toBeVisible();
    await page.getByRole('button', { name: 'Look at the plans of statements' }).press('Enter');
    const answer = page.getByRole('region', { name: 'Indexes that statements ask for' }).getByRole('status');
    await expect(answer).toHaveText(/^\d+ plans? of the heaviest of \d+ statements? ask for /);
    await page.getByRole('grid').focus();
    await page.keyboard.press('Enter');
    const drawer = page.getByRole('dialog', { name: 'Missing index' });
    await expect(drawer).toContainText('user_activity_log');
    await expect(drawer.getByRole('region', { name: /^SQL of the fix/ })).toContainText(
      'CREATE INDEX CONCURRENTLY',
    );
    await page.keyboard.press('Escape');
    await expect(drawer).toBeHidden();
  });

  test('the chart of size and use has a table that the keyboard reaches', async ({ page, openApp }) => {
    await page.goto((await openApp({ database: 'demo' })).url);
    await goTo(page, 'Indexes');
    await page.getByRole('tab', { name: 'Size and use' }).press('Enter');
    await expect(page.getByRole('heading', { name: /of all 226 indexes/ })).toBeVisible();
    await expect(page.getByRole('figure').locator('.recharts-symbols')).toHaveCount(229);
    await page.getByRole('button', { name: 'Table' }).press('Enter');
    await page.getByRole('grid', { name: /^Size, writes and scans/ }).press('Enter');
    await expect(page.getByRole('dialog', { name: 'Index' })).toContainText('idx_post_metrics_lookup');
  });

  test('a report is saved as a file', async ({ page, openApp }) => {
    await openAudited(page, await openApp({ database: 'demo' }));
    await page.keyboard.press('Control+e');
    await page.getByRole('radio', { name: /^JSON/ }).check();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save report' }).click(),
    ]);
    const audit: { kind: string; facts: { indexes: number } } = JSON.parse(
      await readFile(await download.path(), 'utf8'),
    );
    expect(audit.kind).toBe('pgvitals-audit');
    expect(audit.facts.indexes).toBe(226);
    expect(download.suggestedFilename()).toMatch(/\.json$/);
  });
});

const STATES = [
  ['by table', ''],
  ['all', '?tab=all'],
  ['removal plan', '?tab=removal&unproven=yes'],
  ['duplicates', '?tab=duplicates'],
  ['missing', '?tab=missing'],
  ['invalid', '?tab=invalid'],
  ['bloated', '?tab=bloated'],
  ['size and use', '?tab=map'],
] as const;

for (const colorScheme of ['light', 'dark'] as const) {
  test(`Indexes, all tabs: no violation in ${colorScheme}, nor sideways at 200 % zoom`, async ({
    page,
    openApp,
  }) => {
    test.setTimeout(120_000);
    await page.emulateMedia({ colorScheme });
    await page.goto((await openApp({ database: 'demo' })).url);
    await goTo(page, 'Indexes');
    const address = page.url();
    for (const [name, query] of STATES) {
      await test.step(name, async () => {
        await page.setViewportSize({ width: 1280, height: 800 });
        await page.goto(`${address}${query}`);
        await expect(
          page.getByRole('tabpanel').getByRole(query.endsWith('map') ? 'figure' : 'grid'),
        ).toBeVisible();
        await expectAccessible(page);
        await page.setViewportSize({ width: 640, height: 400 });
        await expectNoSidewaysScroll(page);
      });
    }
  });
}
