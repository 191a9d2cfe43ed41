import { expect, test } from './app.ts';
import { query } from './sql.ts';
import { copiedBy, expectAccessible, expectNoSidewaysScroll, goTo, openAudited } from './steps.ts';

test.describe('Schema', () => {
  test('what a delete reaches, by keyboard, with its finding', async ({ page, openApp }) => {
    await openAudited(page, await openApp({ database: 'demo' }));
    await goTo(page, 'Schema');
    await expect(page.getByRole('region', { name: 'Figures' })).toContainText('48');
    await page.getByLabel('Filter parents').fill('channels');
    await expect(page.getByText(/^2 of \d+ shown$/)).toBeVisible();
    const first = page.getByRole('grid').locator('[aria-rowindex="2"]');
    await expect(first).toContainText('channels');
    await expect(first).toContainText('mixed');
    await page.getByRole('grid').focus();
    await page.keyboard.press('Enter');
    const drawer = page.getByRole('dialog', { name: 'What a delete reaches' });
    await expect(drawer.getByRole('row', { name: /^scheduled_posts.*stops the delete/ })).toBeVisible();
    await expect(drawer.getByRole('row', { name: /^post_metrics.*deletes rows/ })).toBeVisible();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await expect(drawer).toBeHidden();
  });

  test('sequences stay in the engine: sorted as numbers, filtered, in the address and copied whole', async ({
    page,
    openApp,
    connectionUrl,
  }) => {
    await page.goto((await openApp({ database: 'demo' })).url);
    await goTo(page, 'Schema');
    await page.getByRole('tab', { name: /^Sequences/ }).click();
    const truth = await query<{ name: string; last: string | null }>(
      await connectionUrl('demo'),
      'SELECT sequencename AS name, last_value::text AS last FROM pg_sequences ORDER BY last_value DESC NULLS LAST',
    );
    await expect(page.getByText(`${truth.length} shown`)).toBeVisible();
    const grid = page.getByRole('grid', { name: /^Sequences/ });
    const header = grid.getByRole('columnheader', { name: 'Last value' }).getByRole('button');
    await header.click();
    const first = grid.locator('[aria-rowindex="2"]');
    const [largest] = truth;
    await expect(first).toContainText(largest?.last ?? '?');
    const list = await copiedBy(page, page.getByRole('button', { name: 'CSV' }));
    expect(list.trim().split('\n')).toHaveLength(truth.length + 1);
    await page.getByLabel('Filter sequences').fill(largest?.name ?? '?');
    await expect(first).toContainText(largest?.name ?? '?');
    await page.reload();
    await expect(page.getByLabel('Filter sequences')).toHaveValue(largest?.name ?? '?');
  });

  test('foreign keys are filtered in the engine and copied', async ({ page, openApp }) => {
    await openAudited(page, await openApp({ database: 'demo' }));
    await goTo(page, 'Schema');
    await page.getByRole('tab', { name: /^Foreign keys/ }).click();
    await expect(page.getByText('48 shown')).toBeVisible();
    await page.getByLabel('Filter foreign keys').fill('scheduled_posts channel_id restrict');
    await expect(page.getByText('1 of 48 shown')).toBeVisible();
    const copied = await copiedBy(page, page.getByRole('button', { name: 'CSV' }));
    expect(copied.replaceAll('\r', '').trim().split('\n')[1]).toMatch(
      /^channels,scheduled_posts,channel_id,restrict,/,
    );
  });

  test('a policy finds the key that breaks it, with its SQL and the way back', async ({ page, openApp }) => {
    await openAudited(page, await openApp({ database: 'demo' }));
    await goTo(page, 'Schema');
    await page.getByRole('tab', { name: /^Delete policies/ }).click();
    const field = page.getByLabel('Policies', { exact: true });
    await field.fill('channels -> * cascade');
    await expect(page.getByText(/is no policy/)).toBeVisible();
    await expect(page.getByRole('button', { name: 'Save and check' })).toBeDisabled();
    await field.fill('channels -> *: cascade');
    await page.getByRole('button', { name: 'Save and check' }).click();
    const against = page.getByRole('grid', { name: /^Against the policies/ });
    await page.getByLabel('Filter foreign keys').fill('scheduled_posts channels restrict cascade');
    await expect(against.locator('[data-row]')).toHaveCount(1);
    await against.focus();
    await page.keyboard.press('Enter');
    await expect(page.getByRole('dialog', { name: 'Against the policies' })).toContainText(
      'On delete it does restrict; the policy “channels -> *” wants cascade.',
    );
    const sql = page.getByRole('region', { name: 'SQL of the fix' });
    await expect(sql).toContainText('ON DELETE CASCADE NOT VALID');
    await expect(sql).toContainText('VALIDATE CONSTRAINT');
    await expect(page.getByRole('region', { name: 'Undo SQL' })).toContainText('ON DELETE RESTRICT');
    await expectAccessible(page);
  });

  test('the picture opens a table by keyboard and looks around one', async ({ page, openApp }) => {
    await openAudited(page, await openApp({ database: 'demo' }));
    await goTo(page, 'Schema');
    await page.getByRole('tab', { name: 'Picture' }).click();
    await expect(page.getByText('37 tables, 48 foreign keys; 2 without foreign keys left out')).toBeVisible();
    await page.getByLabel('Around the table').fill('posts');
    await page.getByRole('option', { name: 'posts', exact: true }).click();
    await expect(page.getByText('5 tables, 4 foreign keys')).toBeVisible();
    await page.getByLabel(/^post_metrics/).focus();
    await page.keyboard.press('Enter');
    await expect(page.getByRole('dialog', { name: 'What a delete reaches' })).toContainText('post_metrics');
  });

  test('constraints are filtered in the engine; one that is not validated has its SQL', async ({
    page,
    openApp,
  }) => {
    await page.goto((await openApp({ database: 'related' })).url);
    await goTo(page, 'Schema');
    await page.getByRole('tab', { name: /^Constraints/ }).click();
    const grid = page.getByRole('grid', { name: 'Constraints' });
    await expect(page.getByText('2 shown')).toBeVisible();
    await page.getByLabel('Filter constraints').fill('primary sales_pkey');
    await expect(page.getByText('1 of 2 shown')).toBeVisible();
    await page.getByLabel('Filter constraints').fill('');
    await page.getByRole('button', { name: 'Not validated (1)' }).click();
    await expect(page.getByText('1 shown')).toBeVisible();
    await expect(grid.locator('[aria-rowindex="2"]')).toContainText('not validated');
    await page.reload();
    await expect(page.getByText('1 shown')).toBeVisible();
    await grid.focus();
    await page.keyboard.press('Enter');
    const drawer = page.getByRole('dialog', { name: 'Constraint' });
    await expect(drawer.getByRole('region', { name: 'Definition of the constraint' })).toContainText(
      'CHECK (amount > 0) NOT VALID',
    );
    await expect(drawer).toContainText('VALIDATE CONSTRAINT "positive"');
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await expect(drawer).toBeHidden();
  });

  test('partitions that came to an end, with the gap between them, by keyboard', async ({
    page,
    openApp,
  }) => {
    await page.goto((await openApp({ database: 'related' })).url);
    await goTo(page, 'Schema');
    await page.getByRole('tab', { name: /^Partitions/ }).click();
    const grid = page.getByRole('grid', { name: 'Partitioned tables' });
    await expect(grid.locator('[aria-rowindex="2"]')).toContainText(/ended .* ago: inserts now fail, 1 gap/);
    await grid.focus();
    await page.keyboard.press('Enter');
    const drawer = page.getByRole('dialog', { name: 'Partitions' });
    await expect(drawer).toContainText('none from 2020-02-01 to 2020-03-01');
    await expect(drawer.getByRole('grid', { name: 'Partitions of the table' })).toContainText(
      "FROM ('2020-03-01') TO ('2020-04-01')",
    );
    await expectAccessible(page);
    await page.setViewportSize({ width: 640, height: 400 });
    await expectNoSidewaysScroll(page);
    await page.keyboard.press('Escape');
    await expect(drawer).toBeHidden();
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`every view is accessible, ${colorScheme}`, async ({ page, openApp }) => {
      test.slow();
      await page.emulateMedia({ colorScheme });
      await openAudited(page, await openApp({ database: 'demo' }));
      await goTo(page, 'Schema');
      await expect(page.getByRole('tab')).toHaveCount(7);
      for (const { width, height } of [
        { width: 1280, height: 800 },
        { width: 640, height: 400 },
      ]) {
        await page.setViewportSize({ width, height });
        for (const tab of await page.getByRole('tab').all()) {
          await tab.click();
          await expect(page.getByRole('tabpanel')).not.toBeEmpty();
          await expectAccessible(page);
          await expectNoSidewaysScroll(page);
        }
      }
    });
  }
});
