import { expect, test } from './app.ts';
import { HOSTILE_NAMES } from './databases.ts';
import { copiedBy, goTo, openAudited } from './steps.ts';

test.describe('Findings', () => {
  test('a finding says what, why, how sure, what to run and how to go back', async ({ page, openApp }) => {
    await openAudited(page, await openApp({ database: 'demo' }));
    await goTo(page, 'Findings');
    await page.getByLabel('Filter findings').fill('idx_sent_posts');
    await page.getByRole('treegrid').getByRole('row').filter({ hasText: 'Two indexes do the same' }).click();
    const drawer = page.getByRole('dialog', { name: 'Finding' });
    await expect(drawer.getByRole('heading', { name: 'Evidence' })).toBeVisible();
    await expect(drawer.getByRole('heading', { name: /^How sure/ })).toBeVisible();
    await expect(drawer.getByRole('heading', { name: 'Why it matters' })).toBeVisible();
    await expect(drawer.getByRole('region', { name: 'SQL of the fix' })).toContainText(
      'DROP INDEX CONCURRENTLY',
    );
    await expect(drawer.getByText(/SHARE UPDATE EXCLUSIVE lock/)).toBeVisible();
    await expect(drawer.getByRole('region', { name: 'Undo SQL' })).toContainText('CREATE INDEX CONCURRENTLY');
    expect(await copiedBy(page, drawer.getByRole('button', { name: 'Copy SQL of the fix' }))).toMatch(
      /^DROP INDEX CONCURRENTLY .*;$/,
    );
  });

  test('the keyboard reaches, unfolds, opens and walks', async ({ page, openApp }) => {
    await openAudited(page, await openApp({ database: 'demo' }));
    await goTo(page, 'Findings');
    const tree = page.getByRole('treegrid');
    await tree.focus();
    const active = () => tree.locator('[aria-selected="true"]');
    await page.keyboard.press('ArrowDown');
    await expect(active()).toContainText('Table carries many dead rows');
    await expect(active()).toHaveAttribute('aria-expanded', 'false');
    await page.keyboard.press('ArrowRight');
    await expect(active()).toHaveAttribute('aria-expanded', 'true');
    await page.keyboard.press('ArrowRight');
    await expect(active()).toContainText('channels');
    await page.keyboard.press('Enter');
    const drawer = page.getByRole('dialog', { name: 'Finding' });
    await expect(drawer).toContainText('channels has 3 dead rows');
    await expect(drawer).toContainText('60 %');
    await drawer.getByRole('button', { name: 'Next finding' }).click();
    await expect(drawer).toContainText('posts');
    await expect(drawer).toContainText('6.67 %');
    await page.keyboard.press('Escape');
    await expect(drawer).toBeHidden();
    await expect(tree).toBeFocused();
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    await expect(active()).toHaveAttribute('aria-expanded', 'false');
  });

  test('facets narrow the list, stay in the address and count', async ({ page, openApp }) => {
    await openAudited(page, await openApp({ database: 'demo' }));
    await goTo(page, 'Findings');
    const box = page.getByRole('checkbox', { name: /^Critical/ });
    await box.check();
    await expect(page).toHaveURL(/severity=critical/);
    const severities = page.getByRole('treegrid').getByRole('row').filter({ hasText: 'Critical' });
    await expect(severities).toHaveCount((await page.getByRole('treegrid').getByRole('row').count()) - 1);
    await page.reload();
    await expect(box).toBeChecked();
    await page.getByRole('checkbox', { name: /^Storage/ }).check();
    await expect(page.getByText('No finding matches.')).toBeVisible();
    await page.getByRole('button', { name: 'Clear the filters' }).click();
    await expect(box).not.toBeChecked();
  });

  test('hostile names are text and nothing else', async ({ page, openApp }) => {
    let dialogs = 0;
    page.on('dialog', (dialog) => {
      dialogs += 1;
      void dialog.dismiss();
    });
    await openAudited(page, await openApp({ database: 'hostile' }));
    await goTo(page, 'Findings');
    await page.getByLabel('Filter findings').fill('Two indexes do the same');
    const rows = page
      .getByRole('treegrid')
      .getByRole('row')
      .filter({ has: page.locator('[aria-level="2"], [role="gridcell"]') });
    await expect(page.getByRole('treegrid').locator('[aria-level="2"]')).toHaveCount(HOSTILE_NAMES.length);
    await expect(rows.filter({ hasText: '<img src=x onerror=alert(1)>' }).first()).toBeVisible();
    await expect(rows.filter({ hasText: '"; DROP TABLE x; --' }).first()).toBeVisible();
    await expect(rows.filter({ hasText: 'line↵break' }).first()).toBeVisible();
    expect(await page.locator('main img').count()).toBe(0);
    await goTo(page, 'Indexes');
    await page.getByRole('tab', { name: /^All/ }).click();
    await expect(
      page.getByRole('grid').getByText('<img src=x onerror=alert(1)>_a', { exact: true }),
    ).toBeVisible();
    await goTo(page, 'Overview');
    await expect(page.getByRole('region', { name: 'Largest relations' })).toContainText('<img src=x onerror');
    expect(dialogs).toBe(0);
  });
});
