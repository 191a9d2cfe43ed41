import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { BackupRow } from '#shared/model/backup.ts';
import type { SettingFact } from '#shared/model/facts.ts';
import { parseHop } from '#engine/postgres/tunnel/hop.ts';
import type { Manifest } from './manifest.ts';
import type { RecoveryInput } from './recovery-blocks.ts';
import { checkFiles, makeGlobals, restoreAnew, restoreTable } from './recovery-commands.ts';
import { renderRecoveryPlan } from './recovery-plan.ts';
import { shellAssign, shellQuote } from './shell-text.ts';

const NOW = new Date('2026-11-26T20:00:00Z');
const MANIFEST: Manifest = {
  schemaVersion: 1,
  appVersion: '1.0.0',
  id: '00000000000000aa',
  seq: 7,
  instanceId: 'here',
  server: {
    key: '7000000000000000001/16384',
    label: 'shop on db.example:5433',
    systemIdentifier: '7000000000000000001',
    databaseOid: 16_384,
    database: 'shop',
    version: '15.18',
    versionNum: 150_018,
    encoding: 'UTF8',
    collate: 'de_DE.UTF-8',
    ctype: 'de_DE.UTF-8',
    snapshotAt: '2026-11-26T18:00:00.000Z',
  },
  tool: { version: '16.4', versionNum: 160_004 },
  shape: 'default',
  scope: { kind: 'database' },
  startedAt: '2026-11-26T18:00:00.000Z',
  endedAt: '2026-11-26T18:01:00.000Z',
  durationMs: 60_000,
  databaseBytes: 400_000_000,
  files: [
    { name: 'data.dump', bytes: 50_000_000, sha256: 'a'.repeat(64) },
    { name: 'globals.sql', bytes: 900, sha256: 'b'.repeat(64) },
    { name: 'log.txt', bytes: 900, sha256: 'c'.repeat(64) },
  ],
  entries: [],
  tables: [
    { schema: 'public', name: 'small', rows: 5, sourceHash: null },
    { schema: 'public', name: 'Orders', rows: 5_000, sourceHash: null },
    { schema: 'public', name: 'line\nbreak', rows: 9_000, sourceHash: null },
  ],
  extensions: ['postgis', 'hstore'],
  roles: ['app', 'postgres', 'pg_monitor'],
  tablespaces: ['fast_disk'],
  hasGlobals: true,
  notices: [
    'It holds passwords of foreign servers in clear (user mappings): keep it as secret as the database.',
  ],
  verifications: [],
  isPinned: false,
  note: '',
  trashedAt: null,
};

const ROW: BackupRow = {
  id: MANIFEST.id,
  seq: 7,
  database: 'shop',
  trust: 'intact',
  shape: 'default',
  scope: { kind: 'database' },
  startedAt: MANIFEST.startedAt,
  durationMs: 60_000,
  sizeBytes: 50_000_900,
  databaseBytes: 400_000_000,
  tables: 3,
  rows: 14_005,
  serverVersion: '15.18',
  toolVersion: '16.4',
  hasGlobals: true,
  isPinned: false,
  note: '',
  lastVerification: null,
  lastRestoreTestAt: '2026-11-20T08:00:00.000Z',
  locationId: 'here',
  trashedAt: null,
  busy: null,
};

const SOURCE = {
  folder: '/backups/it’s here',
  manifest: MANIFEST,
  host: 'db.example',
  port: 5433,
  user: 'postgres',
};

