import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator, Page } from '@playwright/test';
import { expect, test } from './app.ts';
import { expectAccessible, expectNoSidewaysScroll, goTo, openFirstRow } from './steps.ts';
import { query } from './sql.ts';

test('a database without a backup says what would be lost, in every colour and size, and asks before it makes one', async ({
  page,
  openApp,
}) => {
  await page.goto((await openApp({ database: 'related' })).url);
  await goTo(page, 'Backups');
  await expect(page.getByText('There is no backup yet.')).toBeVisible();
  await expect(tile(page, 'Recovery point')).toContainText('Everything');
  await expect(tile(page, 'Last proven')).toContainText('Never');
  await expect(page.getByRole('button', { name: 'Clean up…' })).toBeDisabled();
  await expectGood(page, 'no backup');

  await main(page, 'Back up now').first().click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('radio', { name: /^Default .*about .*\(estimate\)$/ })).toBeChecked();
  await expect(dialog).toContainText(/pg_dump \d+\.\d+/);
  await dialog.getByRole('radio', { name: /^Some tables/ }).check();
  await expect(dialog.getByRole('button', { name: 'Back up', exact: true })).toBeDisabled();
  await expect(dialog.getByRole('menuitemcheckbox')).toHaveText([/^events_1/, /^events_3/, /^sales/]);
  await dialog.getByLabel('Find a table').fill('sal');
  await expect(dialog.getByRole('menuitemcheckbox')).toHaveText([/^sales/]);
  await page.keyboard.press('Enter');
  await expect(dialog.getByRole('group', { name: 'Chosen' })).toHaveText('sales');
  await expect(dialog.getByRole('button', { name: 'Back up', exact: true })).toBeEnabled();
  await expectGood(page, 'the questions before a backup');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);

  await page.keyboard.press('ControlOrMeta+k');
  await page.keyboard.type('back up this');
  await expect(page.getByRole('option', { name: /^Back up this database/ })).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(dialog.getByRole('button', { name: 'Back up', exact: true })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);

  await main(page, 'Rules and places…').click();
  await dialog.getByLabel('Keep at least').fill('1');
  await expect(dialog).toContainText('At least 2 are kept');
  await expect(dialog.getByRole('button', { name: 'Save', exact: true })).toBeDisabled();
  const folder = dialog.getByLabel('Folder of pg_dump and pg_restore');
  await folder.fill('/usr');
  await folder.press('Enter');
  await expect(dialog.getByRole('alert')).toContainText('/usr/pg_dump is not there.');
  await folder.fill('/usr/lib/postgresql/15');
  await dialog.getByRole('button', { name: 'Use it' }).click();
  await expect(dialog.getByRole('status')).toContainText(
    /^Your folder\/usr\/lib\/postgresql\/15\/bin pg_dump and pg_restore 15/,
  );
  await expectGood(page, 'rules and places');
  await dialog.getByRole('button', { name: 'Forget' }).click();
  await expect(dialog.getByRole('status')).toHaveCount(0);
  await dialog.getByLabel('Keep at least').fill('3');
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await main(page, 'Rules and places…').click();
  await expect(dialog.getByLabel('Keep at least')).toHaveValue('3');
});

test('a server that no client here can dump says so, and how to get one', async ({ page, openApp }) => {
  await page.goto((await openApp({ database: 'newer' })).url);
  await goTo(page, 'Backups');
  await expect(page.getByText('No backup can be made from here.')).toBeVisible();
  await expect(page.getByRole('main')).toContainText(/install/i);
  for (const button of await main(page, 'Back up now').all()) await expect(button).toBeDisabled();
  await expect(main(page, 'Choose a folder…')).toBeEnabled();
  await expectGood(page, 'no client');
});

