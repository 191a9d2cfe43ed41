import type { Page } from '@playwright/test';
import { expect, test } from './app.ts';
import type { DatabaseName } from './databases.ts';
import { expectAccessible, expectNoSidewaysScroll, goTo, openAudited } from './steps.ts';

/** Every page in its states: reached, then checked in both colour schemes. */
const STATES: readonly {
  readonly name: string;
  readonly database: DatabaseName | null;
  readonly reach?: (page: Page) => Promise<void>;
}[] = [
  { name: 'connect', database: null },
  {
    name: 'connect by fields',
    database: null,
    reach: (page) => page.getByRole('tab', { name: 'Fields' }).click(),
  },
  {
    name: 'connect that failed',
    database: null,
    reach: async (page) => {
      await page.getByLabel('Connection URL').fill('postgresql://someone@127.0.0.1:1/nothing');
      await page.getByRole('button', { name: 'Connect', exact: true }).click();
      await expect(page.getByText('What to do:')).toBeVisible();
    },
  },
  { name: 'overview, full', database: 'demo' },
  {
    name: 'overview, sizes as a table',
    database: 'demo',
    reach: (page) => page.getByRole('button', { name: 'Table', exact: true }).click(),
  },
  { name: 'overview, empty', database: 'empty' },
  { name: 'overview, hostile names', database: 'hostile' },
  { name: 'overview, no rights', database: 'unprivileged' },
  {
    name: 'lost points',
    database: 'demo',
    reach: (page) => page.getByRole('button', { name: 'Where the points went' }).click(),
  },
  { name: 'findings, full', database: 'demo', reach: (page) => goTo(page, 'Findings') },
  { name: 'findings, empty', database: 'empty', reach: (page) => goTo(page, 'Findings') },
  {
    name: 'a finding',
    database: 'demo',
    reach: async (page) => {
      await goTo(page, 'Findings');
      await page.getByLabel('Filter findings').fill('idx_sent_posts_time');
      await page.getByRole('treegrid').getByRole('row').nth(1).click();
      await expect(page.getByRole('dialog', { name: 'Finding' })).toBeVisible();
    },
  },
  { name: 'indexes, by table', database: 'demo', reach: (page) => goTo(page, 'Indexes') },
  {
    name: 'indexes, all',
    database: 'hostile',
    reach: async (page) => {
      await goTo(page, 'Indexes');
      await page.getByRole('tab', { name: /^All/ }).click();
    },
  },
  {
    name: 'indexes, duplicates',
    database: 'demo',
    reach: async (page) => {
      await goTo(page, 'Indexes');
      await page.getByRole('tab', { name: /^Duplicates/ }).click();
    },
  },
  {
    name: 'an index',
    database: 'demo',
    reach: async (page) => {
      await goTo(page, 'Indexes');
      // By key: at the edge of the strip, which at first scrolls to the chosen tab, the pointer may miss it.
      await page.getByRole('tab', { name: 'Most used' }).press('Enter');
      await page.getByRole('grid').getByText('posts_pkey').click();
      await expect(page.getByRole('region', { name: 'Index definition' })).toBeVisible();
    },
  },
  { name: 'indexes, empty', database: 'empty', reach: (page) => goTo(page, 'Indexes') },
  { name: 'palette', database: 'demo', reach: (page) => page.keyboard.press('Control+k') },
  { name: 'shortcuts', database: 'empty', reach: (page) => page.keyboard.press('?') },
  { name: 'export', database: 'empty', reach: (page) => page.keyboard.press('Control+e') },
];

for (const state of STATES) {
  test(`axe: ${state.name}`, async ({ page, openApp }) => {
    const app = await openApp({ database: state.database });
    if (state.database === null) {
      await page.goto(app.url);
      await expect(page.getByRole('heading', { name: 'Connect to a database' })).toBeVisible();
    } else await openAudited(page, app);
    await state.reach?.(page);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await expect
        .poll(() => page.evaluate(() => document.documentElement.hasAttribute('data-dark')))
        .toBe(colorScheme === 'dark');
      await expectAccessible(page);
    }
    await expectNoSidewaysScroll(page);
  });
}

test.describe('without an engine', () => {
  // Once the server is gone, a font that is needed for the first time cannot be had any more.
  test.use({ allowedProblems: [/ERR_CONNECTION_REFUSED/] });

  test('axe: the engine stopped', async ({ page, openApp }) => {
    const app = await openApp({ database: 'demo' });
    await openAudited(page, app);
    await app.stop();
    await goTo(page, 'Indexes');
    await expect(page.getByText('Indexes could not be read')).toBeVisible();
    await expectAccessible(page);
    await goTo(page, 'Backups');
    await expect(page.getByText('Backups could not be read')).toBeVisible();
    await expectAccessible(page, { name: 'backups' });
  });

  test('axe: no token', async ({ page, openApp }) => {
    const app = await openApp({ database: 'empty' });
    await page.goto(app.url.replace(/#.*/, ''));
    await expect(page.getByRole('alert')).toBeVisible();
    await expectAccessible(page);
  });
});

test('no page scrolls sideways at 1024 pixels, nor at 200 % zoom', async ({ page, openApp }) => {
  await openAudited(page, await openApp({ database: 'demo' }));
  for (const viewport of [
    { width: 1024, height: 768 },
    { width: 640, height: 400 },
  ]) {
    await page.setViewportSize(viewport);
    for (const title of ['Overview', 'Findings', 'Indexes'] as const) {
      await goTo(page, title);
      await expect(page.getByRole('heading', { name: title, level: 1 })).toBeAttached();
      await expectNoSidewaysScroll(page);
    }
  }
});