const INPUT: RecoveryInput = {
  overview: {
    backups: [
      ROW,
      { ...ROW, id: '00000000000000ab', scope: { kind: 'schemas', schemas: ['app'] } },
      { ...ROW, id: '00000000000000ac', trashedAt: '2026-11-25T00:00:00.000Z', rows: 777_777 },
      { ...ROW, id: '00000000000000ad', database: 'crm', rows: 888_888 },
    ],
    locations: [
      { id: 'here', path: '/backups', isDefault: true, unavailable: null, freeBytes: 1 },
      { id: 'usb', path: '/media/usb', isDefault: false, unavailable: 'it is not there', freeBytes: null },
    ],
    recovery: { pointAgeMs: 2 * 3_600_000, timeMs: 192_000, provenAt: '2026-11-20T08:00:00.000Z' },
    database: { name: 'shop', sizeBytes: 400_000_000 },
  },
  best: SOURCE,
  server: { host: 'db.example', port: 5433, user: 'postgres', version: '15.18', usesTls: true },
  facts: {
    settings: [
      setting('max_connections', '400', '100'),
      setting('work_mem', '4096', '4096'),
      setting('archive_command', 'TOKEN=hunter2 cp %p /wal', ''),
      setting('primary_conninfo', 'password=hunter2', ''),
    ],
  },
  toolVersion: '1.0.0',
  now: NOW,
};

describe('the recovery plan', () => {
  const { text, fileName } = renderRecoveryPlan(INPUT, 'md');

  it('says what is lost, how long it takes, when it was proven and when the next test is due', () => {
    expect(fileName).toBe('pgvitals-recovery-shop-2026-11-26.md');
    expect(text).toContain('| What would be lost | what was written in the last 2 h |');
    expect(text).toContain('| How long it takes | 3 min 12 s for the data, measured;');
    expect(text).toContain('| Last proven | 2026-11-20 08:00 UTC (6 days ago) |');
    expect(text).toContain('| Next test restore | 2026-12-20 08:00 UTC |');
  });

  it('names the server, the backups of this database and what is not in them', () => {
    expect(text).toContain('| Server | db.example, port 5433, TLS |');
    expect(text).toContain('LC\\_COLLATE de\\_DE.UTF-8');
    expect(text).toMatch(/the whole database, 3 tables \| 47.7 MB \|/);
    expect(text).toContain('schemas app');
    expect(text).not.toMatch(/777.777|888.888/);
    expect(text).toContain('/media/usb could not be looked into: it is not there.');
    expect(text).toContain('pg\\_restore has to be of that version or newer');
    for (const part of ['postgis, hstore', 'fast\\_disk', 'foreign servers in clear', 'pg\\_hba.conf'])
      expect(text).toContain(part);
  });

  it('compares settings that matter and prints no secret', () => {
    expect(text).toContain('| max\\_connections | 400 |');
    expect(text).not.toContain('| work\\_mem |');
    expect(text).not.toContain('hunter2');
  });

  it('gives the commands with the values of this server', () => {
    for (const line of [
      "PGHOST='db.example'",
      "PGPORT='5433'",
      "BACKUP='/backups/it’s here'",
      `TARGET='dbname='\\''shop'\\'''`,
      `${'a'.repeat(64)}  data.dump`,
      'psql --no-psqlrc --quiet --dbname=postgres --file="$BACKUP/globals.sql"',
      'pg_restore --exit-on-error --create --dbname=postgres "$BACKUP/data.dump"',
      `createdb --template=template0 --encoding='UTF8' --lc-collate='de_DE.UTF-8' --lc-ctype='de_DE.UTF-8' -- "$BESIDE"`,
      `SELECT 'public.Orders' AS "table", count(*) AS rows, 5000 AS expected FROM ONLY "public"."Orders"`,
      "TABLE='Orders'",
    ])
      expect(
        text.split('\n').some((one) => one === line || one.startsWith(`${line} `)),
        line,
      ).toBe(true);
    expect(text).not.toContain('log.txt');
  });

  it('tells of the error that a client newer than the server begins with', () => {
    const manifest = { ...MANIFEST, tool: { version: '17.12', versionNum: 170_012 } };
    const anew = (of: Manifest): string => restoreAnew({ ...SOURCE, manifest: of });
    expect(anew(MANIFEST)).toMatch(/^pg_restore --exit-on-error /);
    expect(anew(manifest)).toMatch(
      /^# An error about transaction_timeout is of no consequence.*\npg_restore --create /,
    );
    const newer = { ...manifest, server: { ...MANIFEST.server, versionNum: 170_005 } };
    expect(anew(newer)).toMatch(/^pg_restore --exit-on-error /);
  });

  it('opens a tunnel first where the server is behind an SSH server', () => {
    const server = { ...INPUT.server, host: 'localhost', ssh: parseHop('me@bastion:2222') };
    const behind = renderRecoveryPlan({ ...INPUT, server }, 'md').text;
    expect(behind).toContain(
      "ssh -f -N -L '127.0.0.1:15432:localhost:5433' -p 2222 me@bastion\nPGHOST='127.0.0.1'",
    );
    expect(behind).not.toContain('what takes the one may take the other');
  });

  it('is one HTML file without script', () => {
    const html = renderRecoveryPlan(INPUT, 'html');
    expect(html).toMatchObject({
      mediaType: 'text/html',
      fileName: 'pgvitals-recovery-shop-2026-11-26.html',
    });
    expect(html.text).toContain('<h2>If the server is gone</h2>');
    expect(html.text).not.toMatch(/<script|hunter2/);
  });

  it('admits that there is nothing to restore from', () => {
    const none = renderRecoveryPlan(
      {
        ...INPUT,
        best: null,
        facts: {},
        overview: {
          ...INPUT.overview,
          backups: [],
          recovery: { pointAgeMs: null, timeMs: null, provenAt: null },
        },
      },
      'md',
    ).text;
    expect(none).toContain('| What would be lost | everything: there is no intact backup |');
    expect(none).toContain('unknown: it was never measured');
    expect(none).toContain('there is nothing to restore from');
    expect(none).not.toContain('pg_restore --create');
  });

  it('warns where the backups share the fate of the server', () => {
    const words = 'what takes the one may take the other';
    expect(text).not.toContain(words);
    const local = { ...INPUT, server: { ...INPUT.server, host: '/run/postgresql' } };
    expect(renderRecoveryPlan(local, 'md').text).toContain(words);
  });
});

