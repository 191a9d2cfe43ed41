import type { Locator, Page } from '@playwright/test';
import pg from 'pg';
import { expect, test } from './app.ts';
import { query, withSessions } from './sql.ts';
import { expectAccessible, expectNoSidewaysScroll, goTo } from './steps.ts';

// One after the other: a database takes one job at a time.
test.describe.configure({ mode: 'default' });

test('a new password is shown once, copied, and lets in; the journal has it no more', async ({
  page,
  openApp,
  connectionUrl,
}) => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  const url = new URL(await connectionUrl('offered'));
  await page.goto((await openApp({ database: 'offered' })).url);
  const drawer = await openRole(page);
  const dialog = await preview(page, drawer, 'New password…');
  await unlock(dialog);
  await dialog.getByRole('checkbox', { name: /^I copy the new password/ }).check();
  await dialog.getByRole('textbox', { name: 'Type courier to confirm' }).fill('courier');
  await dialog.getByRole('button', { name: 'Change password', exact: true }).click();
  await expect(dialog.getByRole('status')).toContainText('1 change made.');
  const secret = dialog.getByRole('region', { name: 'Only for you' });
  await expect(secret.locator('code')).toHaveCount(0);
  await secret.getByRole('button', { name: 'Show it once' }).click();
  const password = (await secret.locator('code').textContent()) ?? '';
  expect(password).toMatch(/^[A-Za-z0-9]{48}$/);
  await expectAccessible(page);
  await secret.getByRole('button', { name: /^Copy The new password/ }).click();
  await expect(page.getByText(/^Copied The new password/)).toBeAttached();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(password);
  const client = new pg.Client({
    host: url.hostname,
    port: Number(url.port),
    database: url.pathname.slice(1),
    user: 'courier',
    password,
  });
  await client.connect();
  await client.end();

  await dialog.getByRole('button', { name: 'Show in journal' }).click();
  const job = page.getByRole('dialog', { name: 'Job' });
  await job.getByRole('button', { name: 'Show it once' }).click();
  await expect(job).toContainText('was handed out already');
  await expect(page.getByText(password)).toHaveCount(0);
});

