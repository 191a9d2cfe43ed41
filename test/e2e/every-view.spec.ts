import type { Page } from '@playwright/test';
import { INSIGHT_PAGES } from '../support/insight-pages.ts';
import { expect, test } from './app.ts';
import { expectAccessible, expectNoSidewaysScroll, goTo, openAudited } from './steps.ts';

const PAGES = ['Overview', 'Findings', ...INSIGHT_PAGES, 'Privileges'] as const;
/** Every second page each: two workers share the walk. */
const HALVES = [0, 1].map((half) => PAGES.filter((_, at) => at % 2 === half));

for (const [half, titles] of HALVES.entries()) {
  test(`every view and a drawer of every page pass axe, light and dark, small and large (${half + 1} of 2)`, async ({
    page,
    openApp,
  }) => {
    test.setTimeout(600_000);
    await openAudited(page, await openApp({ database: 'demo' }));
    for (const title of titles) {
      await goTo(page, title);
      let hasDrawer = false;
      for (const open of await viewsOf(page)) {
        const view = `${title} › ${await open()}`;
        await expectWhole(page);
        await expectGoodInAll(page, view);
        if (!hasDrawer && (await openDrawer(page))) {
          hasDrawer = true;
          await expectGoodInAll(page, `${view} › drawer`);
          await page.keyboard.press('Escape');
          await expect(page.getByRole('dialog')).toHaveCount(0);
        }
      }
      if (WITH_DRAWER.has(title)) expect(hasDrawer, `${title} has a row that opens`).toBe(true);
    }
  });
}

/** Those whose rows open something, in a database that has some. */
const WITH_DRAWER = new Set<string>([
  'Findings',
  'Statistics',
  'Tables & vacuum',
  'Queries',
  'Indexes',
  'Schema',
  'Matviews',
  'Settings',
  'Security',
  'Privileges',
]);

/** What opens each view of the page; one that has no tabs is one view. */
async function viewsOf(page: Page): Promise<(() => Promise<string>)[]> {
  await expectWhole(page);
  const tabs = page.getByRole('tablist', { name: 'Views' }).getByRole('tab');
  const count = await tabs.count();
  if (count === 0) return [() => Promise.resolve('its only view')];
  return Array.from({ length: count }, (_, at) => async () => {
    await tabs.nth(at).click();
    return tabs.nth(at).innerText();
  });
}

/** Nothing is loading any more. */
async function expectWhole(page: Page): Promise<void> {
  await expect(page.locator('h1')).toBeAttached();
  await expect(page.locator('.MuiSkeleton-root')).toHaveCount(0);
}

/** Opens the first row that can be opened; false where none can. */
async function openDrawer(page: Page): Promise<boolean> {
  const rows = page.getByRole('main').locator('[role=grid] [role=row], [role=treegrid] [role=row]');
  if ((await rows.count()) < 2) return false;
  await rows.nth(1).click();
  const drawer = page.getByRole('dialog');
  const isThere = await drawer.waitFor({ timeout: 1_000 }).then(
    () => true,
    () => false,
  );
  if (isThere) await expectWhole(page);
  return isThere;
}

/** Light and dark differ in colours, large and small in what stands where: what can differ is looked at in each. */
async function expectGoodInAll(page: Page, view: string): Promise<void> {
  const look = async (
    width: number,
    scheme: 'light' | 'dark',
    part?: 'colors' | 'structure',
  ): Promise<void> => {
    await page.setViewportSize({ width, height: (width * 5) / 8 });
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    await expectNoSidewaysScroll(page, `${view}, ${width} pixels wide,`);
    await expectAccessible(page, {
      name: `${view}, ${scheme}, ${width} pixels wide`,
      ...(part === undefined ? {} : { part }),
    });
  };
  await look(640, 'light', 'structure');
  await look(1280, 'dark', 'colors');
  await look(1280, 'light');
}
