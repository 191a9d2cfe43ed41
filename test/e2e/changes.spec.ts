import { readFile } from 'node:fs/promises';
import type { Locator, Page } from '@playwright/test';
import { expect, test } from './app.ts';
import { query, withSessions } from './sql.ts';
import { openFirstRow, expectAccessible, expectNoSidewaysScroll, goTo, openAudited } from './steps.ts';

// One after the other: a database takes one job at a time.
test.describe.configure({ mode: 'default' });

const INDEX = 'orders_customer_again';

test('an index goes and comes back; a wrong name runs nothing, and the journal shows both', async ({
  page,
  openApp,
  connectionUrl,
}) => {
  const url = await connectionUrl('changes');
  const definition = async () =>
    (
      await query<{ indexdef: string }>(url, 'SELECT indexdef FROM pg_indexes WHERE indexname = $1', [INDEX])
    )[0]?.indexdef;
  const before = await definition();
  expect(before).toContain('CREATE INDEX');

  await page.goto((await openApp({ database: 'changes' })).url);
  const dialog = await previewDrop(page, INDEX);
  await expect(dialog.getByLabel('Connection')).toContainText('Test database');
  await expect(dialog.getByLabel('Connection')).toContainText('changes_db');
  await expect(dialog.getByRole('region', { name: 'SQL of the change' })).toContainText(
    `DROP INDEX CONCURRENTLY "public"."${INDEX}"`,
  );
  await expect(dialog.getByRole('region', { name: 'Undo SQL' })).toContainText('CREATE INDEX CONCURRENTLY');
  await expect(dialog.getByText(/Reads and writes of orders go on/)).toBeVisible();
  await expect(dialog.getByRole('list', { name: 'Looked at first' })).toContainText('primary');
  await expect(dialog.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await expectGoodDialog(page);

  // While it is read-only there is no verb at all.
  const verb = dialog.getByRole('button', { name: 'Drop index', exact: true });
  await expect(verb).toHaveCount(0);
  await dialog.getByRole('button', { name: 'Unlock changes for 15 minutes' }).click();
  await expect(verb).toBeDisabled();
  const phrase = dialog.getByRole('textbox', { name: `Type ${INDEX} to confirm` });
  await phrase.fill(`${INDEX.slice(0, -1)}`);
  await expect(verb).toBeDisabled();
  await expect(verb).toHaveAccessibleDescription(`Type ${INDEX} to confirm.`);
  await verb.click({ force: true });
  expect(await definition()).toBe(before);

  await phrase.fill(INDEX);
  await verb.click();
  await expect(dialog.getByRole('status')).toContainText('1 change made.');
  await expect(dialog.getByRole('row', { name: /^Size of orders_customer_again \d+ kB 0 B$/ })).toBeVisible();
  expect(await definition()).toBeUndefined();
  await expectGoodDialog(page);

  await dialog.getByRole('button', { name: 'Undo…' }).click();
  await expect(dialog.getByRole('heading', { name: `Undo: Drop the index ${INDEX}` })).toBeVisible();
  await dialog.getByRole('button', { name: 'Undo', exact: true }).click();
  await expect(dialog.getByRole('status')).toContainText('1 change made.');
  expect(await definition()).toBe(before);

  await dialog.getByRole('button', { name: 'Show in journal' }).click();
  const drawer = page.getByRole('dialog', { name: 'Job' });
  await expect(drawer.getByText('This job took back an earlier one.')).toBeVisible();
  await page.keyboard.press('Escape');
  const grid = page.getByRole('grid', { name: /^Journal/ });
  await expect(grid).toHaveAttribute('aria-rowcount', '3');
  await expect(grid.locator('[aria-rowindex="2"]')).toContainText(`Undo: Drop the index ${INDEX}`);
  await expect(grid.locator('[aria-rowindex="3"]')).toContainText('taken back');
});

test('a plan whose index was changed meanwhile does not start, and can be previewed again', async ({
  page,
  openApp,
  connectionUrl,
}) => {
  const url = await connectionUrl('changes');
  await page.goto((await openApp({ database: 'changes' })).url);
  const dialog = await previewDrop(page, 'orders_customer_third');
  await unlock(dialog);
  await dialog.getByRole('textbox').fill('orders_customer_third');
  await query(url, 'ALTER INDEX orders_customer_third RENAME TO orders_customer_renamed');
  await dialog.getByRole('button', { name: 'Drop index', exact: true }).click();
  const alert = dialog.getByRole('alert');
  await expect(alert).toContainText('It did not start');
  await expect(alert).toContainText('has changed since the preview, or is gone');
  await expect(alert).toContainText('PLAN_STALE');
  await expectGoodDialog(page);
  await alert.getByRole('button', { name: 'Preview again' }).click();
  await expect(dialog.getByRole('heading', { name: 'Drop orders_customer_renamed' })).toBeVisible();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(dialog).toBeHidden();
  await query(url, 'ALTER INDEX orders_customer_renamed RENAME TO orders_customer_third');
});

test('a job that waits names who holds it up, goes on in the top bar, is found after a reload, and is cancelled', async ({
  page,
  openApp,
  connectionUrl,
}) => {
  await withSessions(await connectionUrl('changes'), ['checkout'], async ([holder]) => {
    await holder.run('BEGIN');
    await holder.run('LOCK TABLE orders IN ACCESS SHARE MODE');
    await page.goto((await openApp({ database: 'changes' })).url);
    const dialog = await openTableAction(page, 'Rewrite (FULL)…');
    await unlock(dialog);
    const verb = dialog.getByRole('button', { name: 'Rewrite', exact: true });
    await dialog.getByRole('textbox', { name: 'Type orders to confirm' }).fill('orders');
    await expect(verb).toHaveAccessibleDescription('Tick what has to be accepted.');
    await dialog.getByRole('checkbox', { name: /at least .* free/ }).check();
    await verb.click();
    await expect(dialog.getByRole('progressbar')).toHaveAttribute('aria-valuetext', '0 of 1 done');
    await expect(dialog.getByRole('list', { name: 'Who holds it up' })).toContainText(`pid ${holder.pid}`);
    await expectGoodDialog(page);

    await dialog.getByRole('button', { name: 'Close' }).click();
    await expect(dialog).toBeHidden();
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await page.reload();
    await page
      .getByRole('banner')
      .getByRole('button', { name: /^Rewrite orders 0 of 1 done/ })
      .click();
    await dialog.getByRole('button', { name: 'Cancel this job' }).click();
    await expect(dialog.getByRole('status')).toContainText('Cancelled');
    await expect(dialog.getByRole('status')).toContainText('0 changes of 1 made.');
    await expect(dialog.getByRole('button', { name: 'Undo…' })).toHaveCount(0);
  });
});

test('a lock that is not free ends in an error inside the dialog, with the one who holds it', async ({
  page,
  openApp,
  connectionUrl,
}) => {
  await withSessions(await connectionUrl('changes'), ['migration'], async ([holder]) => {
    await holder.run('BEGIN');
    await holder.run('LOCK TABLE orders IN SHARE UPDATE EXCLUSIVE MODE');
    await page.goto((await openApp({ database: 'changes' })).url);
    const dialog = await openTableAction(page, 'Vacuum…');
    await unlock(dialog);
    await dialog.getByRole('button', { name: 'Vacuum', exact: true }).click();
    await expect(dialog.getByRole('status')).toContainText('Failed', { timeout: 20_000 });
    await expect(dialog).toContainText(`The lock was not free in 1 try: pid ${holder.pid}`);
    await expect(dialog).toContainText('SQLSTATE 55P03');
    await expectGoodDialog(page);
    await holder.run('ROLLBACK');
    await dialog.getByRole('button', { name: 'Preview again…' }).click();
    await dialog.getByRole('button', { name: 'Vacuum', exact: true }).click();
    await expect(dialog.getByRole('status')).toContainText('1 change made.');
  });
});

test('by keyboard alone: from the list to the result', async ({ page, openApp }) => {
  await page.goto((await openApp({ database: 'changes' })).url);
  await goTo(page, 'Tables & vacuum');
  await page.getByLabel('Filter tables').fill('orders');
  await openFirstRow(page, 'orders');
  const button = page
    .getByRole('dialog', { name: 'Table' })
    .getByRole('button', { name: 'Analyze…', exact: true });
  await expect(button).toBeVisible();
  for (let steps = 0; steps < 20 && !(await isFocused(button)); steps += 1) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  const dialog = planDialog(page);
  await expect(dialog.getByRole('heading', { name: 'Analyze orders' })).toBeVisible();
  await expect(dialog.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(dialog.getByRole('button', { name: 'Unlock changes for 15 minutes' })).toBeFocused();
  await page.keyboard.press('Enter');
  const verb = dialog.getByRole('button', { name: 'Analyze', exact: true });
  await expect(verb).toBeVisible();
  for (let steps = 0; steps < 20 && !(await isFocused(verb)); steps += 1) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(dialog.getByRole('status')).toContainText('1 change made.');
  await expect(dialog.getByRole('heading', { name: 'Analyze orders' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(button).toBeFocused();
});

test('findings are chosen together, previewed as one plan, and the audit knows that it is older', async ({
  page,
  openApp,
}) => {
  await openAudited(page, await openApp({ database: 'changes' }));
  await goTo(page, 'Findings');
  await page.getByLabel('Filter findings').fill('Two indexes do the same');
  await expect(page.getByRole('button', { name: 'Fix selected…' })).toBeDisabled();
  await page.getByRole('treegrid').focus();
  await page.keyboard.press('Space');
  await page.getByRole('button', { name: 'Fix 2 selected…' }).press('Enter');
  const dialog = planDialog(page);
  await expect(dialog.getByRole('heading', { name: 'Fix 2 findings' })).toBeVisible();
  await unlock(dialog);
  await dialog.getByRole('textbox', { name: 'Type 2 to confirm' }).fill('2');
  await dialog.getByRole('button', { name: 'Run all', exact: true }).click();
  await expect(dialog.getByRole('status')).toContainText('2 changes made.');
  const again = dialog.getByRole('list', { name: 'Looked again' });
  await expect(again.getByRole('listitem')).toHaveCount(2);
  await expect(again).not.toContainText('Not so');
  await dialog.getByRole('button', { name: 'Undo…' }).click();
  await dialog.getByRole('button', { name: 'Undo', exact: true }).click();
  await expect(dialog.getByRole('status')).toContainText('2 changes made.');
  await dialog.getByRole('button', { name: 'Close' }).click();
  await goTo(page, 'Overview');
  await expect(page.getByText('4 changes were made since this audit')).toBeVisible();
  await page.getByRole('button', { name: 'Run the audit again' }).click();
  await expect(page.getByText(/made since this audit/)).toBeHidden();
});

test('the lock in the top bar says what it means, opens, counts down and closes, by keyboard', async ({
  page,
  openApp,
}) => {
  await page.goto((await openApp({ database: 'changes' })).url);
  await goTo(page, 'Indexes');
  await expect(page.getByRole('grid')).toBeVisible();
  const bar = page.getByRole('banner');
  await bar.getByRole('button', { name: 'Read-only' }).press('Enter');
  const words = page.getByRole('dialog', { name: 'This connection is read-only' });
  await expect(words.getByRole('button', { name: 'Stay read-only' })).toBeFocused();
  await expectAccessible(page);
  await words.getByRole('button', { name: 'Unlock changes for 15 minutes' }).press('Enter');
  await expect(page.getByText('Changes are allowed for 15 minutes')).toBeAttached();
  const chip = bar.getByRole('button', { name: /^Changes allowed 14:5\d$/ });
  await expect(chip).toBeVisible();
  await expectAccessible(page);
  // The engine keeps it: a window that is opened again knows.
  await page.reload();
  await chip.press('Enter');
  await page.getByRole('button', { name: 'Make it read-only' }).press('Enter');
  await expect(bar.getByRole('button', { name: 'Read-only' })).toBeVisible();
});

test('a plan is saved as a script and as a migration', async ({ page, openApp }) => {
  await page.goto((await openApp({ database: 'changes' })).url);
  const dialog = await previewDrop(page, INDEX);
  const save = async (title: string) => {
    await dialog.getByRole('button', { name: 'Save as…' }).click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: title }).click(),
    ]);
    return { name: download.suggestedFilename(), text: await readFile(await download.path(), 'utf8') };
  };
  const script = await save('psql script');
  expect(script.name).toMatch(/\.sql$/);
  expect(script.text).toContain(`DROP INDEX CONCURRENTLY "public"."${INDEX}";`);
  const migration = await save('Alembic migration');
  expect(migration.name).toMatch(/\.py$/);
  expect(migration.text).toMatch(/def downgrade\(\)[\s\S]*CREATE INDEX CONCURRENTLY/);
});

test('statistics of statements that were reset can be read and copied in the journal', async ({
  page,
  openApp,
  connectionUrl,
}) => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  const url = await connectionUrl('cleared');
  await query(url, 'SELECT 4711 AS kept_by_the_journal');
  const [before] = await query<{ id: string }>(
    url,
    `SELECT queryid::text AS id FROM pg_stat_statements WHERE query LIKE '%kept_by_the_journal%' AND query NOT LIKE '%queryid%'`,
  );
  expect(before?.id).toMatch(/^-?\d{10,}$/);
  await page.goto((await openApp({ database: 'cleared' })).url);
  await goTo(page, 'Queries');
  await page.getByRole('button', { name: 'Reset statistics…' }).click();
  const dialog = planDialog(page);
  await unlock(dialog);
  await dialog
    .getByRole('textbox', { name: 'Type pg_stat_statements to confirm' })
    .fill('pg_stat_statements');
  await dialog.getByRole('button', { name: 'Reset statistics', exact: true }).click();
  await expect(dialog.getByRole('status')).toContainText('1 change made.');
  await dialog.getByRole('button', { name: 'Show in journal' }).click();
  const drawer = page.getByRole('dialog', { name: 'Job' });
  const grid = drawer.getByRole('grid', { name: /^Statistics of statements before the reset, / });
  await expect(grid.getByRole('columnheader')).toHaveText([/query/, /calls/, /total_exec_time/, /rows/]);
  await expect(grid.locator('[aria-rowindex="2"]')).toContainText(/\d/);
  await expectAccessible(page);
  await drawer.getByRole('button', { name: 'Every column as CSV' }).click();
  await expect(page.getByText(/^Copied Statistics of statements/)).toBeAttached();
  const csv = await page.evaluate(() => navigator.clipboard.readText());
  expect(csv).toMatch(/^query,calls,total_exec_time,rows,[^\n]*,queryid,/);
  expect(csv.split('\n').find((line) => line.includes('kept_by_the_journal'))).toContain(String(before?.id));
});

