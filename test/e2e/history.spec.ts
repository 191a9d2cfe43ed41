import type { Locator, Page } from '@playwright/test';
import { formatBytes } from '#shared/model/format.ts';
import { expect, type RunningApp, test } from './app.ts';
import { query } from './sql.ts';
import { expectAccessible, expectNoSidewaysScroll, goTo } from './steps.ts';

const TRENDS = [
  'Database size',
  'Dead rows',
  'Scans per second',
  'Transactions per second',
  'Statement load (ms per second)',
  'Connections',
  'Audit grade',
];

test.describe('History', () => {
  test('begins empty and fills by itself: samples, charts, the same numbers as tables', async ({
    page,
    openApp,
    connectionUrl,
  }) => {
    await openHistory(page, await openApp({ database: 'demo' }));
    for (const title of TRENDS)
      await expect(panel(page, title)).toContainText('A line begins with two figures in this range.');
    await expectSamples(page, 1);
    await chooseInterval(page, 'Every 15 s');
    await page.getByRole('tab', { name: 'Trends' }).click();
    await expectSamples(page, 2);
    const size = panel(page, 'Database size');
    await expect(size.getByRole('figure', { name: /^Database size over time/ })).toBeVisible();
    await expect(panel(page, 'Audit grade')).toContainText('Not enough yet.');

    await size.getByRole('button', { name: 'Table', exact: true }).click();
    const rows = size.getByRole('region', { name: 'Database size, table' }).locator('tbody tr');
    await expect(rows.nth(1)).toBeVisible();
    const url = await connectionUrl('demo');
    // A fresh database may still grow by itself: then the next sample tells.
    await expect(async () => {
      const [truth] = await query<{ bytes: string }>(
        url,
        'SELECT pg_database_size(current_database()) AS bytes',
      );
      await readAgain(page);
      expect(await rows.first().locator('td').last().innerText()).toBe(formatBytes(Number(truth?.bytes)));
    }).toPass({ timeout: 25_000 });

    await page.getByRole('button', { name: '7 days' }).click();
    await expect(page).toHaveURL(/range=week/);
    await page.goBack();
    await expect(page.getByRole('button', { name: '24 hours' })).toHaveAttribute('aria-pressed', 'true');
    await expectGood(page);
  });

  test('sampling is chosen by the keyboard, and never means never', async ({ page, openApp }) => {
    await openHistory(page, await openApp({ database: 'empty' }));
    await expect(figures(page)).toContainText('every 1 min');
    await expect(figures(page)).toContainText('ends with this session');
    await page.getByRole('tab', { name: 'Sampling' }).click();
    await page.getByRole('radio', { name: 'Every 1 min' }).focus();
    await page.keyboard.press('ArrowUp');
    await expect(page.getByRole('radio', { name: 'Every 15 s' })).toBeChecked();
    await expect(figures(page)).toContainText('every 15 s');
    await chooseInterval(page, 'Never');
    await expect(figures(page)).toContainText('sampling is off');
    const samples = tile(page, 'Samples').locator('.value');
    const taken = await samples.innerText();
    // The next would be due after five seconds.
    await page.waitForTimeout(6_000);
    await readAgain(page);
    expect(await samples.innerText()).toBe(taken);
    await expectGood(page);
  });

  test('two audits: what is new, what is fixed, and what stayed; days that nobody knows yet', async ({
    page,
    openApp,
    connectionUrl,
  }) => {
    const url = await connectionUrl('audited');
    await query(
      url,
      `CREATE TABLE kept (id int PRIMARY KEY, a int);
       CREATE INDEX kept_a ON kept (a); CREATE INDEX kept_a_again ON kept (a);
       CREATE TABLE mended (id int PRIMARY KEY, b int);
       CREATE INDEX mended_b ON mended (b); CREATE INDEX mended_b_again ON mended (b);
       CREATE TABLE numbered (id smallserial PRIMARY KEY); SELECT setval('numbered_id_seq', 24000)`,
    );
    await openHistory(page, await openApp({ database: 'audited' }));
    await page.getByRole('tab', { name: /^Audits/ }).click();
    await expect(page.getByText('No audit yet.')).toBeVisible();
    await runAudit(page, 1);
    await query(
      url,
      `DROP INDEX mended_b_again;
       CREATE TABLE broken (id int PRIMARY KEY, c int);
       CREATE INDEX broken_c ON broken (c); CREATE INDEX broken_c_again ON broken (c)`,
    );
    await runAudit(page, 2);

    await page.getByRole('grid').focus();
    await page.keyboard.press('Enter');
    const drawer = page.getByRole('dialog', { name: 'Compare audits' });
    await expect(drawer.getByRole('status')).toContainText(/^[A-F] → [A-F]; [1-9]\d* findings? as before\.$/);
    await expect(section(drawer, 'New')).toContainText('broken_c');
    await expect(section(drawer, 'Fixed')).toContainText('mended_b');
    await expect(drawer).not.toContainText('kept_a');
    await expectGood(page);
    await page.reload();
    await expect(section(drawer, 'New')).toContainText('broken_c');
    await page.keyboard.press('Escape');
    await expect(drawer).toBeHidden();
    await runAudit(page, 3);

    // The newest is compared with the one before, unless another is chosen; Back undoes the choice, then closes.
    await page.getByRole('grid').focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('Enter');
    await expect(section(drawer, 'New')).toContainText('None.');
    await drawer.getByRole('combobox', { name: 'Compared with' }).focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await expect(section(drawer, 'New')).toContainText('broken_c');
    await page.goBack();
    await expect(section(drawer, 'New')).toContainText('None.');
    await page.goForward();
    await expect(section(drawer, 'New')).toContainText('broken_c');
    await page.keyboard.press('Escape');
    await expect(drawer).toBeHidden();

    await page.getByRole('grid').focus();
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await expect(drawer).toContainText('This is the oldest audit kept: there is nothing to compare it with.');
    await page.keyboard.press('Escape');

    await page.getByRole('tab', { name: 'Trends' }).click();
    await expect(panel(page, 'Audit grade').getByRole('figure')).toContainText(/[A-F][+-]? \(\d+\)/);

    await page.getByRole('tab', { name: 'Days to exhaustion' }).click();
    const sequence = page.getByRole('row', { name: /numbered_id_seq/ });
    // 24,000 of 32,767, and no pace: the app has been open for less than an hour.
    await expect(sequence).toContainText('73.2 %');
    await expect(sequence).toContainText('unknown');
    await expect(sequence).toContainText('samples of at least one hour are needed');
    await expectGood(page);
  });
});

