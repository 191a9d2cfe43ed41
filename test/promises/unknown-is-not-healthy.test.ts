import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pg from 'pg';
import type { Audit } from '#shared/model/audit.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { type DemoHandle, startDemo } from '#engine/demo/start.ts';
import { auditUrl } from '../support/audit.ts';

/** Promise 3: what could not be read is listed with the GRANT that unlocks it, and nothing is claimed about it. */
let demo: DemoHandle;
let admin: pg.Client;
let full: { audit: Audit; snapshot: Snapshot };
let fullAgain: { audit: Audit };
let poor: { audit: Audit; snapshot: Snapshot; errors: readonly string[] };

const poorUrl = (): string => {
  const url = new URL(demo.url);
  url.username = 'nobody_special';
  url.password = 'Vq4-lonely-otter-77';
  return url.href;
};

beforeAll(async () => {
  demo = await startDemo({});
  admin = new pg.Client({ connectionString: demo.url });
  await admin.connect();
  await admin.query("CREATE ROLE nobody_special LOGIN PASSWORD 'Vq4-lonely-otter-77'");
  full = await auditUrl(demo.url);
  poor = await auditUrl(poorUrl());
  // Counters move on while we look: what appears in either full audit is no invention.
  fullAgain = await auditUrl(demo.url);
});

afterAll(async () => {
  await admin?.end();
  await demo?.stop();
});

describe('an audit without privileges', () => {
  it('ends, without a failing check', () => {
    expect(poor.errors).toEqual([]);
    expect(poor.audit.isComplete).toBe(true);
    expect(poor.audit.coverage.run).toBeGreaterThan(0);
    expect(poor.audit.coverage.run).toBeLessThan(full.audit.coverage.run);
  });

  it('gives a reason for everything that it could not read', () => {
    expect(poor.snapshot.unread.length).toBeGreaterThan(3);
    for (const entry of poor.snapshot.unread) expect(entry.reason, entry.fact).toMatch(/\w+.*\.$/s);
    const denied = poor.snapshot.unread.filter((u) => u.cause === 'privilege');
    expect(denied.filter((u) => u.grant !== null).length).toBeGreaterThan(2);
  });

  it('never lists as passed what the unread facts decide', () => {
    const passed = new Set(poor.audit.passed.map((p) => p.check));
    for (const skip of poor.audit.coverage.skipped) expect(passed.has(skip.check), skip.check).toBe(false);
    for (const id of ['weak-password', 'md5-passwords', 'hba-weak-auth'])
      expect(passed.has(id), id).toBe(false);
  });

  it('claims nothing that the full audit does not know', () => {
    const known = new Set([...full.audit.findings, ...fullAgain.audit.findings].map((f) => f.fingerprint));
    // The own session differs between the two runs; everything else is about the same database.
    const invented = poor.audit.findings.filter(
      (f) => !known.has(f.fingerprint) && f.object.kind !== 'session',
    );
    expect(invented.map((f) => `${f.check}: ${f.message}`)).toEqual([]);
  });

  it('names GRANTs that really unlock: after running them, what they were for is readable', async () => {
    const grants = [...new Set(poor.snapshot.unread.map((u) => u.grant).filter((g) => g !== null))];
    expect(grants.length).toBeGreaterThan(0);
    for (const grant of grants) await admin.query(grant);
    const after = await auditUrl(poorUrl());
    const still = after.snapshot.unread.filter((u) => u.grant !== null && grants.includes(u.grant));
    expect(still.map((u) => `${u.fact}: ${u.reason}`)).toEqual([]);
    expect(after.audit.coverage.run).toBeGreaterThan(poor.audit.coverage.run);
  });
});
