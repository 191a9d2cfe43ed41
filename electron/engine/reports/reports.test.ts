import { describe, expect, it } from 'vitest';
import type { Audit } from '#shared/model/audit.ts';
import { parseAudit } from '#shared/model/audit-schema.ts';
import type { Finding } from '#shared/model/finding.ts';
import { gradeFindings } from '#shared/model/grade.ts';
import { redactAudit } from './redact.ts';
import { renderReport } from './render.ts';

const HOSTILE = [
  '<img src=x onerror=alert(1)>',
  '"; DROP TABLE users; --',
  'a|b',
  '`tick` ```fence```',
  'line\nbreak',
  '=HYPERLINK("http://x")',
  '\u202eevil\u202c',
  '[link](javascript:alert(1))',
  '\u001b[2Jclear',
  '# heading',
];

const finding = (name: string): Finding => ({
  check: 'unused-index',
  severity: 'medium',
  category: 'performance',
  topic: 'indexes',
  confidence: 'likely',
  confidenceReason: `seen on ${name}`,
  status: 'new',
  fingerprint: 'f00d',
  object: { kind: 'index', oid: 7, schema: 'public', name, table: name },
  message: `${name} was never used.`,
  evidence: {
    sizeBytes: 8192,
    owner: 'alice',
    clientAddress: '10.1.2.3',
    query: "select 'secret'",
    note: name,
  },
  window: 'counters since 2026-10-01 (53 days)',
  gain: { bytes: 8192 },
  fix: {
    title: `Drop ${name}`,
    sql: [`DROP INDEX "${name}"`],
    undo: [`CREATE INDEX "${name}" ON t (a)`],
    risk: 'R4',
    lock: 'SHARE UPDATE EXCLUSIVE',
    lockInWords: 'Reads and writes go on.',
    inTransaction: false,
    notes: [name],
  },
});

const findings = HOSTILE.map(finding);
const audit: Audit = {
  schemaVersion: 1,
  kind: 'pgvitals-audit',
  tool: { name: 'pgvitals', version: '0.0.0' },
  server: {
    versionNum: 150018,
    version: '15.18',
    systemIdentifier: '7',
    database: HOSTILE[0] ?? '',
    role: 'alice',
    isStandby: false,
    provider: 'self-managed',
    startedAt: '2026-11-01T00:00:00Z',
    statisticsResetAt: null,
  },
  startedAt: '2026-11-23T12:00:00Z',
  durationMs: 1234,
  isComplete: true,
  interruption: null,
  grade: gradeFindings(findings),
  coverage: {
    run: 1,
    applicable: 2,
    total: 2,
    skipped: [{ check: 'x', reason: 'no', grant: 'GRANT pg_monitor TO "alice"', isPartial: false }],
    notApplicable: [],
  },
  facts: {
    tables: 1,
    matviews: 0,
    partitions: 0,
    indexes: 1,
    indexesNeverScanned: 1,
    indexesRemovable: 1,
    indexesRemovableBytes: 8192,
    indexBytes: 8192,
    tableBytes: 8192,
    databaseSizeBytes: null,
    liveRows: 1,
    deadRows: 0,
    constraints: 0,
    foreignKeys: 0,
    sequences: 0,
    roles: 1,
    extensions: 0,
    connections: null,
    connectionsLimit: null,
    cacheHitRatio: null,
    oldestTransactionMs: null,
    freezeShare: null,
    statisticsAgeDays: null,
  },
  findings,
  goodPractices: [{ id: 'p', title: 'P', message: HOSTILE[0] ?? '', evidence: {} }],
  passed: [],
  notices: [],
};

describe('reports', () => {
  it('HTML holds no markup that came from the database, no script and no address to load from', () => {
    const { text } = renderReport(audit, 'html', { redact: false });
    expect(text).not.toMatch(/<img|<script|<a\s|<link|onerror=alert\(1\)>/i);
    expect(text).toContain('&#60;img src=x onerror=alert(1)&#62;');
    expect(text).toContain("default-src 'none'");
    expect(text).not.toContain('\u202e');
  });

  it('Markdown keeps every name on its line, and escapes HTML, links, tables and fences', () => {
    const { text } = renderReport(audit, 'md', { redact: false });
    const outsideCode = text.replaceAll(/^(`{3,})sql\n[\s\S]*?\n\1$/gm, '');
    expect(outsideCode).not.toMatch(/(?<!\\)<img/);
    expect(outsideCode).not.toMatch(/(?<!\\)\[link/);
    expect(text).toContain('line⏎break');
    expect(text).toContain('````sql');
    expect(text).not.toContain('\u001b');
  });

  it('CSV disarms formulas and quotes every cell', () => {
    const { text } = renderReport(audit, 'csv', { redact: false });
    expect(text).toContain(`"'=HYPERLINK(""http://x"")"`);
    expect(text).not.toMatch(/(^|,)"[=+@-]/m);
  });

  it('JSON is the audit itself, and its own schema accepts it', () => {
    const { text } = renderReport(audit, 'json', { redact: false });
    expect(JSON.parse(text)).toEqual(audit);
    expect(parseAudit(JSON.parse(text))).toEqual(audit);
    expect(parseAudit({ ...audit, schemaVersion: 2 })).toBeNull();
  });

  it('names a file that every system accepts', () => {
    expect(renderReport(audit, 'md', { redact: false }).fileName).toMatch(
      /^pgvitals-[A-Za-z0-9-]+-2026-11-23\.md$/,
    );
  });

  it.each(['json', 'md', 'html', 'csv'] as const)(
    'a redacted %s report names no role, address or statement',
    (format) => {
      const { text } = renderReport(audit, format, { redact: true });
      expect(text).not.toMatch(/alice|10\.1\.2\.3|select 'secret'/);
    },
  );

  it('redaction keeps the object names and the shape', () => {
    const redacted = redactAudit(audit);
    expect(redacted.findings.map((f) => f.object.name)).toEqual(HOSTILE);
    expect(parseAudit(JSON.parse(JSON.stringify(redacted)))).not.toBeNull();
  });
});
