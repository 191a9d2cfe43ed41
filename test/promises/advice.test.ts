import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pg from 'pg';
import type { Finding } from '#shared/model/finding.ts';
import { type DemoHandle, startDemo } from '#engine/demo/start.ts';
import { usePlans } from '../support/plans.ts';
import { auditUrl } from '../support/audit.ts';
import { differingLines, runFixes, schemaOf } from '../support/fixes.ts';

/** Promise 5: every fix that the audit proposes runs as written, and its undo restores the schema exactly. */
const bench = usePlans();
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

  it('runs as a plan, is judged again, and its undo restores the schema exactly', async () => {
    const connection = await bench.open(demo.url);
    for await (const event of bench.engine.audit(connection, {})) if (event.type === 'done') break;
    const before = await schemaOf(demo.url, admin);
    const ends: string[] = [];
    let undone = 0;
    for (const { fix, fingerprint, check, object } of findings) {
      if (!fix || fix.sql.length === 0) continue;
      const job = await bench.run(connection, { kind: 'findings', fingerprints: [fingerprint] });
      const errors = job.actions.flatMap(({ error }) => error?.message ?? []);
      if (job.outcome !== 'done') ends.push(`${check} on ${object.name}: ${job.outcome} ${errors.join()}`);
      if (job.noUndo !== null) continue;
      const back = await bench.undo(connection, job.id);
      if (back.outcome === 'done') undone += 1;
      else ends.push(`undo of ${check} on ${object.name}: ${JSON.stringify(back.actions)}`);
    }
    expect(ends).toEqual([]);
    expect(undone).toBeGreaterThan(10);
    expect(differingLines(before, await schemaOf(demo.url, admin))).toEqual([]);
  }, 180_000);

  it('runs, and its undo restores the schema exactly', async () => {
    const before = await schemaOf(demo.url, admin);
    const result = await runFixes(admin, findings);
    expect(result.failures).toEqual([]);
    expect(result.undone).toBeGreaterThan(10);
    expect(differingLines(before, await schemaOf(demo.url, admin))).toEqual([]);
  });
});
