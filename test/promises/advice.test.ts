import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pg from 'pg';
import type { Finding } from '#shared/model/finding.ts';
import { type DemoHandle, startDemo } from '#engine/demo/start.ts';
import { auditUrl } from '../support/audit.ts';
import { differingLines, runFixes, schemaOf } from '../support/fixes.ts';

/** Promise 5: every fix that the audit proposes runs as written, and its undo restores the schema exactly. */
let demo: DemoHandle;
let admin: pg.Client;
let findings: readonly Finding[];

beforeAll(async () => {
  demo = await startDemo({});
  admin = new pg.Client({ connectionString: demo.url });
  await admin.connect();
  findings = (await auditUrl(demo.url)).audit.findings;
});

afterAll(async () => {
  await admin?.end();
  await demo?.stop();
});

describe('every fix of the demo', () => {
  it('proposes SQL that ends in no semicolon and says in words what it locks', () => {
    const withSql = findings.filter((f) => (f.fix?.sql.length ?? 0) > 0);
    expect(withSql.length).toBeGreaterThan(10);
    for (const { fix, check } of withSql) {
      for (const statement of [...(fix?.sql ?? []), ...(fix?.undo ?? [])])
        expect(statement.trimEnd(), check).not.toMatch(/;$/);
      expect(fix?.lockInWords, check).toMatch(/\w+.*\./);
    }
  });

  it('runs, and its undo restores the schema exactly', async () => {
    const before = await schemaOf(demo.url, admin);
    const result = await runFixes(admin, findings);
    expect(result.failures).toEqual([]);
    expect(result.undone).toBeGreaterThan(10);
    expect(differingLines(before, await schemaOf(demo.url, admin))).toEqual([]);
  });
});
