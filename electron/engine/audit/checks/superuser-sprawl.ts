import type { ActivityFact, RoleFact } from '#shared/model/facts.ts';
import type { Fix } from '#shared/model/finding.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';
import type { Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { guidedFix, statementFix } from '#engine/audit/fixes.ts';
import { roleRef, serverRef } from '#engine/audit/object-refs.ts';
import { roleGraph, type RoleGraph } from '#engine/audit/role-graph.ts';

/** initdb's role: PostgreSQL 16 and later refuse to take SUPERUSER from it. */
const BOOTSTRAP_OID = 10;
/** Members can become superuser by way of the server's files or shell (predefined-roles). */
const SERVER_ROLES = ['pg_execute_server_program', 'pg_write_server_files', 'pg_read_server_files'] as const;
/** Programs that people and backups use on purpose as superuser. */
const ADMIN_TOOLS =
  /^(psql|pgadmin|dbeaver|datagrip|pgvitals|pg_(dump|dumpall|restore|basebackup|receivewal|rewind))/i;

export const superuserSprawl = defineCheck({
  id: 'superuser-sprawl',
  title: 'Too many hold superuser rights',
  category: 'security',
  topic: 'roles',
  severity: 'high',
  why: 'A superuser passes every permission check, reads every row and can run programs on the server. An application that connects as superuser turns any SQL injection into control of the machine.',
  rule: "Medium for more than 2 login superusers. High for a superuser whose sessions come from other machines and are no administration tool. Info for login roles that can reach the server's files or programs, and before 16 for CREATEROLE, which could grant that.",
  remedy:
    'Keep one superuser for maintenance and one spare. Give applications a role that owns or may use only its own objects.',
  docs: 'https://www.postgresql.org/docs/current/role-attributes.html',
  needs: ['roles'],
  wants: ['activity'],
  thresholds: { loginSuperusers: 2 },
  evaluate({ server, roles, activity }, { limit }) {
    const graph = roleGraph(roles);
    const logins = roles
      .filter((r) => r.canLogin && !r.isSystem)
      .sort((a, b) => a.name.localeCompare(b.name));
    const superusers = logins.filter((r) => r.isSuperuser);
    const sessions = sessionsByRole(activity ?? []);
    const findings: Draft[] = superusers.flatMap((role) => {
      const remote = (sessions.get(role.name) ?? []).filter(isApplication);
      return remote.length > 0 ? [remoteSuperuser(role, remote, server.role)] : [];
    });
    if (superusers.length > limit('loginSuperusers')) {
      findings.push(sprawl(superusers, logins, graph, sessions, limit('loginSuperusers')));
    }
    for (const role of logins.filter((r) => !r.isSuperuser)) {
      const powers = powersOf(role, graph, server.versionNum);
      if (powers.length > 0) findings.push(powerful(role, powers));
    }
    return findings;
  },
});

function remoteSuperuser(role: RoleFact, remote: readonly ActivityFact[], ownRole: string): Draft {
  const applications = distinct(remote.map((a) => a.application || '(no name)'));
  return {
    severity: 'high',
    confidence: 'likely',
    confidenceReason:
      'Sessions of this moment; that they belong to an application is inferred from their names.',
    object: roleRef(role.name, role.oid),
    message: `Superuser ${role.name} has ${remote.length} ${remote.length === 1 ? 'session' : 'sessions'} from other machines (${applications.join(', ')}).`,
    evidence: {
      remoteSessions: remote.length,
      applications,
      addresses: distinct(remote.map((a) => a.clientAddress ?? '')),
      databases: distinct(remote.map((a) => a.database ?? '')),
    },
    gain: { text: 'A fault in the application no longer reaches the whole server' },
    fix: demote(role, ownRole),
  };
}

function demote(role: RoleFact, ownRole: string): Fix {
  const before =
    'First give the role what its application needs: ownership of its tables, or grants on them.';
  if (role.oid === BOOTSTRAP_OID || role.name === ownRole) {
    return guidedFix(`Let the application use a role of its own instead of ${role.name}`, [
      'Create a login role without SUPERUSER, give it what the application needs, and change the connection string.',
      role.oid === BOOTSTRAP_OID
        ? `${role.name} is the role of initdb and keeps SUPERUSER: reserve it for maintenance.`
        : 'PgVitals is connected as this role: demoting it could lock you out.',
    ]);
  }
  const name = quoteIdentifier(role.name);
  return statementFix({
    title: `Take SUPERUSER from ${role.name}`,
    sql: [`ALTER ROLE ${name} NOSUPERUSER`],
    undo: [`ALTER ROLE ${name} SUPERUSER`],
    risk: 'R4',
    lock: 'none',
    lockInWords: `No table is locked. ${role.name} loses every right it was not granted, at once and in open sessions too.`,
    notes: [before],
  });
}

function sprawl(
  superusers: readonly RoleFact[],
  logins: readonly RoleFact[],
  graph: RoleGraph,
  sessions: ReadonlyMap<string, readonly ActivityFact[]>,
  most: number,
): Draft {
  const names = (matches: (role: RoleFact) => boolean): string[] =>
    logins.filter((r) => !r.isSuperuser && matches(r)).map((r) => r.name);
  return {
    severity: 'medium',
    confidence: 'certain',
    confidenceReason: 'Read from the catalog.',
    object: serverRef(),
    message: `${superusers.length} roles can log in as superuser (${superusers.map((r) => r.name).join(', ')}); ${most} are enough.`,
    evidence: {
      loginSuperusers: superusers.map((r) => r.name),
      connectedNow: superusers.filter((r) => sessions.has(r.name)).map((r) => r.name),
      bypassRls: names((r) => r.bypassesRls),
      createRole: names((r) => r.canCreateRole),
      replication: names((r) => r.canReplicate),
      serverFilesOrPrograms: names((r) => SERVER_ROLES.some((s) => graph.reach(r.name).has(s))),
    },
    gain: { text: 'Fewer accounts whose loss costs everything' },
    fix: guidedFix('Take SUPERUSER from the roles that do not need it', [
      'Decide with their owners which roles stay; the statements below are one per role.',
      ...superusers
        .filter((r) => r.oid !== BOOTSTRAP_OID)
        .map(
          (r) =>
            `ALTER ROLE ${quoteIdentifier(r.name)} NOSUPERUSER; undo: ALTER ROLE ${quoteIdentifier(r.name)} SUPERUSER`,
        ),
    ]),
  };
}

function powerful(role: RoleFact, powers: readonly string[]): Draft {
  return {
    severity: 'info',
    confidence: 'certain',
    confidenceReason: 'Read from the catalog.',
    object: roleRef(role.name, role.oid),
    message: `${role.name} is no superuser but can become one (${powers.join(', ')}).`,
    evidence: { powers },
    fix: guidedFix(`Check whether ${role.name} needs these rights`, [
      'REVOKE the membership, or ALTER ROLE … NOCREATEROLE, where it does not.',
    ]),
  };
}

/** Ways around the permission system that end in superuser rights. */
function powersOf(role: RoleFact, graph: RoleGraph, versionNum: number): string[] {
  const reach = graph.reach(role.name);
  const powers: string[] = SERVER_ROLES.filter((s) => reach.has(s));
  // Up to 15 CREATEROLE may grant any role but a superuser, pg_execute_server_program among them.
  if (role.canCreateRole && versionNum < 160_000) powers.push('CREATEROLE');
  return powers;
}

function isApplication(session: ActivityFact): boolean {
  return (
    session.clientAddress !== null &&
    !session.isLoopback &&
    !session.isOwn &&
    session.backendType === 'client backend' &&
    !ADMIN_TOOLS.test(session.application)
  );
}

function sessionsByRole(activity: readonly ActivityFact[]): Map<string, ActivityFact[]> {
  const groups = new Map<string, ActivityFact[]>();
  for (const session of activity) {
    if (session.role === null) continue;
    const list = groups.get(session.role);
    if (list) list.push(session);
    else groups.set(session.role, [session]);
  }
  return groups;
}

function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values)].sort().slice(0, 20);
}
