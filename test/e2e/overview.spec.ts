import { expect, test } from './app.ts';
import { copiedBy, goTo, openAudited } from './steps.ts';

test.describe('Overview', () => {
  test('grades the demo and shows its key figures', async ({ page, openApp }) => {
    await openAudited(page, await openApp({ database: 'demo' }));
    await expect(page.getByRole('img', { name: /^Grade D/ })).toBeVisible();
    await expect(page.getByText(/critical findings?: at most D/)).toBeVisible();
    await expect(page.getByText(/\d+ of \d+ checks ran/)).toBeVisible();
    const figures = page.getByRole('region', { name: 'Key figures' });
    const figure = (label: string) =>
      figures
        .locator('div')
        .filter({ has: page.getByText(label, { exact: true }) })
        .locator('dd')
        .first();
    await expect(figure('Tables')).toHaveText('39');
    await expect(figure('Indexes')).toHaveText('226');
    await expect(figure('Never scanned')).toHaveText('218');
    await expect(figure('Removable indexes')).toHaveText('164');
    await expect(page.getByRole('region', { name: 'Categories' }).getByRole('listitem')).toHaveCount(6);
  });

  test('every lost point is there, and adds up', async ({ page, openApp }) => {
    await openAudited(page, await openApp({ database: 'demo' }));
    await page.getByRole('button', { name: 'Where the points went' }).click();
    const rows = page.getByRole('dialog').getByRole('row');
    const security = rows.filter({ hasText: 'Security' });
    const lost = (await security.locator('td:last-child').allInnerTexts()).reduce(
      (sum, text) => sum + Number(text),
      0,
    );
    await page.keyboard.press('Escape');
    const score = await page
      .getByRole('region', { name: 'Categories' })
      .getByRole('listitem')
      .filter({ hasText: 'Security' })
      .locator('.score')
      .innerText();
    expect(lost).toBeGreaterThan(0);
    expect(Number(score)).toBeCloseTo(100 - lost, 1);
  });

  test('what to fix first leads to its findings', async ({ page, openApp }) => {
    await openAudited(page, await openApp({ database: 'demo' }));
    await page
      .getByRole('region', { name: 'Fix first' })
      .getByRole('link', { name: /password/i })
      .click();
    await expect(page.getByRole('heading', { name: 'Findings' })).toBeVisible();
    await expect(
      page.getByRole('treegrid').getByRole('row').filter({ hasText: 'analyticbot_app' }),
    ).toBeVisible();
    await page.goBack();
    await expect(page.getByRole('img', { name: /^Grade/ })).toBeVisible();
  });

  test('the chart has a table of the same numbers', async ({ page, openApp }) => {
    await openAudited(page, await openApp({ database: 'demo' }));
    const panel = page.getByRole('region', { name: 'Largest relations' });
    await expect(panel.locator('svg text').filter({ hasText: 'post_metrics' })).toBeVisible();
    await panel.getByRole('button', { name: 'Table' }).click();
    const [first] = await panel.getByRole('row').filter({ hasText: 'post_metrics' }).all();
    await expect(first?.getByRole('cell').nth(5) ?? panel).toHaveText(/MB$/);
  });

  test('an empty database is empty in words', async ({ page, openApp }) => {
    await openAudited(page, await openApp({ database: 'empty' }));
    await expect(page.getByText('No tables yet.')).toBeVisible();
    await goTo(page, 'Indexes');
    await expect(page.getByText('No indexes.')).toBeVisible();
  });

  test('without rights, what could not be checked is listed with its GRANT', async ({ page, openApp }) => {
    await openAudited(page, await openApp({ database: 'unprivileged' }));
    const fold = page.getByText(/^Not fully checked: \d+ checks?$/);
    await expect(fold).toBeVisible();
    await expect(page.getByText(/GRANT .* TO /i).first()).toBeVisible();
    expect(await copiedBy(page, page.getByRole('button', { name: 'Copy GRANT' }).first())).toMatch(/GRANT /i);
  });
});