describe('its commands', () => {
  it('make roles by name where there are no globals', () => {
    expect(
      makeGlobals({ ...SOURCE, manifest: { ...MANIFEST, hasGlobals: false, roles: ["o'app", 'postgres'] } }),
    ).toBe(`ROLE='o'\\''app'; createuser --no-login -- "$ROLE"`);
    expect(
      makeGlobals({ ...SOURCE, manifest: { ...MANIFEST, hasGlobals: false, roles: ['postgres'] } }),
    ).toBeNull();
  });

  it('restore a directory by two processes, and list no thousand of files', () => {
    const files = Array.from({ length: 30 }, (_, n) => ({ name: `data/${n}.dat.gz`, bytes: 1, sha256: 'd' }));
    const manifest = { ...MANIFEST, shape: 'fast' as const, files };
    expect(restoreAnew({ ...SOURCE, manifest })).toContain('--jobs=2 --dbname=postgres "$BACKUP/data"');
    expect(checkFiles(manifest)).toBeNull();
    expect(restoreTable({ ...SOURCE, manifest: { ...manifest, tables: [] } })).toBeNull();
  });
});

describe('text for shells', () => {
  const odd = [
    'plain',
    '',
    "it's",
    '$(touch x) `x` "y" \\ \\n %s %d',
    '-n',
    'line\nbreak\n\n',
    '\u202Eright to left\u200b',
    '\\101 %b\u0007',
    '--x\u0001',
    'ü€😀\t',
  ];
  it('arrives as it is, in every shell at hand', () => {
    for (const text of odd) {
      expect(execFileSync('sh', ['-c', `printf '%s' ${shellQuote(text)}`]).toString()).toBe(text);
      const assignment = shellAssign('NAME', text);
      expect(execFileSync('sh', ['-c', `${assignment}\nprintf '%s' "$NAME"`]).toString()).toBe(text);
      expect(execFileSync('bash', ['-c', `${assignment}\nprintf '%s' "$NAME"`]).toString()).toBe(text);
      // One line, and nothing in it that a page would show otherwise.
      expect(assignment).toMatch(/^[^\p{Cc}\p{Cf}]*$/u);
    }
  });
});

function setting(name: string, value: string, bootValue: string): SettingFact {
  return {
    name,
    setting: value,
    unit: null,
    source: 'configuration file',
    bootValue,
    context: 'sighup',
    sourceFile: null,
    sourceLine: null,
    pendingRestart: false,
  };
}
