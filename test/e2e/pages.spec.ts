import type { Page } from '@playwright/test';
import { INSIGHT_PAGES } from '../support/insight-pages.ts';
import { expect, test } from './app.ts';
import { expectAccessible, expectNoSidewaysScroll, goTo } from './steps.ts';

const whenRead = (page: Page) => page.getByRole('main').getByText(/^Read .* · /);

for (const database of ['empty', 'unprivileged'] as const) {
  test(`every page stands on a database that is ${database}`, async ({ page, openApp }) => {
    test.slow();
    await page.goto((await openApp({ database })).url);
    for (const title of INSIGHT_PAGES) {
      await goTo(page, title);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      await expect(whenRead(page)).toBeVisible();
      await expect(page.getByRole('alert')).toHaveCount(0);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        await expectAccessible(page);
      }
    }
  });
}

test('every view of every page works at 200 % zoom and can be reached and left by keyboard', async ({
  page,
  openApp,
}) => {
  test.slow();
  await page.goto((await openApp({ database: 'demo' })).url);
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Activity' }).waitFor();
  for (const title of INSIGHT_PAGES) {
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').fill(title);
    await page
      .getByRole('option', { name: new RegExp(`^${title}`) })
      .first()
      .waitFor();
    await page.keyboard.press('Enter');
    await expect(whenRead(page)).toBeVisible();
    await expectUsable(page, title);
    const tabs = page.getByRole('tablist', { name: 'Views' }).getByRole('tab');
    const count = await tabs.count();
    if (count > 0) await tabs.first().focus();
    for (let at = 1; at < count; at += 1) {
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('Enter');
      const tab = tabs.nth(at);
      await expect(tab).toHaveAttribute('aria-selected', 'true');
      await expect(page.getByRole('main').locator('.MuiSkeleton-root')).toHaveCount(0);
      await expectUsable(page, `${title} › ${await tab.innerText()}`);
      await tab.focus();
    }
  }
});

async function expectUsable(page: Page, name: string): Promise<void> {
  for (const viewport of [
    { width: 640, height: 400 },
    { width: 1280, height: 800 },
  ]) {
    await page.setViewportSize(viewport);
    await expectNoSidewaysScroll(page, `${name}, ${viewport.width} pixels wide,`);
  }
  expect.soft(await unreachable(page), `${name}: cannot be reached by keyboard`).toEqual([]);
}

/** Things to click that Tab does not reach, unless arrows do: inside a grid, a group, or a box that suggests. */
async function unreachable(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [
      ...document.querySelectorAll<HTMLElement>(
        'main button, main a, main input, main [role=grid], main summary',
      ),
    ]
      .filter((element) => element.offsetParent !== null)
      .filter(
        (element) =>
          element.tabIndex < 0 &&
          element.closest(
            '[role=tablist], [role=radiogroup], [role=group], [aria-hidden=true], .MuiAutocomplete-root',
          ) === null,
      )
      .filter((element) => !element.hasAttribute('disabled'))
      .map((element) => element.outerHTML.slice(0, 120)),
  );
}

test('F5 reads the page again; what it shows stays meanwhile, with its age', async ({ page, openApp }) => {
  await page.goto((await openApp({ database: 'demo' })).url);
  await goTo(page, 'Statistics');
  await expect(whenRead(page)).toBeVisible();
  await page.evaluate(() => document.body.setAttribute('data-still-here', ''));
  const readAt = () => whenRead(page).getAttribute('title');
  const before = await readAt();
  await page.waitForTimeout(1_100);
  await page.keyboard.press('F5');
  await expect.poll(readAt).not.toBe(before);
  await expect(page.locator('body[data-still-here]')).toBeAttached();
});
