import type { Page } from '@playwright/test';
import { expect, test } from './app.ts';
import { expectAccessible, expectNoSidewaysScroll, goTo } from './steps.ts';

test.describe('Connect', () => {
  test('says live what a pasted URL means, never its password', async ({ page, openApp }) => {
    const app = await openApp({ database: null });
    await page.goto(app.url);
    const understood = page.getByRole('region', { name: 'What PgVitals understood' });
    await page
      .getByLabel('Connection URL')
      .fill('postgresql+asyncpg://bot:s3cret-word@db.example.com:6432/analytics?ssl=require');
    await expect(understood).toContainText('db.example.com');
    await expect(understood).toContainText('6432');
    await expect(understood).toContainText('analytics');
    await expect(understood).toContainText('bot');
    await expect(understood).toContainText('require: encrypt, do not verify');
    await expect(understood).toContainText('asyncpg');
    await expect(understood).not.toContainText('s3cret-word');

    await page.getByLabel('Connection URL').fill('mysql://db.example.com/x');
    await expect(page.getByLabel('Connection URL')).toHaveAttribute('aria-invalid', 'true');
    await expect(understood).not.toContainText('db.example.com');
  });

  test('connects by URL and goes to the overview', async ({ page, openApp, connectionUrl }) => {
    const app = await openApp({ database: null });
    await page.goto(app.url);
    await page.getByLabel('Connection URL').fill(await connectionUrl('empty'));
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await expect(page.getByRole('heading', { name: 'Not audited yet' })).toBeVisible();
    await expect(page.getByRole('banner')).toContainText('PostgreSQL 15');
    await expect(page.getByRole('banner')).toContainText('primary');
    expect(await rememberedBy(page)).not.toContain(new URL(await connectionUrl('empty')).password);
    expect(await rememberedBy(page)).toContain('PostgreSQL 15');
    // Nor is it there again for whoever sits down at this screen.
    await page.goBack();
    expect(await rememberedBy(page)).not.toContain(new URL(await connectionUrl('empty')).password);
  });

  test('connects by fields', async ({ page, openApp, connectionUrl }) => {
    const url = new URL(await connectionUrl('empty'));
    const app = await openApp({ database: null });
    await page.goto(app.url);
    await page.getByRole('tab', { name: 'Fields' }).click();
    await page.getByLabel('Host').fill(url.hostname);
    await page.getByLabel('Port').fill('99999');
    await expect(page.getByRole('button', { name: 'Connect', exact: true })).toBeDisabled();
    await page.getByLabel('Port').fill(url.port);
    await page.getByLabel('Database').fill(url.pathname.slice(1));
    await page.getByLabel('User').fill(decodeURIComponent(url.username));
    await page.getByLabel('Password').fill(decodeURIComponent(url.password));
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await expect(page.getByRole('heading', { name: 'Not audited yet' })).toBeVisible();
  });

  test('a wrong password: one sentence, and which step failed with its cure', async ({
    page,
    openApp,
    connectionUrl,
  }) => {
    const url = new URL(await connectionUrl('empty'));
    url.password = 'certainly-wrong';
    const app = await openApp({ database: null });
    await page.goto(app.url);
    await page.getByLabel('Connection URL').fill(url.href);
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await expect(page.getByRole('alert')).toContainText('AUTH_FAILED');
    const steps = page.getByRole('region', { name: 'Steps of the connection test' });
    await expect(steps.getByText('What to do:')).toBeVisible();
    await expect(steps.getByText(/^ok/).first()).toBeVisible();
    await expect(steps.getByText(/^failed/)).toHaveCount(1);
    await expect(page.locator('body')).not.toContainText('certainly-wrong');

    // A new attempt begins with a clean page.
    await page.getByLabel('Password').fill('another');
    await expect(page.getByRole('alert')).toBeHidden();
    await expect(steps).toBeHidden();
  });

  test('a closed port fails at that step, and the test can be run without connecting', async ({
    page,
    openApp,
  }) => {
    const app = await openApp({ database: null });
    await page.goto(app.url);
    await page.getByLabel('Connection URL').fill('postgresql://someone@127.0.0.1:1/nothing');
    await page.getByRole('button', { name: 'Test the connection' }).click();
    const steps = page.getByRole('region', { name: 'Steps of the connection test' });
    await expect(steps.getByText('What to do:')).toBeVisible();
    await expect(steps.getByText(/^failed/)).toHaveCount(1);
    await expect(page).toHaveURL(/#\/connect$/);
  });

  test('the token leaves the address, and a reload still works', async ({ page, openApp }) => {
    const app = await openApp({ database: 'empty' });
    expect(app.url).toContain('#token=');
    await page.goto(app.url);
    await expect(page.getByRole('heading', { name: 'Not audited yet' })).toBeVisible();
    expect(page.url()).not.toContain('token');
    await page.reload();
    await expect(page.getByRole('heading', { name: 'Not audited yet' })).toBeVisible();
  });

  test('without the token the page says where to get it', async ({ page, openApp }) => {
    const app = await openApp({ database: 'empty' });
    await page.goto(app.url.replace(/#.*/, ''));
    await expect(page.getByRole('alert')).toContainText('printed in the terminal');
  });
});

test.describe('Saved connections', () => {
  test('saved with its environment, opened by name with a typed password, changed, handed on and removed by keyboard', async ({
    page,
    openApp,
    connectionUrl,
  }) => {
    const url = new URL(await connectionUrl('empty'));
    const { password } = url;
    url.password = '';
    await page.goto((await openApp({ database: null, keeps: true })).url);
    const saved = page.getByRole('region', { name: 'Saved connections' });
    await expect(saved).toContainText('None yet');
    await page.getByLabel('Connection URL').fill(url.href);
    await page.getByRole('button', { name: 'Save…' }).click();
    const dialog = page.getByRole('dialog');
    await expect(dialog.getByLabel('Name')).toHaveValue(`${url.pathname.slice(1)} on ${url.hostname}`);
    await dialog.getByLabel('Name').fill('Shop');
    await dialog.getByLabel('Environment').click();
    await page.getByRole('option', { name: 'Production' }).click();
    // No keychain behind a browser: never kept in clear instead.
    await expect(dialog.getByRole('checkbox')).toBeDisabled();
    await expectAccessible(page);
    await dialog.getByLabel('Name').press('Enter');
    await expect(saved.getByRole('listitem')).toContainText(['Production']);

    await saved.getByRole('button', { name: 'Connect to Shop' }).click();
    const ask = page.getByRole('dialog', { name: 'Password for Shop' });
    await ask.getByLabel('Password').fill('certainly-wrong');
    await page.keyboard.press('Enter');
    await expect(ask.getByRole('alert')).toContainText('AUTH_FAILED');
    await ask.getByLabel('Password').fill(decodeURIComponent(password));
    await page.keyboard.press('Enter');
    await expect(page.getByRole('banner')).toContainText('Production');
    await expect(page.getByRole('banner')).toContainText('Shop');
    await goTo(page, 'Settings');
    await expect(page.getByRole('banner')).toContainText('Production');

    await page.getByRole('link', { name: 'Connections' }).click();
    await expect(saved.getByRole('button', { name: 'Show Shop' })).toBeVisible();
    await expect(saved).toContainText('opened just now');
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await expectAccessible(page);
    }
    await expectNoSidewaysScroll(page);
    await saved.getByRole('button', { name: 'Import and export' }).click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: 'Export' }).click(),
    ]);
    const file = await download.path();
    await saved.getByRole('button', { name: 'More for Shop' }).press('Enter');
    await page.getByRole('menuitem', { name: 'Remove…' }).click();
    await expect(page.getByRole('button', { name: 'Remove', exact: true })).toBeDisabled();
    await page.getByLabel('Type Shop to confirm').fill('Shop');
    await page.keyboard.press('Enter');
    await expect(saved).toContainText('None yet');
    await page.getByLabel('File of exported connections').setInputFiles(file);
    await expect(page.getByRole('dialog')).toContainText('1 connection added');
    await page.keyboard.press('Escape');
    await expect(saved.getByRole('button', { name: 'Connect to Shop' })).toBeVisible();
  });
});

