import type { Locator, Page } from '@playwright/test';
import { expect, type RunningApp, test } from './app.ts';
import { query } from './sql.ts';
import { copiedBy, expectAccessible, expectNoSidewaysScroll, goTo } from './steps.ts';

/** Statements of the demo's workload, by words that only they have. */
const LOOK_UP = 'SELECT id, text, date FROM posts WHERE id = $1';
/** A column of many rows that no index serves. */
const UNINDEXED = 'SELECT * FROM post_metrics WHERE forwards = 3';

test.describe('Queries', () => {
  test('each view begins with what the server says is the most, and with nothing of ours', async ({
    page,
    openApp,
    connectionUrl,
  }) => {
    await openQueries(page, await openApp({ database: 'planned' }));
    await expect(page.getByRole('region', { name: 'Figures' })).toContainText(
      /[1-9]\d* of PgVitals left out/,
    );
    const url = await connectionUrl('planned');
    for (const [tab, column, figure] of [
      ['Top load', 'Total', 'total_exec_time'],
      ['Slow', 'Mean', 'mean_exec_time'],
      ['Most called', 'Calls', 'calls'],
    ] as const) {
      await page.getByRole('tab', { name: tab, exact: true }).click();
      await expect(header(page, column)).toHaveAttribute('aria-sort', 'descending');
      const [most] = await query<{ query: string }>(
        url,
        `SELECT query FROM pg_stat_statements JOIN pg_database ON oid = dbid
         WHERE datname = current_database() AND query ~* '^(select|with|insert|update|delete)\\M' AND query !~ 'pgvitals|pg_stat_statements'
         ORDER BY ${figure} DESC LIMIT 1`,
      );
      await expect(firstStatement(page)).toContainText(oneLine(most?.query ?? '').slice(0, 60));
    }
    await filterFor(page, 'pgvitals');
    await expect(page.getByText('No statement matches.')).toBeVisible();
  });

  test('filters: utility commands, loops of look-ups, means, calls; Back takes each away', async ({
    page,
    openApp,
  }) => {
    await openQueries(page, await openApp({ database: 'planned' }));
    await page.getByRole('tab', { name: 'Most called' }).click();
    await expect(statement(page, 'UNLISTEN')).toHaveCount(0);
    await page.getByRole('button', { name: 'More filters' }).click();
    await page.getByRole('checkbox', { name: 'Utility' }).check();
    await expect(statement(page, 'UNLISTEN')).toHaveCount(1);
    await page.getByRole('checkbox', { name: 'Utility' }).uncheck();

    await page.getByRole('checkbox', { name: 'One per row?' }).check();
    await expect(statement(page, 'UNLISTEN')).toHaveCount(0);
    await expect(firstStatement(page)).toContainText(LOOK_UP);
    await expect(firstStatement(page).getByTitle(/calls for about one row each of posts/)).toBeVisible();
    await expect(statement(page, 'UPDATE')).toHaveCount(0);
    await page.goBack();
    await expect(page.getByRole('checkbox', { name: 'One per row?' })).not.toBeChecked();
    await expect(statement(page, 'UPDATE posts')).toHaveCount(1);

    await page.getByLabel('Calls from').fill('3000');
    await expect(statement(page, LOOK_UP)).toHaveCount(1);
    await expect(statement(page, 'UPDATE posts')).toHaveCount(0);
    await page.getByRole('checkbox', { name: 'Over 100 ms' }).check();
    await expect(page.getByText('No statement matches.')).toBeVisible();
  });

  test('a statement by the keyboard: its text to copy, its figures, and back to its row', async ({
    page,
    openApp,
    connectionUrl,
  }) => {
    await openQueries(page, await openApp({ database: 'planned' }));
    await expect(page.getByLabel('Filter statements')).toBeVisible();
    await page.keyboard.press('Control+f');
    await expect(page.getByLabel('Filter statements')).toBeFocused();
    await page.keyboard.type('text, date from posts');
    await expect(page.getByText(/^1 of \d+ shown$/)).toBeVisible();
    await page.getByRole('grid').focus();
    await page.keyboard.press('Enter');
    const drawer = page.getByRole('dialog', { name: 'Statement' });
    await expect(drawer.getByRole('region', { name: 'Statement' })).toContainText(/FROM\s+posts\s+WHERE/);
    const copied = await copiedBy(page, drawer.getByRole('button', { name: 'Copy Statement' }));
    expect(oneLine(copied).replace(/;$/, '')).toBe(LOOK_UP);
    const [truth] = await query<{ calls: string }>(
      await connectionUrl('planned'),
      'SELECT sum(calls) AS calls FROM pg_stat_statements WHERE query = $1',
      [LOOK_UP],
    );
    await expect(drawer.getByText(grouped(Number(truth?.calls)), { exact: true }).first()).toBeVisible();
    await expect(drawer.getByRole('heading', { name: 'Perhaps one query per row' })).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(drawer).toBeHidden();
    await expect(page.getByRole('grid')).toBeFocused();
  });

  test('the plan of a statement with parameters: generic, for values, and measured once agreed', async ({
    page,
    openApp,
  }) => {
    await openQueries(page, await openApp({ database: 'planned' }));
    await filterFor(page, LOOK_UP);
    await firstStatement(page).click();
    const drawer = page.getByRole('dialog', { name: 'Statement' });
    const tree = drawer.getByRole('region', { name: 'Plan tree' });
    await expect(drawer.getByRole('button', { name: 'Run and measure…' })).toBeDisabled();
    await drawer.getByRole('button', { name: 'Explain', exact: true }).click();
    await expect(drawer.getByText(/generic plan/)).toBeVisible();
    await expect(tree).toContainText('posts_pkey');

    await drawer.getByLabel('$1', { exact: true }).fill('17');
    await drawer.getByRole('button', { name: 'Explain with these values' }).click();
    await expect(drawer.getByText('A plan for the values given.')).toBeVisible();
    await expect(tree).toContainText('17');
    await expect(tree.getByRole('columnheader', { name: 'Rows', exact: true })).toHaveCount(0);
    const asked = page.getByRole('dialog', { name: 'Run this statement to measure it?' });
    await drawer.getByRole('button', { name: 'Run and measure…' }).click();
    await expect(asked.getByRole('button', { name: 'Cancel' })).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(asked).toBeHidden();
    await expect(drawer.getByText('A plan for the values given.')).toBeVisible();
    await drawer.getByRole('button', { name: 'Run and measure…' }).click();
    await asked.getByRole('button', { name: 'Run and measure' }).click();
    await expect(drawer.getByText(/^Ran in .+, planned in .+\.$/)).toBeVisible();
    await expect(tree.getByRole('columnheader', { name: 'Rows', exact: true })).toBeVisible();
    const [plan]: { Plan: { 'Actual Rows': number } }[] = JSON.parse(
      await copiedBy(page, drawer.getByRole('button', { name: 'Plan as JSON' })),
    );
    expect(plan?.Plan['Actual Rows']).toBe(1);
  });

  test('a statement that is typed: tips, an index to make, and writes that are only planned', async ({
    page,
    openApp,
    connectionUrl,
  }) => {
    await openQueries(page, await openApp({ database: 'planned' }));
    await page.getByRole('tab', { name: 'Plan a statement' }).click();
    await planTyped(page, UNINDEXED);
    await expect(page.getByRole('list', { name: 'Tips' })).toContainText('reads the whole table and filters');
    await expect(page.getByRole('region', { name: 'SQL of the fix' })).toContainText(
      /^CREATE INDEX CONCURRENTLY .* ON "public"\."post_metrics" \("forwards"\);$/,
    );
    await expect(page.getByText(/not verified: with the extension HypoPG/)).toBeVisible();

    const url = await connectionUrl('planned');
    const scores = (): Promise<object[]> => query(url, 'SELECT sum(view_count) FROM posts');
    const before = await scores();
    await planTyped(page, 'UPDATE posts SET view_count = view_count + 1');
    await expect(page.getByRole('region', { name: 'Plan tree' })).toContainText('ModifyTable');
    await page.getByRole('button', { name: 'Run and measure…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Run and measure' }).click();
    await expect(page.getByRole('alert')).toContainText('A statement that writes is never run by PgVitals.');
    expect(await scores()).toEqual(before);

    await planTyped(page, 'SELECT * FROM postz');
    await expect(page.getByRole('alert')).toContainText('relation "postz" does not exist');
    await planTyped(page, 'VACUUM posts');
    await expect(page.getByRole('alert')).toContainText('have a plan');
  });

  test('by the tag of a comment, and only what ran since a sample', async ({
    page,
    openApp,
    connectionUrl,
  }) => {
    const url = await connectionUrl('planned');
    const run = (): Promise<object[]> =>
      query(url, "SELECT count(*) AS channels_counted FROM channels /*route='%2Fchannels',framework='e2e'*/");
    for (let n = 0; n < 3; n += 1) await run();
    await openQueries(page, await openApp({ database: 'planned' }));
    await page.getByRole('button', { name: 'More filters' }).click();
    await page.getByLabel('Tag').click();
    await page.getByRole('option', { name: 'route=/channels' }).click();
    await expect(page.getByText('1 shown', { exact: true })).toBeVisible();
    const [counted] = await query<{ calls: string }>(
      url,
      "SELECT sum(calls) AS calls FROM pg_stat_statements WHERE query ~ 'framework=.e2e'",
    );
    await expect.poll(() => ofFirst(page, 'Calls')).toBe(counted?.calls);

    // The first sample is taken soon after the connection was opened; a page read later offers it.
    const moments = async (): Promise<number> => {
      await readAgain(page);
      await page.getByLabel('Counted').click();
      const list = page.getByRole('listbox', { name: 'Counted' });
      await expect(list).toBeVisible();
      const count = await list.getByRole('option').count();
      await page.keyboard.press('Escape');
      await expect(list).toBeHidden();
      return count;
    };
    await expect.poll(moments, { timeout: 30_000 }).toBeGreaterThan(1);
    await run();
    await run();
    await readAgain(page);
    await page.getByLabel('Counted').click();
    await page
      .getByRole('option', { name: /^Since .*(?:now|ago|s)$/ })
      .last()
      .click();
    await expect.poll(() => ofFirst(page, 'Calls')).toBe('2');
    // Maxima do not subtract.
    await expect(header(page, 'Max')).toHaveCount(0);
  });

  test('statements of another database: figures and text, and what needs a connection to it', async ({
    page,
    openApp,
    connectionUrl,
  }) => {
    const url = new URL(await connectionUrl('planned'));
    const here = url.pathname.slice(1);
    url.pathname = '/postgres';
    for (let n = 0; n < 3; n += 1) await query(url.href, 'SELECT count(*) AS from_elsewhere FROM pg_am');
    await openQueries(page, await openApp({ database: 'planned' }));
    await expect(page.getByLabel('Database')).toHaveText(here);
    await page.getByLabel('Database').click();
    await page.getByRole('option', { name: 'postgres', exact: true }).click();
    await expect(
      page.getByText(/for plans, tables, history and windows of time connect to postgres/),
    ).toBeVisible();
    await expect(page.getByLabel('Counted')).toHaveCount(0);
    await page.getByLabel('Filter statements').fill('from_elsewhere');
    await expect(firstStatement(page)).toContainText('from_elsewhere');
    expect(await ofFirst(page, 'Calls')).toBe('3');
    await firstStatement(page).click();
    const drawer = page.getByRole('dialog', { name: 'Statement' });
    await expect(drawer.getByText(/This statement runs in postgres/)).toBeVisible();
    await expect(drawer.getByRole('button', { name: 'Explain' })).toHaveCount(0);
    await page.keyboard.press('Escape');
    await page.getByLabel('Database').click();
    await page.getByRole('option', { name: here }).click();
    await expect(page.getByText('No statement matches.')).toBeVisible();
  });

  test('without pg_stat_statements: the steps for this server, and its slow-query log', async ({
    page,
    openApp,
  }) => {
    await openQueries(page, await openApp({ database: 'empty' }));
    await expect(page.getByText('This server does not count statements yet')).toBeVisible();
    const fixes = page.getByRole('region', { name: 'SQL of the fix' });
    await expect(fixes.first()).toContainText(
      /ALTER SYSTEM SET shared_preload_libraries = '?pg_stat_statements/,
    );
    await expect(fixes.last()).toContainText('CREATE EXTENSION pg_stat_statements');
    await page.getByRole('tab', { name: 'Slow-query log' }).click();
    await page.getByText('log_min_duration_statement = -1').click();
    await expect(page.getByRole('region', { name: 'SQL of the fix' })).toContainText(
      'ALTER SYSTEM SET "log_min_duration_statement" = \'1000\'',
    );
    await expect(page.getByRole('region', { name: 'Undo SQL' })).toContainText(
      'ALTER SYSTEM RESET "log_min_duration_statement"',
    );
  });

  const STATES: readonly {
    readonly name: string;
    readonly database: 'planned' | 'empty' | 'unprivileged';
    readonly reach: (page: Page) => Promise<void>;
  }[] = [
    {
      name: 'the list',
      database: 'planned',
      reach: (page) => expect(statement(page, LOOK_UP)).toBeVisible(),
    },
    {
      name: 'a statement with its plan',
      database: 'planned',
      reach: async (page) => {
        await filterFor(page, LOOK_UP);
        await firstStatement(page).click();
        await page.getByRole('button', { name: 'Explain', exact: true }).click();
        await expect(page.getByRole('region', { name: 'Plan tree' })).toBeVisible();
      },
    },
    {
      name: 'a plan with advice',
      database: 'planned',
      reach: async (page) => {
        await page.getByRole('tab', { name: 'Plan a statement' }).click();
        await planTyped(page, UNINDEXED);
        await expect(page.getByRole('region', { name: 'SQL of the fix' })).toBeVisible();
      },
    },
    {
      name: 'a measured plan',
      database: 'planned',
      reach: async (page) => {
        await page.getByRole('tab', { name: 'Plan a statement' }).click();
        await planTyped(page, `${UNINDEXED} ORDER BY views LIMIT 3`);
        await page.getByRole('button', { name: 'Run and measure…' }).click();
        await page.getByRole('dialog').getByRole('button', { name: 'Run and measure' }).click();
        await expect(page.getByRole('columnheader', { name: 'Buffers' })).toBeVisible();
        await expect(page.getByText('rows thrown away')).toBeVisible();
      },
    },
    {
      name: 'another database',
      database: 'planned',
      reach: async (page) => {
        await page.getByLabel('Database').click();
        await page.getByRole('option', { name: 'postgres', exact: true }).click();
        await expect(page.getByText(/connect to postgres/)).toBeVisible();
      },
    },
    {
      name: 'the log',
      database: 'planned',
      reach: async (page) => {
        await page.getByRole('tab', { name: 'Slow-query log' }).click();
        for (const name of ['log_lock_waits', 'track_io_timing'])
          await page.getByText(`${name} = off`).click();
      },
    },
    {
      name: 'the steps of the setup',
      database: 'empty',
      reach: (page) => expect(page.getByText('This server does not count statements yet')).toBeVisible(),
    },
    {
      name: 'no rights',
      database: 'unprivileged',
      reach: (page) => expect(page.getByText('This server does not count statements yet')).toBeVisible(),
    },
  ];
  for (const { name, database, reach } of STATES) {
    test(`axe: ${name}`, async ({ page, openApp }) => {
      await openQueries(page, await openApp({ database }));
      await reach(page);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        await expect
          .poll(() => page.evaluate(() => document.documentElement.hasAttribute('data-dark')))
          .toBe(colorScheme === 'dark');
        await expectAccessible(page);
      }
      await expectNoSidewaysScroll(page);
      await page.setViewportSize({ width: 640, height: 400 });
      await expectNoSidewaysScroll(page);
    });
  }
});