test("the demo's clean-up: 164 indexes go with progress, 62 stay, and one undo brings all of them back", async ({
  page,
  openApp,
  connectionUrl,
}) => {
  test.setTimeout(180_000);
  const url = await connectionUrl('cleared');
  const indexes = async () =>
    (
      await query<{ def: string }>(
        url,
        `SELECT pg_get_indexdef(i.indexrelid) AS def FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
         WHERE c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'pg_toast'::regnamespace) AND i.indisvalid ORDER BY 1`,
      )
    ).map(({ def }) => def);
  const before = await indexes();
  expect(before).toHaveLength(226);
  await page.goto((await openApp({ database: 'cleared' })).url);
  await goTo(page, 'Indexes');
  await page.getByRole('tab', { name: 'Removal plan' }).click();
  await page.getByRole('button', { name: 'Drop every never scanned one…' }).click();
  const dialog = planDialog(page);
  await expect(dialog.getByRole('heading', { name: 'Drop 164 indexes' })).toBeVisible();
  await expect(dialog.getByText(/frees about [\d.]+ MB/)).toBeVisible();
  const list = dialog.getByRole('region', { name: '164 changes, in this order' });
  await list.getByRole('button').first().press('Enter');
  await expect(list.getByRole('region', { name: /^SQL: / })).toContainText('DROP INDEX CONCURRENTLY');
  await expectGoodDialog(page);
  await unlock(dialog);
  await dialog.getByRole('checkbox', { name: /^I have read these \d+ points/ }).check();
  await dialog.getByRole('textbox', { name: 'Type 164 to confirm' }).fill('164');
  await dialog.getByRole('button', { name: 'Drop indexes', exact: true }).click();
  await expect(dialog.getByText(/^\d+ of 164 done$/)).toBeVisible();
  await expect(dialog.getByRole('status')).toContainText('164 changes made.', { timeout: 90_000 });
  await expect(dialog.getByRole('status')).toContainText(/[\d.]+ MB freed/);
  expect(await indexes()).toHaveLength(62);

  await dialog.getByRole('button', { name: 'Undo…' }).click();
  await dialog.getByRole('button', { name: 'Undo', exact: true }).click();
  await expect(dialog.getByRole('status')).toContainText('164 changes made.', { timeout: 90_000 });
  expect(await indexes()).toEqual(before);
});