test('through an SSH server that is not known yet, with a locked key: asked for each, and the fingerprint compared', async ({
  page,
  openApp,
  connectionUrl,
  sshServer,
}) => {
  const ssh = await sshServer();
  await page.goto((await openApp({ database: null, keeps: true })).url);
  await page.getByLabel('Connection URL').fill(await connectionUrl('empty'));
  await page.getByRole('switch', { name: 'Through an SSH server' }).press('Space');
  await expect(page.getByRole('button', { name: 'Connect', exact: true })).toBeDisabled();
  await page.getByLabel('SSH server', { exact: true }).fill(ssh.destination);
  await page.getByLabel('Private key').fill(ssh.keyFile);
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  const question = page.getByRole('dialog', { name: 'Is this the right SSH server?' });
  await expect(question).toContainText(ssh.fingerprint);
  await expectAccessible(page);
  await expect(question.getByRole('button', { name: 'Trust it and connect' })).toBeDisabled();
  await question.getByRole('checkbox').press('Space');
  await question.getByRole('button', { name: 'Trust it and connect' }).click();
  await page.getByLabel('Passphrase', { exact: true }).fill(ssh.passphrase);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Not audited yet' })).toBeVisible();
  await expect(page.getByRole('banner')).toContainText(`through ${ssh.destination}`);
  await expect(page.locator('body')).not.toContainText(ssh.passphrase);
});