test('a standby can be backed up, and says that restoring is for the primary', async ({ page, openApp }) => {
  const app = await openApp({ database: 'standby' });
  await page.goto(app.url);
  await goTo(page, 'Backups');
  await expect(page.getByText(/^This server is a standby/)).toBeVisible();
  const other = await page.context().newPage();
  await other.goto(app.url);
  await expect(other.getByRole('main').getByRole('button', { name: 'Run the audit' })).toBeVisible();
  await main(page, 'Back up now').first().click();
  await page.getByRole('dialog').getByRole('button', { name: 'Back up', exact: true }).click();
  await expectDone(page, 'Back up postgres');
  // Another window hears of it without being asked to look.
  await expect(other.getByRole('banner').getByRole('button', { name: /^Back up postgres/ })).toBeVisible();
  await other.close();
  await row(page, 'Intact').click();
  await page.getByRole('dialog', { name: 'Backup' }).getByRole('button', { name: 'Verify…' }).click();
  await expect(page.getByRole('radio', { name: /^Test restore on this server/ })).toBeDisabled();
});

// Of one database, of which one backup is made at a time: one after the other.
test.describe('backups of the hostile database', () => {
  test.describe.configure({ mode: 'default' });

  test('a run that is not permitted ends with the reason, and is listed until one succeeds', async ({
    page,
    openApp,
  }) => {
    await page.goto((await openApp({ database: 'unprivileged' })).url);
    await goTo(page, 'Backups');
    await main(page, 'Back up now').first().click();
    await page.getByRole('dialog').getByRole('button', { name: 'Back up', exact: true }).click();
    await expect(page.getByRole('main').getByRole('alert')).toContainText(/permission/i);
    await page.getByRole('tab', { name: 'Failed runs (1)' }).click();
    await expect(page.getByRole('list', { name: 'Failed runs' })).toContainText(/permission/i);
    await expectGood(page, 'a failed run');
  });

  test('a backup whose description was changed is foreign: shown by the keyboard, imported or left alone', async ({
    page,
    openApp,
  }) => {
    await page.goto((await openApp({ database: 'hostile' })).url);
    await goTo(page, 'Backups');
    await main(page, 'Back up now').first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('radio', { name: /^Some schemas/ }).check();
    await expect(dialog.getByRole('menuitemcheckbox').first()).toBeVisible();
    await dialog.getByLabel('Find a schema').press('ArrowDown');
    await page.keyboard.press('Enter');
    await dialog.getByLabel('Note').fill('before');
    await dialog.getByRole('button', { name: 'Back up', exact: true }).click();
    await expectDone(page, /^Back up/);
    await expect(row(page, 'Intact')).toContainText('Schema public');
    await row(page, 'Intact').click();
    const path = join(await dialog.locator('code').first().innerText(), 'manifest.json');
    await writeFile(path, (await readFile(path, 'utf8')).replace('"before"', '"after!"'));
    await page.keyboard.press('Escape');
    await page.keyboard.press('F5');
    await openFirstRow(page, 'Foreign');
    await expect(dialog.getByRole('button', { name: 'Import' })).toBeEnabled();
    await expect(dialog.getByRole('button', { name: 'Delete…' })).toBeDisabled();
    await expect(dialog.getByLabel('Note')).toHaveCount(0);
    await expect(dialog).toContainText('after!');
    await expectGood(page, 'a foreign backup');
  });
});

