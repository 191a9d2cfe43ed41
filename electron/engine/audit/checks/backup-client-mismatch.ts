import type { BackupFacts, ServerFact } from '#shared/model/facts.ts';
import { backupEvidence } from '#engine/audit/backup-evidence.ts';
import { databaseRef, NO_TABLES } from '#engine/audit/backups.ts';
import type { Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { guidedFix } from '#engine/audit/fixes.ts';
import { roleRef } from '#engine/audit/object-refs.ts';
import { roleGraph } from '#engine/audit/role-graph.ts';
import { bypassesRowSecurity } from '#engine/audit/row-security.ts';

export const backupClientMismatch = defineCheck({
  id: 'backup-client-mismatch',
  title: 'Backups cannot be made from here',
  category: 'reliability',
  topic: 'backups',
  severity: 'high',
  why: 'pg_dump refuses a server that is newer than itself. For a role that row-level security binds it fails too, or leaves rows out where it is told to go on.',
  rule: 'Where no pg_dump of this machine fits the server, or tables have row-level security that the role does not bypass: high where PgVitals has backups of this database, which cannot be made any more; low where it has none, and not at all where somebody else backs up.',
  remedy:
    'Install the client of the server’s major version or a newer one. Let backups run as the owner of the tables or as a role with BYPASSRLS.',
  docs: 'https://www.postgresql.org/docs/current/app-pgdump.html#PG-DUMP-NOTES',
  needs: ['backups', 'tables', 'roles'],
  wants: ['archiver', 'settings', 'replicationClients'],
  thresholds: { listedCount: 20 },
  evaluate({ backups, tables, roles, ...facts }, { catalog, limit }) {
    const { server } = facts;
    if (tables.length === 0) return { notApplicable: NO_TABLES };
    const isUsed = backups.recent.length > 0;
    if (!isUsed && backupEvidence(facts, catalog).length > 0)
      return { notApplicable: 'Others back this database up, and PgVitals has no backup of it.' };
    const graph = roleGraph(roles);
    const role = graph.role(server.role);
    const bound = tables.filter(
      (table) => table.rowSecurity && role !== undefined && !bypassesRowSecurity(role, table, graph),
    );
    const severity = isUsed ? ('high' as const) : ('low' as const);
    const drafts: Draft[] = [];
    if (backups.client === null)
      drafts.push({
        severity,
        confidence: 'certain',
        confidenceReason: 'By the versions that the clients on this machine report.',
        object: databaseRef(server),
        message: clientMessage(server, backups),
        evidence: {
          serverVersion: server.version,
          clientVersions: backups.clientsFound.map(({ version }) => version),
          newestBackupAt: backups.newestGood?.madeAt ?? null,
        },
        gain: { text: 'Backups can be made' },
        fix: guidedFix('Install a client that fits', [
          `Install the PostgreSQL ${majorOf(server.versionNum)} client (pg_dump and pg_restore), or a newer one; the page Backups tells how on this system.`,
          'A newer client backs up an older server; the other way round pg_dump refuses.',
        ]),
      });
    if (bound.length > 0)
      drafts.push({
        severity,
        confidence: 'certain',
        confidenceReason: 'By the rule of check_enable_rls(): no superuser, no BYPASSRLS, not the owner.',
        object: roleRef(server.role, role?.oid ?? 0),
        message: `${server.role} cannot back up ${bound.length} ${bound.length === 1 ? 'table' : 'tables'} with row-level security: pg_dump stops there.`,
        evidence: {
          role: server.role,
          tablesBound: bound.length,
          tables: bound.slice(0, limit('listedCount')).map((table) => catalog.label(table)),
        },
        gain: { text: 'Backups hold every row' },
        fix: guidedFix('Back up as a role that sees every row', [
          'Connect for backups as the owner of the tables, or as a role with BYPASSRLS that is used for nothing else.',
          'Never dump with --enable-row-security: rows that the policies hide would be missing without a word.',
        ]),
      });
    return drafts;
  },
});

function clientMessage({ version }: ServerFact, { clientsFound }: BackupFacts): string {
  const newest = clientsFound.toSorted((a, b) => b.versionNum - a.versionNum).at(0);
  if (newest === undefined)
    return `There is no pg_dump on this machine for the PostgreSQL ${version} server.`;
  return `No pg_dump of this machine fits the PostgreSQL ${version} server; the newest is ${newest.version}.`;
}

function majorOf(versionNum: number): number {
  return Math.floor(versionNum / 10_000);
}
