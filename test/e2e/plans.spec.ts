import type { Locator, Page } from '@playwright/test';
import { expect, type RunningApp, test } from './app.ts';
import { query } from './sql.ts';
import { copiedBy, expectAccessible, expectNoSidewaysScroll, goTo } from './steps.ts';

const LOOK_UP = 'SELECT id, text, date FROM posts WHERE id = $1';
const TYPED = 'SELECT * FROM post_metrics WHERE forwards = 3';

test.describe('Plans and exclusions', () => {
  test('a plan as tree, table and text; the text is the one of EXPLAIN', async ({
    page,
    openApp,
    connectionUrl,
  }) => {
    await openPlan(page, await openApp({ database: 'planned' }));
    const views = page.getByRole('group', { name: 'Show the plan as' });
    await views.getByRole('button', { name: 'Text' }).focus();
    await page.keyboard.press('Enter');
    const shown = page.getByRole('region', { name: 'Plan as text' });
    const lines = await query<{ 'QUERY PLAN': string }>(await connectionUrl('planned'), `EXPLAIN ${TYPED}`);
    const truth = lines.map((line) => line['QUERY PLAN']).join('\n');
    expect(await shown.innerText()).toBe(truth);
    expect(await copiedBy(page, page.getByRole('button', { name: 'Plan as text' }))).toBe(truth);
    await expect(page).toHaveURL(/plan=text/);

    await views.getByRole('button', { name: 'Table' }).click();
    const table = page.getByRole('grid', { name: /^Plan nodes/ });
    await expect(table.getByRole('row').nth(1)).toContainText('Seq Scan');
    await table.getByRole('columnheader', { name: 'Rows expected' }).getByRole('button').click();
    await expect(table.getByRole('columnheader', { name: 'Rows expected' })).toHaveAttribute(
      'aria-sort',
      /ascending|descending/,
    );
  });

  test('two plans of a statement beside each other, by the keyboard, in the address, and back', async ({
    page,
    openApp,
  }) => {
    await openStatement(page, await openApp({ database: 'planned' }));
    const drawer = page.getByRole('dialog', { name: 'Statement' });
    await drawer.getByRole('button', { name: 'Explain', exact: true }).click();
    await expect(drawer.getByText(/generic plan/)).toBeVisible();
    await drawer.getByLabel('$1', { exact: true }).fill('17');
    await drawer.getByRole('button', { name: 'Explain with these values' }).click();
    await expect(drawer.getByText('A plan for the values given.')).toBeVisible();
    const choice = drawer.getByRole('combobox', { name: 'Compare with' });
    await expect(choice).toBeEnabled();
    await choice.press('Enter');
    await expect(page.getByRole('option', { name: /^Generic: cost/ }).first()).toBeVisible();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');

    const both = page.getByRole('dialog', { name: 'Two plans side by side' });
    await expect(both.getByRole('region', { name: 'Left plan' })).toContainText('Generic');
    await expect(both.getByRole('region', { name: 'Right plan' })).toContainText('For the values 17');
    await expect(both.getByRole('list', { name: 'What differs' })).toContainText(/cost/);
    const nodes = both.getByRole('region', { name: 'Nodes of both plans' });
    await expect(nodes.getByText('posts_pkey on posts')).toHaveCount(2);

    // The address has both: it brings them back, as long as the engine has them.
    await page.reload();
    await expect(both.getByRole('region', { name: 'Right plan' })).toContainText('For the values 17');
    await both.getByRole('button', { name: 'Swap' }).click();
    await expect(both.getByRole('region', { name: 'Left plan' })).toContainText('For the values 17');
    await both.getByRole('region', { name: 'Left plan' }).getByRole('button', { name: 'Keep' }).click();
    await expect(both.getByRole('button', { name: 'Kept: forget it' })).toBeVisible();
    await both.getByRole('button', { name: 'Kept: forget it' }).click();
    await expect(both.getByRole('button', { name: 'Keep this plan' })).toHaveCount(2);
    await page.keyboard.press('Escape');
    await expect(both).toBeHidden();
    await expect(drawer).toBeVisible();
  });

  test('a statement out of the lists, with its share, and back again', async ({
    page,
    openApp,
    connectionUrl,
  }) => {
    await openStatement(page, await openApp({ database: 'planned' }));
    const drawer = page.getByRole('dialog', { name: 'Statement' });
    await drawer.getByRole('button', { name: 'Exclude from the lists' }).click();
    await expect(drawer.getByRole('button', { name: 'Bring back into the lists' })).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(page.getByText('No statement matches.')).toBeVisible();
    await expect(page.getByRole('note')).toContainText(/^1 statement excluded: .+% of all time/);
    await page.getByRole('note').getByRole('button', { name: 'Show it' }).click();
    await expect(page.getByRole('tab', { name: 'Excluded (1)' })).toHaveAttribute('aria-selected', 'true');
    const [truth] = await query<{ calls: string }>(
      await connectionUrl('planned'),
      'SELECT sum(calls) AS calls FROM pg_stat_statements WHERE query = $1',
      [LOOK_UP],
    );
    const row = page.getByRole('row').filter({ hasText: LOOK_UP });
    await expect(row.getByRole('cell').nth(3)).toHaveText(
      Number(truth?.calls).toLocaleString('en-US').replaceAll(',', '\u202f'),
    );
    await row.getByRole('button', { name: LOOK_UP, exact: true }).click();
    await expect(drawer.getByText(/^Excluded: in no list/)).toBeVisible();
    await page.keyboard.press('Escape');
    await row.getByRole('button', { name: /^Bring back/ }).focus();
    await page.keyboard.press('Enter');
    await expect(page.getByText('No statement is excluded.')).toBeVisible();
    await page.getByRole('tab', { name: 'Top load' }).click();
    await expect(firstStatement(page)).toContainText(LOOK_UP);
  });

  const STATES: readonly { readonly name: string; readonly reach: (page: Page) => Promise<void> }[] = [
    {
      name: 'a plan as text and as table',
      reach: async (page) => {
        await page.getByRole('tab', { name: 'Plan a statement' }).click();
        await planTyped(page, TYPED);
        await page.getByRole('button', { name: 'Text', exact: true }).click();
        await expectAccessible(page);
        await page.getByRole('button', { name: 'Table', exact: true }).click();
        await expect(page.getByRole('grid')).toBeVisible();
      },
    },
    {
      name: 'two plans',
      reach: async (page) => {
        await page.getByRole('tab', { name: 'Plan a statement' }).click();
        await planTyped(page, TYPED);
        await expect(page.getByRole('region', { name: 'Plan tree' })).toBeVisible();
        await planTyped(page, `${TYPED} `.replace('3', '4'));
        await page.getByLabel('Compare with').click();
        await page.getByRole('option').nth(1).click();
        await expect(page.getByRole('region', { name: 'Nodes of both plans' })).toBeVisible();
      },
    },
    {
      name: 'excluded statements',
      reach: async (page) => {
        await firstStatement(page).click();
        await page.getByRole('button', { name: 'Exclude from the lists' }).click();
        await expect(page.getByRole('button', { name: 'Bring back into the lists' })).toBeVisible();
        await page.keyboard.press('Escape');
        await page.getByRole('tab', { name: 'Excluded (1)' }).click();
        await expect(page.getByRole('button', { name: /^Bring back/ })).toBeVisible();
      },
    },
  ];
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const { name, reach } of STATES) {
      test(`${name} is accessible, ${colorScheme}, also at 640 × 400`, async ({ page, openApp }) => {
        await page.emulateMedia({ colorScheme });
        await openQueries(page, await openApp({ database: 'planned' }));
        await reach(page);
        await expectAccessible(page);
        await page.setViewportSize({ width: 640, height: 400 });
        await expectNoSidewaysScroll(page, name);
        await expectAccessible(page);
      });
    }
  }
});

async function openQueries(page: Page, app: RunningApp): Promise<void> {
  await page.goto(app.url);
  await goTo(page, 'Queries');
}

async function openPlan(page: Page, app: RunningApp): Promise<void> {
  await openQueries(page, app);
  await page.getByRole('tab', { name: 'Plan a statement' }).click();
  await planTyped(page, TYPED);
  await expect(page.getByRole('region', { name: 'Plan tree' })).toBeVisible();
}

async function openStatement(page: Page, app: RunningApp): Promise<void> {
  await openQueries(page, app);
  await page.getByLabel('Filter statements').fill(LOOK_UP);
  await expect(page.getByText(/^1 of \d+ shown$/)).toBeVisible();
  await firstStatement(page).click();
}

async function planTyped(page: Page, text: string): Promise<void> {
  await page.getByLabel(/^One statement/).fill(text);
  await page.getByRole('button', { name: 'Show its plan' }).click();
}

function firstStatement(page: Page): Locator {
  return page.getByRole('grid').locator('[aria-rowindex="2"]').getByRole('gridcell').first();
}