/** Opens the page without an audit: samples need none. */
async function openHistory(page: Page, app: RunningApp): Promise<void> {
  await page.goto(app.url);
  await goTo(page, 'History');
  await expect(page.getByRole('heading', { name: 'History', level: 1 })).toBeVisible();
  await expect(figures(page)).toBeVisible();
}

async function expectSamples(page: Page, atLeast: number): Promise<void> {
  const count = async (): Promise<number> => {
    await readAgain(page);
    return Number(await tile(page, 'Samples').locator('.value').innerText());
  };
  await expect.poll(count, { timeout: 30_000, intervals: [1_000] }).toBeGreaterThanOrEqual(atLeast);
}

async function chooseInterval(page: Page, name: string): Promise<void> {
  await page.getByRole('tab', { name: 'Sampling' }).click();
  const choice = page.getByRole('radio', { name });
  await choice.click();
  await expect(choice).toBeChecked();
}

/** The page that lists it knows of the audit as soon as it is over. */
async function runAudit(page: Page, kept: number): Promise<void> {
  await page.keyboard.press('ControlOrMeta+Shift+A');
  await expect(page.getByRole('tab', { name: `Audits (${kept})` })).toBeVisible();
  await expect(tile(page, 'Audits kept').locator('.value')).toHaveText(String(kept));
}

async function readAgain(page: Page): Promise<void> {
  const button = page.getByRole('button', { name: 'Read again now' });
  await button.click();
  // Its tooltip is no part of the page.
  await page.mouse.move(0, 0);
  await expect(page.getByRole('tooltip')).toBeHidden();
  await expect(button).toBeEnabled();
}

/** Nothing for axe in either colour scheme, and nothing to scroll sideways, also at 200 % zoom. */
async function expectGood(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await expect
      .poll(() => page.evaluate(() => document.documentElement.hasAttribute('data-dark')))
      .toBe(colorScheme === 'dark');
    await expectAccessible(page);
  }
  const viewport = page.viewportSize();
  await expectNoSidewaysScroll(page);
  await page.setViewportSize({ width: 640, height: 400 });
  await expectNoSidewaysScroll(page);
  if (viewport) await page.setViewportSize(viewport);
}

function figures(page: Page): Locator {
  return page.getByRole('region', { name: 'Figures' });
}

function tile(page: Page, label: string): Locator {
  return figures(page)
    .locator('div')
    .filter({ has: page.getByText(label, { exact: true }) });
}

function panel(page: Page, title: string): Locator {
  return page.getByRole('region', { name: title, exact: true });
}

function section(drawer: Locator, title: string): Locator {
  return drawer
    .locator('section')
    .filter({ has: drawer.page().getByRole('heading', { name: new RegExp(`^${title} \\(`) }) });
}