/** Opens the page without an audit: it needs none. */
async function openQueries(page: Page, app: RunningApp): Promise<void> {
  await page.goto(app.url);
  await goTo(page, 'Queries');
  await expect(page.getByRole('heading', { name: 'Queries', level: 1 })).toBeVisible();
  await expect(page.getByRole('tab', { name: 'Top load' })).toBeVisible();
}

async function filterFor(page: Page, words: string): Promise<void> {
  await page.getByLabel('Filter statements').fill(words);
  await expect(page.getByText(/^[01] of \d+ shown$/)).toBeVisible();
}

async function planTyped(page: Page, text: string): Promise<void> {
  await page.getByLabel(/^One statement/).fill(text);
  await page.getByRole('button', { name: 'Show its plan' }).click();
}

async function readAgain(page: Page): Promise<void> {
  const button = page.getByRole('button', { name: 'Read again now' });
  await button.click();
  await expect(button).toBeEnabled();
}

function header(page: Page, name: string): Locator {
  return page.getByRole('columnheader', { name, exact: true });
}

function statement(page: Page, words: string): Locator {
  return page.getByRole('grid').getByRole('gridcell').filter({ hasText: words });
}

function firstStatement(page: Page): Locator {
  return page.getByRole('grid').locator('[aria-rowindex="2"]').getByRole('gridcell').first();
}

/** What the first row says under this header. */
async function ofFirst(page: Page, name: string): Promise<string | undefined> {
  const at = (await page.getByRole('columnheader').allInnerTexts()).indexOf(name);
  return (await page.getByRole('grid').locator('[aria-rowindex="2"] [role="gridcell"]').allInnerTexts())[at];
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** As the pages write counts: thin spaces between thousands. */
function grouped(count: number): RegExp {
  return new RegExp(`^${count.toLocaleString('en-US').replaceAll(',', '\\s?')}$`);
}