test('pages offer settings of roles, rights, parameters, extensions and keys, each with its preview', async ({
  page,
  openApp,
  connectionUrl,
}) => {
  await page.goto((await openApp({ database: 'offered' })).url);
  const drawer = await openRole(page);
  await drawer.getByLabel('Setting', { exact: true }).fill('statement_timeout');
  await drawer.getByLabel('Value', { exact: true }).fill('30s');
  await expectAccessible(page);
  const dialog = await preview(page, drawer, 'Set…');
  const sql = dialog.getByRole('region', { name: 'SQL of the change' });
  await expect(sql).toContainText(`ALTER ROLE "courier" SET "statement_timeout" = '30s'`);
  await unlock(dialog);
  await dialog.getByRole('textbox', { name: 'Type courier to confirm' }).fill('courier');
  await dialog.getByRole('button', { name: 'Set', exact: true }).click();
  await expect(dialog.getByRole('status')).toContainText('1 change made.');
  await dialog.getByRole('button', { name: 'Close' }).click();
  await preview(page, drawer, 'Reset statement_timeout…');
  await expect(sql).toContainText('ALTER ROLE "courier" RESET "statement_timeout"');
  await leave(page, dialog);

  await page.getByRole('tab', { name: /^Row security/ }).click();
  await page.getByRole('grid').getByText('orders').first().click();
  const table = page.getByRole('dialog', { name: 'Row security' });
  await table.getByRole('combobox', { name: 'Role' }).click();
  await page.getByRole('option', { name: 'courier' }).click();
  await table.getByRole('combobox', { name: 'Right' }).click();
  await page.getByRole('option', { name: 'INSERT' }).click();
  await preview(page, table, 'Grant…');
  await expect(sql).toContainText('GRANT INSERT ON TABLE "public"."orders" TO "courier"');
  await leave(page, dialog);

  await page.getByRole('tab', { name: /^Extensions/ }).click();
  await page.getByRole('combobox', { name: 'Not in this database' }).fill('pgstattuple');
  await page.getByRole('option', { name: /^pgstattuple/ }).click();
  await preview(page, page.getByRole('main'), 'Create…');
  await expect(sql).toContainText('CREATE EXTENSION "pgstattuple"');
  await leave(page, dialog);

  await goTo(page, 'Tables & vacuum');
  await page.getByLabel('Filter tables').fill('orders');
  await page.getByRole('grid').focus();
  await page.keyboard.press('Enter');
  const parameters = page.getByRole('dialog', { name: 'Table' });
  await parameters.getByRole('combobox', { name: 'Parameter' }).click();
  await page.getByRole('option', { name: 'autovacuum_vacuum_scale_factor' }).first().click();
  await expect(parameters.getByRole('button', { name: 'Reset…' })).toBeDisabled();
  await parameters.getByRole('textbox', { name: 'Value' }).fill('0.02');
  await preview(page, parameters, 'Set…');
  await expect(sql).toContainText('SET (autovacuum_vacuum_scale_factor = 0.02)');
  await leave(page, dialog);

  await goTo(page, 'Schema');
  await page.getByRole('tab', { name: /^Foreign keys/ }).click();
  await page.getByRole('button', { name: 'Add a foreign key' }).click();
  const form = page.getByRole('dialog', { name: 'New foreign key' });
  for (const [field, name] of [
    ['Table', 'orders'],
    ['Parent', 'customers'],
  ] as const) {
    await form.getByRole('combobox', { name: field }).fill(name);
    await page.getByRole('option', { name, exact: true }).click();
  }
  await expect(form.getByRole('combobox', { name: 'Column that holds id' })).toHaveText('customer_id');
  await expectAccessible(page);
  await preview(page, form, 'Add the foreign key…');
  await expect(dialog).toContainText('FOREIGN KEY ("customer_id") REFERENCES "public"."customers" ("id")');
  await dialog.getByRole('button', { name: 'Add foreign key', exact: true }).click();
  await expect(dialog.getByRole('status')).toContainText('1 change made.');
  const [key] = await query<{ valid: boolean }>(
    await connectionUrl('offered'),
    "SELECT convalidated AS valid FROM pg_constraint WHERE contype = 'f'",
  );
  expect(key).toEqual({ valid: true });
});

test('an index that is half dropped is named with both ways on, and built again', async ({
  page,
  openApp,
  connectionUrl,
}) => {
  const url = await connectionUrl('offered');
  const state = async () =>
    query<{ valid: boolean }>(
      url,
      "SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass('orders_customer_third')",
    );
  const app = await openApp({ database: 'offered' });
  await page.goto(app.url);
  await goTo(page, 'Indexes');
  await page.getByRole('tab', { name: /^All/ }).click();
  await page.getByLabel('Filter indexes').fill('orders_customer_third');
  await expect(page.getByText(/^1 of \d+ shown$/)).toBeVisible();
  await page.getByRole('grid').focus();
  await page.keyboard.press('Enter');
  const dialog = await preview(page, page.getByRole('dialog', { name: 'Index' }), 'Drop…');
  await unlock(dialog);
  await dialog.getByRole('textbox', { name: /^Type/ }).fill('orders_customer_third');
  // Another window hears of it without being asked to look.
  const other = await page.context().newPage();
  await other.goto(app.url);
  await expect(other.getByRole('banner').getByRole('button', { name: /^Changes allowed/ })).toBeVisible();
  await withSessions(url, ['reporting'], async ([holder]) => {
    await holder.run('BEGIN');
    await holder.run('LOCK TABLE orders IN ACCESS SHARE MODE');
    await dialog.getByRole('button', { name: 'Drop index', exact: true }).click();
    await expect(dialog.getByRole('list', { name: 'Who holds it up' })).toContainText(`pid ${holder.pid}`);
    await expect(
      other.getByRole('banner').getByRole('button', { name: /^Drop orders_customer_third 0 of 1 done/ }),
    ).toBeVisible();
    await other.close();
    await dialog.getByRole('button', { name: 'Cancel this job' }).click();
    await expect(dialog.getByRole('status')).toContainText('Cancelled');
  });
  expect(await state()).toEqual([{ valid: false }]);
  const left = dialog.getByRole('list', { name: 'Left behind' });
  await expect(left).toContainText('The index orders_customer_third is half dropped');
  await expect(left.getByRole('button', { name: 'Drop it…' })).toBeEnabled();
  await expectAccessible(page);
  await left.getByRole('button', { name: 'Build it again…' }).click();
  await dialog.getByRole('button', { name: /^(?:Build|Rebuild)/ }).click();
  await expect(dialog.getByRole('status')).toContainText('1 change made.');
  expect(await state()).toEqual([{ valid: true }]);
});