function planDialog(page: Page): Locator {
  return page.getByRole('dialog').filter({ has: page.locator('#plan-title') });
}

async function previewDrop(page: Page, index: string): Promise<Locator> {
  await goTo(page, 'Indexes');
  await page.getByRole('tab', { name: /^All/ }).click();
  await page.getByLabel('Filter indexes').fill(index);
  await expect(page.getByText(/^1 of \d+ shown$/)).toBeVisible();
  await page.getByRole('grid').focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'Index' }).getByRole('button', { name: 'Drop…' }).click();
  const dialog = planDialog(page);
  await expect(dialog.getByRole('heading', { name: `Drop ${index}` })).toBeVisible();
  return dialog;
}

async function openTableAction(page: Page, action: string): Promise<Locator> {
  await goTo(page, 'Tables & vacuum');
  await page.getByLabel('Filter tables').fill('orders');
  await openFirstRow(page, 'orders');
  await page
    .getByRole('dialog', { name: 'Table' })
    .getByRole('button', { name: action, exact: true })
    .click();
  const dialog = planDialog(page);
  await expect(dialog.getByLabel('Connection')).toBeVisible();
  return dialog;
}

async function unlock(dialog: Locator): Promise<void> {
  await dialog.getByRole('button', { name: 'Unlock changes for 15 minutes' }).click();
}

async function isFocused(element: Locator): Promise<boolean> {
  return element.evaluate((node) => node === document.activeElement);
}

/** In both colour schemes, and at 200 % zoom. */
async function expectGoodDialog(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await expectAccessible(page);
  }
  await page.setViewportSize({ width: 640, height: 400 });
  await expectNoSidewaysScroll(page);
  await expect(planDialog(page).getByRole('button').last()).toBeInViewport();
  await page.setViewportSize({ width: 1280, height: 800 });
}