test('the circle: made, proven, caught when damaged, restored in place, taken back, cleaned up, planned for', async ({
  page,
  openApp,
  connectionUrl,
}) => {
  test.setTimeout(120_000);
  const url = await connectionUrl('kept');
  const before = await countMetrics(url);
  await page.goto((await openApp({ database: 'kept' })).url);
  await goTo(page, 'Backups');
  await main(page, 'Back up now').first().click();
  const dialog = page.getByRole('dialog').last();
  await dialog.getByLabel('Compare with the source').check();
  await dialog.getByLabel('Note').fill('before the change');
  await dialog.getByRole('button', { name: 'Back up', exact: true }).click();
  await expectDone(page, 'Back up analyticbot');
  await expect(tile(page, 'Recovery point')).toContainText('Under a minute');
  await expect(tile(page, 'Compression')).toContainText(/\d+ % smaller/);
  await expect(row(page, 'Intact')).toContainText(/analyticbot\s*Whole database/);

  await page.getByRole('button', { name: 'Open and verify it' }).click();
  const drawer = page.getByRole('dialog', { name: 'Backup' });
  await expect(drawer.getByRole('grid', { name: 'Rows per table' })).toContainText(
    /post_metrics\s*200.000\s*hashed/,
  );
  await expectGood(page, 'the drawer of a backup');
  await drawer.getByRole('button', { name: 'Verify…' }).click();
  await expectAccessible(page, { name: 'the ways to verify' });
  await dialog.getByRole('button', { name: 'Restore and compare' }).click();
  await expectDone(page, 'Verify the backup of analyticbot');
  await expect(row(page, 'Verified')).toBeVisible();
  await expect(tile(page, 'Recovery time')).toContainText(/\d/);
  await expect(tile(page, 'Last proven')).toContainText('Just now');
  await expectGood(page, 'the result of a verification');

  // One bit of a second backup turns over on the disk.
  await main(page, 'Back up now').click();
  await dialog.getByRole('button', { name: 'Back up', exact: true }).click();
  await expectDone(page, 'Back up analyticbot');
  await page.getByRole('button', { name: 'Open and verify it' }).click();
  await flipOneBit(await drawer.locator('code').first().innerText());
  await drawer.getByRole('button', { name: 'Verify…' }).click();
  await dialog.getByRole('radio', { name: /^Check the files only/ }).check();
  await dialog.getByRole('button', { name: 'Check', exact: true }).click();
  await expect(page.getByRole('main').getByRole('alert')).toContainText('sha256');
  await expect(row(page, 'Damaged')).toBeVisible();
  await main(page, 'Dismiss').click();

  await query(url, 'DELETE FROM post_metrics WHERE id > 100');
  await row(page, 'Verified').click();
  await drawer.getByRole('button', { name: 'Restore…' }).click();
  await dialog.getByRole('radio', { name: /^Some tables/ }).check();
  await dialog.getByRole('menuitemcheckbox', { name: /^post_metrics/ }).click();
  await dialog.getByRole('button', { name: 'Preview…' }).click();
  await expect(dialog.getByRole('heading', { name: /^Restore 1 table into analyticbot_/ })).toBeVisible();
  await expectAccessible(page, { name: 'the preview of some tables' });
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await row(page, 'Verified').click();
  await drawer.getByRole('button', { name: 'Restore…' }).click();
  await dialog.getByRole('radio', { name: /^In place of analyticbot/ }).check();
  await dialog.getByRole('button', { name: 'Preview…' }).click();
  await expect(
    dialog.getByRole('heading', { name: /^Replace analyticbot with the backup of/ }),
  ).toBeVisible();
  await dialog.getByRole('button', { name: 'Unlock changes for 15 minutes' }).click();
  await expectGood(page, 'the preview of a restore');
  await confirm(dialog, 'analyticbot', 'Replace database');
  await expectDone(page, /^Replace analyticbot with/);
  expect(await countMetrics(url)).toBe(before);

  await page.getByRole('tab', { name: 'Put aside by a restore (1)' }).click();
  await expectGood(page, 'databases put aside');
  await page.getByRole('tabpanel').getByRole('button', { name: 'Swap back…' }).click();
  await confirm(dialog, 'analyticbot', /^Swap/);
  await expectDone(page, /^Give analyticbot back/);
  expect(await countMetrics(url)).toBeLessThan(before);

  await page.getByRole('tabpanel').getByRole('button', { name: 'Drop…' }).click();
  await expect(dialog.getByRole('heading', { name: /^Drop analyticbot__pgv_old_/ })).toBeVisible();
  await expect(dialog.getByRole('button', { name: 'Drop database' })).toBeDisabled();
  await expectAccessible(page, { name: 'the preview of a drop' });
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);

  await page.getByRole('tab', { name: /^Backups/ }).click();
  await row(page, 'Damaged').click();
  await drawer.getByRole('button', { name: 'Delete…' }).click();
  await expect(dialog.getByRole('region', { name: 'Backups that go' })).toContainText('analyticbot');
  await confirm(dialog, null, 'Delete');
  await expectDone(page, 'Delete 1 backup');
  await expect(row(page, 'Damaged')).toHaveCount(0);
  await page.getByRole('tab', { name: 'Trash (1)' }).click();
  await expect(row(page, 'Damaged')).toBeVisible();
  await expectGood(page, 'the trash');
  await row(page, 'Damaged').click();
  await drawer.getByRole('button', { name: 'Take out of the trash' }).click();
  // The button that had the focus is gone: the key has to come from inside of the drawer.
  await drawer.getByRole('button', { name: 'Restore…' }).press('Escape');
  await expect(page.getByRole('tab', { name: 'Trash (0)' })).toBeVisible();

  await main(page, 'Clean up…').click();
  await expect(dialog.getByRole('region', { name: 'Backups that stay' })).toContainText('analyticbot');
  await expectGood(page, 'the preview of a clean-up');
  await page.keyboard.press('Escape');

  await main(page, 'Recovery plan…').click();
  const download = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: /^Markdown/ }).click();
  const plan = await readFile(await (await download).path(), 'utf8');
  expect(plan).toContain('pg_restore ');
  expect(plan).toContain('analyticbot');
});

