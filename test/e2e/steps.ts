import { AxeBuilder } from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';
import { expect, type RunningApp } from './app.ts';

/** Opens the app and runs the audit of its connection, as a user would. */
export async function openAudited(page: Page, app: RunningApp): Promise<void> {
  await page.goto(app.url);
  await page.getByRole('main').getByRole('button', { name: 'Run the audit' }).click();
  await expect(page.getByRole('img', { name: /^Grade [A-F]/ })).toBeVisible({ timeout: 30_000 });
  // The chart comes in a file of its own; leaving before it arrives would look like a fault.
  await expect(page.getByRole('region', { name: 'Largest relations' })).toContainText(/TOAST|No tables yet/);
}

/** Goes to a page by the rail. */
export async function goTo(page: Page, title: string): Promise<void> {
  await page
    .getByRole('navigation', { name: 'Pages' })
    .getByRole('link', { name: new RegExp(`^${title}`) })
    .click();
}

/** Opens the first row of a list by the keyboard, once it is the one that was asked for: until then Enter would open another. */
export async function openFirstRow(
  page: Page,
  text: string | RegExp,
  list = page.getByRole('grid'),
): Promise<void> {
  await expect(list.locator('[aria-rowindex="2"]')).toContainText(text);
  await list.focus();
  await page.keyboard.press('Enter');
}

/**
 * What a button copies. The clipboard outlives a test, and rows come from the engine before they are copied: so it is
 * emptied first, and waited for.
 */
export async function copiedBy(page: Page, button: Locator): Promise<string> {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.evaluate(() => navigator.clipboard.writeText(''));
  await button.click();
  const read = (): Promise<string> => page.evaluate(() => navigator.clipboard.readText());
  await expect.poll(read).not.toBe('');
  return read();
}

interface Look {
  readonly name?: string;
  /** Only the colours, or all but them: what another look at the same has not seen yet. */
  readonly part?: 'colors' | 'structure';
}

const COLORS = 'color-contrast';
/** Axe's source is half a megabyte, and its builder hands it to the page twice for each look. */
const ALREADY_LOADED = 'void 0';

/** Nothing that axe can find, on the whole page or in what is open above it. */
export async function expectAccessible(page: Page, { name, part }: Look = {}): Promise<void> {
  // There are no frames: the way that would need a blank page for each result of one gives the same.
  // Every rule runs all the same, but only what it finds is described: describing what passes took nearly half the time.
  const isLoaded: boolean = await page.evaluate(() => 'axe' in window);
  const axe = new AxeBuilder(isLoaded ? { page, axeSource: ALREADY_LOADED } : { page })
    .setLegacyMode()
    .options({ resultTypes: ['violations'] });
  if (part === 'colors') axe.withRules([COLORS]);
  if (part === 'structure') axe.disableRules([COLORS]);
  const { violations } = await axe.analyze();
  expect(
    violations.map(
      ({ id, help, nodes }) =>
        `${id}: ${help} (${nodes.map((node) => `${node.target.join(' ')}: ${node.failureSummary}`).join(', ')})`,
    ),
    name,
  ).toEqual([]);
}

/** Pages scroll downwards only; wide tables scroll inside themselves. */
export async function expectNoSidewaysScroll(page: Page, name = 'the page'): Promise<void> {
  const wide = () =>
    page.evaluate(async () => {
      // Media queries take a new size of the window with the next frame.
      await new Promise((resolve) => requestAnimationFrame(resolve));
      return [document.documentElement, document.body, ...document.querySelectorAll('main, header, nav')]
        .filter((element) => element.scrollWidth > element.clientWidth + 1)
        .map((element) => `${element.tagName} ${element.scrollWidth} > ${element.clientWidth}`);
    });
  // Charts take their new width a frame later.
  await expect
    .configure({ soft: true })
    .poll(wide, { message: `${name} scrolls sideways`, timeout: 3_000 })
    .toEqual([]);
}

/** Each of these views passes axe, and scrolls downwards only at 200 % zoom. */
export async function expectGoodViews(page: Page, tabs: readonly string[]): Promise<void> {
  const open = async (name: string): Promise<void> => {
    await page.getByRole('tab', { name: new RegExp(`^${name}`) }).click();
    await expect(page.getByRole('tabpanel')).not.toBeEmpty();
  };
  for (const name of tabs) {
    await open(name);
    await expectAccessible(page);
  }
  await page.setViewportSize({ width: 640, height: 400 });
  for (const name of tabs) {
    await open(name);
    await expectNoSidewaysScroll(page, name);
  }
  await expectAccessible(page);
}
