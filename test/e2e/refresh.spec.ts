import { randomBytes } from 'node:crypto';
import type { Page } from '@playwright/test';
import pg from 'pg';
import { INSIGHT_PAGES } from '../support/insight-pages.ts';
import { expect, test } from './app.ts';
import { goTo } from './steps.ts';

const INTERVAL_MS = 10_000;

test.describe('Refreshing', () => {
  test('a page shows what is new by itself, rests while the window is hidden, and catches up', async ({
    page,
    openApp,
    connectionUrl,
  }) => {
    test.slow();
    const app = await openApp({ database: 'empty' });
    const sent = countMessages(page);
    await page.goto(app.url);
    await goTo(page, 'Activity');
    await expectInterval(page, '30 s');
    await chooseRefresh(page, 'Refresh every 10 s');
    await expectInterval(page, '10 s');

    const url = await connectionUrl('empty');
    await using first = await connectAs(url);
    await expect(page.getByText(first.name)).toBeVisible({ timeout: INTERVAL_MS + 5_000 });

    await setHidden(page, true);
    await using second = await connectAs(url);
    // What was under way when the window was hidden may still end.
    await page.waitForTimeout(1_000);
    const before = sent();
    await page.waitForTimeout(INTERVAL_MS + 4_000);
    expect(sent()).toBe(before);
    await expect(page.getByText(second.name)).toBeHidden();

    await setHidden(page, false);
    await expect(page.getByText(second.name)).toBeVisible({ timeout: 3_000 });
  });

  test('a page that refreshes only when asked waits for it', async ({ page, openApp, connectionUrl }) => {
    const app = await openApp({ database: 'empty' });
    const sent = countMessages(page);
    await page.goto(app.url);
    await goTo(page, 'Activity');
    await chooseRefresh(page, 'Refresh only when asked');
    await expect(page.getByText(/^Read just now · does not refresh by itself$/)).toBeVisible();
    await using session = await connectAs(await connectionUrl('empty'));
    const before = sent();
    await setHidden(page, true);
    await setHidden(page, false);
    await page.waitForTimeout(2_000);
    expect(sent()).toBe(before);
    await expect(page.getByText(session.name)).toBeHidden();
    await page.keyboard.press('F5');
    await expect(page.getByText(session.name)).toBeVisible();
  });

  test('every page says how old it is, also in a small window', async ({ page, openApp }) => {
    await page.goto((await openApp({ database: 'demo' })).url);
    for (const title of INSIGHT_PAGES) {
      await page.setViewportSize({ width: 1280, height: 800 });
      await goTo(page, title);
      await expect(
        page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: new RegExp(`^${title}`) }),
      ).toHaveAttribute('aria-current', 'page');
      const age = page.getByRole('main').getByText(/^Read (?:just now|.+ ago) · /);
      await expect(age).toBeInViewport({ ratio: 1 });
      await page.setViewportSize({ width: 640, height: 400 });
      await expect(age).toBeInViewport({ ratio: 1 });
    }
  });
});

async function chooseRefresh(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: 'Appearance and refresh' }).click();
  await page.getByRole('menuitemradio', { name }).click();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('menu')).toBeHidden();
}

/** A reading of more than a hundredth of it makes it longer, as on a busy machine: then the page is read once more. */
async function expectInterval(page: Page, interval: string): Promise<void> {
  await expect(async () => {
    const age = page.getByText(/^Read (?:just now|.+ ago) · every /);
    if (!(await age.innerText()).endsWith(`every ${interval}`)) await page.keyboard.press('F5');
    await expect(age).toHaveText(`Read just now · every ${interval}`, { timeout: 2_000 });
  }).toPass({ timeout: 60_000 });
}

/** Messages from the page to the engine so far. */
function countMessages(page: Page): () => number {
  let count = 0;
  page.on('websocket', (socket) => socket.on('framesent', () => (count += 1)));
  return () => count;
}

/** What the browser tells a page whose window is minimised, or whose tab is left. */
async function setHidden(page: Page, isHidden: boolean): Promise<void> {
  await page.evaluate((hidden) => {
    Object.defineProperty(document, 'visibilityState', {
      configurable: true,
      get: () => (hidden ? 'hidden' : 'visible'),
    });
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
  }, isHidden);
}

/** A session that the page has not seen yet, by a name of its own. */
async function connectAs(url: string): Promise<{ readonly name: string } & AsyncDisposable> {
  const name = `seen-${randomBytes(4).toString('hex')}`;
  const client = new pg.Client({ connectionString: url, application_name: name });
  await client.connect();
  return { name, [Symbol.asyncDispose]: () => client.end() };
}