test('a preview of more than five minutes says so, and offers another one', async ({ page, openApp }) => {
  await page.clock.install();
  await page.goto((await openApp({ database: 'offered' })).url);
  await goTo(page, 'Tables & vacuum');
  await page.getByLabel('Filter tables').fill('orders');
  await page.getByRole('grid').focus();
  await page.keyboard.press('Enter');
  const dialog = await preview(page, page.getByRole('dialog', { name: 'Table' }), 'Analyze…');
  await unlock(dialog);
  const verb = dialog.getByRole('button', { name: 'Analyze', exact: true });
  await expect(verb).toBeEnabled();
  await page.clock.fastForward('05:01');
  await expect(dialog).toContainText('This preview is more than five minutes old');
  await expect(verb).toHaveCount(0);
  await expect(dialog.getByRole('button', { name: 'Save as…' })).toHaveCount(0);
  await dialog.getByRole('button', { name: 'Preview again' }).click();
  await verb.click();
  await expect(dialog.getByRole('status')).toContainText('1 change made.');
});

test('on a standby nothing is offered, and the reason is said', async ({ page, openApp }) => {
  await page.goto((await openApp({ database: 'standby' })).url);
  await goTo(page, 'Security');
  await page.getByRole('tab', { name: /^Extensions/ }).click();
  await page.getByRole('combobox', { name: 'Not in this database' }).fill('pgstattuple');
  await page.getByRole('option', { name: /^pgstattuple/ }).click();
  const button = page.getByRole('button', { name: 'Create…' });
  await expect(button).toBeDisabled();
  await button.hover({ force: true });
  await expect(page.getByRole('tooltip')).toHaveText('This server is a standby: it takes no changes.');
  await page.getByRole('banner').getByRole('button', { name: 'Read-only' }).click();
  const words = page.getByRole('dialog', { name: 'This connection is read-only' });
  await expect(words).toContainText('This server is a standby: it takes no changes.');
  await expect(words.getByRole('button', { name: 'Unlock changes for 15 minutes' })).toBeDisabled();
  await expectAccessible(page);
  await page.setViewportSize({ width: 640, height: 400 });
  await expectNoSidewaysScroll(page);
});

async function openRole(page: Page): Promise<Locator> {
  await goTo(page, 'Security');
  await page.getByRole('textbox', { name: 'Filter roles' }).fill('courier');
  await page.getByRole('grid').focus();
  await page.keyboard.press('Enter');
  return page.getByRole('dialog', { name: 'Roles' });
}

/** Opens the preview that a button asks for. */
async function preview(page: Page, place: Locator, name: string): Promise<Locator> {
  await place.getByRole('button', { name, exact: true }).click();
  const dialog = page.getByRole('dialog').filter({ has: page.locator('#plan-title') });
  await expect(dialog.getByLabel('Connection')).toBeVisible();
  return dialog;
}

async function unlock(dialog: Locator): Promise<void> {
  await dialog.getByRole('button', { name: 'Unlock changes for 15 minutes' }).click();
}

/** Closes the preview, and the drawer below it. */
async function leave(page: Page, dialog: Locator): Promise<void> {
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.locator('#plan-title')).toHaveCount(0);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
}