test('another database of the server is one choice away, from the chip and from Statistics', async ({
  page,
  openApp,
}) => {
  await page.goto((await openApp({ database: 'empty' })).url);
  const chip = page.getByRole('banner').getByRole('button', { name: /^Test database/ });
  await chip.press('Enter');
  const menu = page.getByRole('menu', { name: 'Connections' });
  await expect(menu).toContainText('Other databases of this server');
  await menu.getByRole('menuitem', { name: /^postgres/ }).press('Enter');
  await expect(page.getByRole('banner').getByRole('button', { name: /^postgres on/ })).toBeVisible();
  await goTo(page, 'Statistics');
  await page.getByRole('tab', { name: 'Databases' }).click();
  await page.getByRole('button', { name: 'Open empty_db' }).click();
  await expect(chip).toBeVisible();
});

test.describe('Demo', () => {
  test.slow();

  test('is built with real progress, opened and audited', async ({ page, openApp }) => {
    const app = await openApp({ database: null });
    await page.goto(app.url);
    await page.getByRole('button', { name: 'Open the demo' }).click();
    await expect(page.getByText(/\d of \d/).first()).toBeVisible({ timeout: 30_000 });
    await expect(page.getByRole('img', { name: /^Grade/ })).toBeVisible({ timeout: 90_000 });
    await expect(page.getByRole('banner')).toContainText('demo');
    await expect(page.getByRole('region', { name: 'Largest relations' })).toContainText('TOAST');
  });
});

/** What the page holds of it: the document, what is typed in its fields, its address and what it keeps in the browser. */
function rememberedBy(page: Page): Promise<string> {
  return page.evaluate(() =>
    [
      document.documentElement.outerHTML,
      ...Array.from(
        document.querySelectorAll('input, textarea'),
        (field) => (field as HTMLInputElement).value,
      ),
      location.href,
      JSON.stringify([history.state, Object.entries(localStorage), Object.entries(sessionStorage)]),
    ].join('\n'),
  );
}
