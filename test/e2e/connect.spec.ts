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
    await expectAccessibleInBoth(page);
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

test('a saved connection is edited in fields and as one line, and duplicated; what has no field stays', async ({
  page,
  openApp,
}) => {
  await page.goto((await openApp({ database: null, keeps: true })).url);
  const saved = page.getByRole('region', { name: 'Saved connections' });
  // Fields take over from the URL, and the URL from fields.
  await page
    .getByLabel('Connection URL')
    .fill('postgresql://reader:s3cret-word@db.example:6432/shop?connect_timeout=7&sslmode=require');
  const fresh = page.getByRole('region', { name: 'New connection' });
  await fresh.getByRole('tab', { name: 'Fields' }).click();
  await expect(fresh.getByLabel('Host')).toHaveValue('db.example');
  await expect(fresh).toContainText('connect_timeout=7');
  await expect(fresh).toContainText('The URL has one');
  await fresh.getByLabel('Database').fill('shop two');
  await fresh.getByRole('tab', { name: 'URL' }).click();
  await expect(fresh.getByLabel('Connection URL')).toHaveValue(
    /^host=db.example port=6432 .*dbname='shop two'/,
  );
  await fresh.getByRole('button', { name: 'Save…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Shop');
  await dialog.getByRole('button', { name: 'Save' }).click();
  const choose = async (item: string): Promise<void> => {
    await saved.getByRole('button', { name: 'More for Shop', exact: true }).press('Enter');
    await page.getByRole('menuitem', { name: item }).press('Enter');
  };

  await choose('Edit…');
  await dialog.getByLabel('Host').fill('other.example');
  await expect(dialog.getByLabel('Root certificate')).toBeHidden();
  await dialog.getByLabel('TLS').click();
  await page.getByRole('option', { name: /^verify-ca/ }).click();
  await dialog.getByLabel('Root certificate').fill('/etc/ssl/shop root.crt');
  await dialog.getByRole('switch', { name: 'With a client certificate' }).press('Space');
  await dialog.getByLabel('Client key').fill('/home/me/shop.key');
  await expectAccessibleInBoth(page);
  await dialog.getByRole('tab', { name: 'As one line' }).click();
  const line = dialog.getByRole('textbox', { name: 'Address' });
  await expect(line).toHaveValue(
    /^host=other.example port=6432 .*sslmode=verify-ca sslrootcert='\/etc\/ssl\/shop root.crt' sslkey=\/home\/me\/shop.key connect_timeout=7$/,
  );
  await line.fill('mysql://db.example/x');
  await dialog.getByRole('tab', { name: 'Fields' }).click();
  await expect(line).toHaveAttribute('aria-invalid', 'true');
  await line.fill('host=third.example user=writer dbname=shop connect_timeout=9');
  await dialog.getByRole('tab', { name: 'Fields' }).click();
  await expect(dialog.getByLabel('User')).toHaveValue('writer');
  await expect(dialog.getByLabel('Client key')).toBeHidden();
  await dialog.getByRole('switch', { name: 'Through an SSH server' }).press('Space');
  await dialog.getByRole('textbox', { name: 'SSH server' }).fill('ops@bastion.example:2222');
  await dialog.getByLabel('Notes').fill('Ask Anna.');
  await dialog.getByRole('button', { name: 'Save' }).click();
  const address = 'writer@third.example:5432/shop through ops@bastion.example:2222';
  await expect(saved).toContainText(address);

  await choose('Duplicate…');
  await expect(dialog.getByLabel('Name')).toHaveValue('Shop (2)');
  await expect(dialog.getByRole('textbox', { name: 'SSH server' })).toHaveValue('ops@bastion.example:2222');
  await expect(dialog).toContainText('connect_timeout=9');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(saved.getByRole('listitem')).toContainText([
    /^Shop.*writer@third/,
    /^Shop \(2\).*writer@third/,
  ]);
  await expect(page.locator('body')).not.toContainText('s3cret-word');
});

test('a client certificate that is not there is named', async ({ page, openApp, connectionUrl }) => {
  const url = new URL(await connectionUrl('empty'));
  await page.goto((await openApp({ database: null })).url);
  await page.getByRole('tab', { name: 'Fields' }).click();
  await page.getByLabel('Host').fill(url.hostname);
  await page.getByLabel('Port').fill(url.port);
  await page.getByLabel('TLS').click();
  await page.getByRole('option', { name: /^require/ }).click();
  await page.getByRole('switch', { name: 'With a client certificate' }).press('Space');
  await expectAccessible(page);
  await page.getByRole('textbox', { name: 'Client certificate' }).fill('/no/such/file.crt');
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await expect(page.getByRole('alert')).toContainText('/no/such/file.crt, is not there');
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
  await expectAccessibleInBoth(page);
  await expect(question.getByRole('button', { name: 'Trust it and connect' })).toBeDisabled();
  await question.getByRole('checkbox').press('Space');
  await question.getByRole('button', { name: 'Trust it and connect' }).click();
  const secret = page.getByRole('dialog', { name: 'Passphrase of the SSH key' });
  await secret.getByLabel('Passphrase', { exact: true }).fill('wrong');
  await page.keyboard.press('Enter');
  await expect(secret.getByRole('alert')).toContainText('is wrong');
  await expectAccessibleInBoth(page);
  await secret.getByLabel('Passphrase', { exact: true }).fill(ssh.passphrase);
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

async function expectAccessibleInBoth(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await expectAccessible(page, colorScheme === 'dark' ? { part: 'colors' } : {});
  }
}
