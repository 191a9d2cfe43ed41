import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { createEngine } from '../electron/engine/create-engine.ts';
import { startLoopback } from '../electron/hosts/loopback.ts';
import { createNodeHost } from '../electron/hosts/node-host.ts';
import { VERSION } from '../shared/model/version.ts';
import { bundle } from './bundle.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const OUT_DIR = join(root, 'build', 'pictures');

interface Picture {
  readonly name: string;
  readonly colorScheme: 'light' | 'dark';
  /** From the audited overview to what the picture shows. */
  reach(page: Page): Promise<void>;
}

const goTo = (page: Page, title: string): Promise<void> =>
  page
    .getByRole('navigation', { name: 'Pages' })
    .getByRole('link', { name: new RegExp(`^${title}`) })
    .click();

const SLOW_STATEMENT = `SELECT p.id, max(m.views) FROM posts p JOIN post_metrics m ON m.post_id = p.id
WHERE p.media_type = 'video' GROUP BY p.id ORDER BY max(m.views) DESC LIMIT 20`;

const PICTURES: readonly Picture[] = [
  { name: 'overview', colorScheme: 'light', reach: async () => undefined },
  { name: 'overview-dark', colorScheme: 'dark', reach: async () => undefined },
  { name: 'findings', colorScheme: 'light', reach: (page) => goTo(page, 'Findings') },
  {
    name: 'finding',
    colorScheme: 'light',
    reach: async (page) => {
      await goTo(page, 'Findings');
      await page.getByLabel('Filter findings').fill('idx_sent_posts_time');
      await page.getByRole('treegrid').getByRole('row').nth(1).click();
      await page.getByRole('dialog', { name: 'Finding' }).waitFor();
    },
  },
  {
    name: 'change',
    colorScheme: 'light',
    reach: async (page) => {
      await goTo(page, 'Indexes');
      await page.getByRole('tab', { name: /^All/ }).click();
      await page.getByLabel(/^Filter/).fill('idx_sent_posts_time');
      await page.getByRole('grid').locator('[data-row]').first().click();
      await page.getByRole('button', { name: 'Drop…' }).click();
      await page.getByText('Looked at first').waitFor();
    },
  },
  { name: 'indexes-dark', colorScheme: 'dark', reach: (page) => goTo(page, 'Indexes') },
  { name: 'vacuum', colorScheme: 'light', reach: (page) => goTo(page, 'Tables & vacuum') },
  {
    name: 'plan-dark',
    colorScheme: 'dark',
    reach: async (page) => {
      await goTo(page, 'Queries');
      await page.getByRole('tab', { name: 'Plan a statement' }).click();
      await page.getByLabel(/^One statement/).fill(SLOW_STATEMENT);
      await page.getByRole('button', { name: 'Show its plan' }).click();
      await page.getByRole('heading', { name: 'Plan', exact: true }).waitFor();
      await page.locator('main .MuiSkeleton-root').waitFor({ state: 'detached' });
    },
  },
  {
    name: 'schema',
    colorScheme: 'light',
    reach: async (page) => {
      await goTo(page, 'Schema');
      await page.getByRole('tab', { name: 'Picture' }).click();
      await page.locator('.react-flow__node').first().waitFor();
    },
  },
];

/** README's pictures: the real app on the demo database, in Chromium, at the size of a small window. */
async function takePictures(): Promise<void> {
  await bundle();
  const engine = createEngine(createNodeHost({ kind: 'loopback', toolVersion: VERSION }));
  let browser: Browser | null = null;
  try {
    let connectionId: string | null = null;
    for await (const event of engine.openDemo({})) {
      if (event.type === 'ready') connectionId = event.connection.id;
    }
    if (connectionId === null) throw new Error('The demo did not become ready.');
    for await (const _ of engine.audit(connectionId, {}));
    const loopback = await startLoopback({
      engine,
      rendererDir: join(root, 'dist', 'renderer'),
      initialConnectionId: connectionId,
    });
    browser = await chromium.launch({
      executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    });
    await mkdir(OUT_DIR, { recursive: true });
    for (const picture of PICTURES) await take(browser, loopback.url, picture);
    await loopback.close();
  } finally {
    await browser?.close();
    await engine.close();
  }
}

async function take(browser: Browser, url: string, picture: Picture): Promise<void> {
  const page = await browser.newPage({
    viewport: { width: 1280, height: 800 },
    colorScheme: picture.colorScheme,
    reducedMotion: 'reduce',
    locale: 'en-US',
    timezoneId: 'UTC',
  });
  await page.goto(url);
  await page.getByRole('region', { name: 'Largest relations' }).getByText('TOAST').waitFor();
  await picture.reach(page);
  const path = join(OUT_DIR, `${picture.name}.png`);
  await page.screenshot({ path, animations: 'disabled' });
  await page.close();
  console.log(`${picture.name}.png ${Math.round((await stat(path)).size / 1024)} kB`);
}

await takePictures();
