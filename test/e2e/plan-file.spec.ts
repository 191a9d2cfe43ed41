import { readFile } from 'node:fs/promises';
import { expect, test } from './app.ts';
import { goTo } from './steps.ts';

test('a plan is saved as JSON, as text, and as a page without constants that asks nobody for anything', async ({
  page,
  openApp,
}) => {
  await page.goto((await openApp({ database: 'planned' })).url);
  await goTo(page, 'Queries');
  await page.getByRole('tab', { name: 'Plan a statement' }).click();
  await page.getByLabel(/^One statement/).fill('SELECT * FROM posts WHERE id = 17');
  await page.getByRole('button', { name: 'Show its plan' }).click();
  await expect(page.getByRole('region', { name: 'Plan tree' })).toContainText('posts_pkey');
  const saved = async (title: string): Promise<{ name: string; text: string }> => {
    await page.getByRole('button', { name: 'Save as…' }).focus();
    await page.keyboard.press('Enter');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: title }).click(),
    ]);
    return { name: download.suggestedFilename(), text: await readFile(await download.path(), 'utf8') };
  };
  const json = await saved('JSON, as the server gave it');
  expect(json.name).toMatch(/^plan-.+\.json$/);
  const [plan] = JSON.parse(json.text) as { Plan: Record<string, unknown> }[];
  expect(plan?.Plan['Index Name']).toBe('posts_pkey');
  expect((await saved('Text, as EXPLAIN has it')).text).toMatch(/Index Cond: \(id = 17\)/);
  const { name, text } = await saved('Page without constants and roles');
  expect(name).toMatch(/^plan-.+\.html$/);
  expect(text).toContain('Index Cond: (id = ?)');
  expect(text).not.toContain('<script');

  const sheet = await page.context().newPage();
  const requests: string[] = [];
  sheet.on('request', (request) => requests.push(request.url()));
  await sheet.setContent(text);
  await expect(sheet.getByRole('heading', { name: 'Plan of a statement' })).toBeVisible();
  await expect(sheet.getByRole('table')).toContainText('posts_pkey');
  expect(requests).toEqual([]);
});