function tile(page: Page, label: string): Locator {
  return page
    .getByRole('region', { name: 'What would be lost' })
    .locator('dl > div')
    .filter({ has: page.getByText(label, { exact: true }) });
}

function main(page: Page, name: string): Locator {
  return page.getByRole('main').getByRole('button', { name, exact: true });
}

/** The row of the list with this word in it. */
function row(page: Page, word: string): Locator {
  return page.getByRole('main').getByRole('row').filter({ hasText: word });
}

/** The job of this title has come to its end, and the list knows. */
async function expectDone(page: Page, title: string | RegExp): Promise<void> {
  const panel = page.getByRole('region', { name: title }).filter({ has: page.getByRole('list') });
  await expect(panel.getByRole('button', { name: 'Dismiss' })).toBeVisible({ timeout: 60_000 });
  await expect(panel.getByRole('alert')).toHaveCount(0);
  await expect(panel.locator('header')).toContainText('Done');
}

/** Ticks and types all that is asked for, and presses the verb. */
async function confirm(dialog: Locator, phrase: string | null, verb: string | RegExp): Promise<void> {
  const button = dialog.getByRole('button', { name: verb, exact: true });
  await expect(button).toBeVisible();
  for (const box of await dialog.getByRole('checkbox').all()) await box.check();
  const field = dialog.getByRole('textbox', { name: /^Type .* to confirm$/ });
  if (phrase !== null && (await field.count()) > 0) await field.fill(phrase);
  await button.click();
}

async function flipOneBit(folder: string): Promise<void> {
  const path = join(folder, 'data.dump');
  const content = await readFile(path);
  const middle = content.length >> 1;
  content[middle] = (content[middle] ?? 0) ^ 1;
  await writeFile(path, content);
}

async function countMetrics(url: string): Promise<number> {
  const [found] = await query<{ count: number }>(url, 'SELECT count(*)::int FROM post_metrics');
  return found?.count ?? -1;
}

/** Axe in light and dark, large and small, where they can differ; at 200 % zoom nothing scrolls sideways but tables inside themselves. */
async function expectGood(page: Page, name: string): Promise<void> {
  // What the pointer rests on may show a tooltip, which is part of no landmark.
  await page.mouse.move(0, 0);
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
  await expectAccessible(page, { name: `${name}, dark`, part: 'colors' });
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  await expectAccessible(page, { name: `${name}, light` });
  await page.setViewportSize({ width: 640, height: 400 });
  await expectNoSidewaysScroll(page, name);
  await expectAccessible(page, { name: `${name}, 640 pixels wide`, part: 'structure' });
  await page.setViewportSize({ width: 1280, height: 800 });
}
