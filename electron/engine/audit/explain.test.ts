import { expect, test } from 'vitest';
import { CHECKS } from './registry.ts';
import { explainCheck } from './explain.ts';
import { FIX_SHAPES } from './fix-shapes.ts';
import { hbaWeakAuth } from './checks/hba-weak-auth.ts';
import { memoryOvercommit } from './checks/memory-overcommit.ts';
import { publicCanCreate } from './checks/public-can-create.ts';
import { serverVersionRisk } from './checks/server-version-risk.ts';

test('text: everything one needs without a network', () => {
  const page = explainCheck(publicCanCreate);
  expect(page).toMatch(
    /^public-can-create: Everybody may create objects in a schema\n=+\nsecurity, privileges, at worst high\n/,
  );
  expect(page).toContain('Why it matters\n  A role that may create');
  expect(page).toContain('    REVOKE CREATE ON SCHEMA schema FROM PUBLIC;\n');
  expect(page).toContain('Undo: GRANT CREATE ON SCHEMA schema TO PUBLIC');
  expect(page).toContain('  - needs schemas: the system catalog');
  expect(page).toContain(publicCanCreate.docs);
  expect(page.endsWith('\n')).toBe(true);
  expect(page).not.toContain('Grants for a role');
});

test('the grants that unlock it', () => {
  const page = explainCheck(hbaWeakAuth);
  expect(page).toContain('    GRANT SELECT ON pg_catalog.pg_hba_file_rules TO your_role;\n');
  expect(page).toContain('    GRANT EXECUTE ON FUNCTION pg_catalog.pg_hba_file_rules() TO your_role;\n');
  expect(page).toContain('is sharper with rolePasswords');
});

test('thresholds carry their unit and their key', () => {
  expect(explainCheck(memoryOvercommit)).toMatch(/ {2}- .*150 % \(mediumPercent\)\n/);
  expect(explainCheck(serverVersionRisk)).toMatch(/ {2}- .*183 days \(endOfLifeNearDays\)\n/);
});

test('lines keep within 80 columns, SQL and links apart', () => {
  const lines = explainCheck(hbaWeakAuth).split('\n');
  const long = lines.filter(
    (line) => line.length > 80 && !line.startsWith('    GRANT') && !line.includes('https://'),
  );
  expect(long).toEqual([]);
  expect(lines).toContain('  - is sharper with rolePasswords: stored password verifiers; whoever reads them');
});

test('markdown: headings, SQL in a fence, lists', () => {
  const page = explainCheck(hbaWeakAuth, 'markdown');
  expect(page).toMatch(/^# pg_hba\.conf lets people in too easily\n\n`hba-weak-auth` · security/);
  expect(page).toContain('## Why it matters\n\n');
  expect(page).toContain('```sql\nGRANT SELECT ON pg_catalog.pg_hba_file_rules TO your_role;\n');
  expect(page.match(/```/g)?.length).toBe(2);
});

test.each(CHECKS.map((c) => [c.id, c] as const))('%s has a page with a fix shape', (id, check) => {
  expect(FIX_SHAPES[id], `fix-shapes.ts lacks ${id}`).toBeDefined();
  for (const part of [check.title, check.docs, ...Object.keys(check.thresholds)]) {
    expect(unwrapped(explainCheck(check))).toContain(part);
    expect(explainCheck(check, 'markdown')).toContain(part);
  }
});

test('no shape is left over from a check that is gone', () => {
  const ids = new Set(CHECKS.map((c) => c.id));
  expect(Object.keys(FIX_SHAPES).filter((id) => !ids.has(id))).toEqual([]);
});

function unwrapped(page: string): string {
  return page.replaceAll(/\n +/g, ' ');
}
