import type { ActivityFact, Facts } from '#shared/model/facts.ts';
import type { HbaRow, PlainSessions, RoleRow, SecurityOverview, Verdict } from '#shared/model/security.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { Catalog } from '#engine/audit/catalog.ts';
import { hbaLine, reachOf, shadowedBy } from '#engine/audit/hba-rules.ts';
import { roleGraph } from '#engine/audit/role-graph.ts';
import { judgeNow } from '#engine/audit/run.ts';
import { SECURITY_CHECKS } from './checks.ts';
import { auditingRows, definerRows, publicGrantRows, rowSecurityRows } from './object-rows.ts';
import { type Judge, verdictsOf } from './verdicts.ts';

/** Who may do what, and what the audit's checks say about it now. Password verifiers are not among the facts. */
export function securityOverview(snapshot: Snapshot): SecurityOverview {
  const { facts } = snapshot;
  const catalog = new Catalog(facts);
  const judge = verdictsOf(judgeNow(snapshot, SECURITY_CHECKS));
  return {
    roles: roleRows(facts, judge),
    publicGrants: publicGrantRows(facts, catalog, judge),
    functions: definerRows(facts, judge),
    tables: rowSecurityRows(facts, catalog, judge),
    sessions: sessionsOf(facts, judge),
    hbaRules: facts.hbaRules ? hbaRows(facts.hbaRules, judge) : null,
    extensions: (facts.extensions ?? []).flatMap((e) =>
      e.installedVersion === null
        ? []
        : [
            {
              key: e.name,
              name: e.name,
              installed: e.installedVersion,
              offered: e.defaultVersion,
              schema: e.schema,
              verdicts: judge.named('extension', e.name),
            },
          ],
    ),
    auditing: auditingRows(facts, catalog),
  };
}

function roleRows(facts: Partial<Facts>, judge: Judge): readonly RoleRow[] {
  const roles = facts.roles ?? [];
  const graph = roleGraph(roles);
  const passwords = new Map((facts.rolePasswords ?? []).map((p) => [p.roleOid, p]));
  const owned = new Map((facts.ownedObjects ?? []).map((o) => [o.role, o.count]));
  return roles.map((role) => {
    const password = passwords.get(role.oid);
    const direct = new Set([role.name, ...role.memberOf]);
    return {
      key: role.name,
      name: role.name,
      isSystem: role.isSystem,
      attributes: [
        ...(role.isSuperuser ? ['SUPERUSER'] : []),
        ...(role.canCreateRole ? ['CREATEROLE'] : []),
        ...(role.canCreateDatabase ? ['CREATEDB'] : []),
        ...(role.canReplicate ? ['REPLICATION'] : []),
        ...(role.bypassesRls ? ['BYPASSRLS'] : []),
      ],
      canLogin: role.canLogin,
      connectionLimit: role.connectionLimit,
      validUntil: role.validUntil,
      memberOf: role.memberOf,
      reaches: [...graph.reach(role.name)].filter((name) => !direct.has(name)).sort(),
      password: password?.kind ?? null,
      isPasswordWeak: (password?.weakness ?? null) !== null,
      owns: owned.get(role.name) ?? 0,
      verdicts: judge.named('role', role.name),
    };
  });
}

function sessionsOf({ activity = [] }: Partial<Facts>, judge: Judge): SecurityOverview['sessions'] {
  const clients = activity.filter((a) => a.backendType === 'client backend' && !isOurs(a));
  const groups = new Map<string, PlainSessions>();
  for (const { role, clientAddress, isLoopback, application, usesTls } of clients) {
    if (usesTls !== false) continue;
    const key = JSON.stringify([role, clientAddress, application]);
    const isRemote = clientAddress !== null && !isLoopback;
    groups.set(key, {
      key,
      name: role ?? 'hidden',
      role,
      address: clientAddress,
      isLoopback,
      application,
      count: (groups.get(key)?.count ?? 0) + 1,
      verdicts: isRemote ? judge.named('server', 'server') : NONE,
    });
  }
  return {
    total: clients.length,
    encrypted: clients.filter((a) => a.usesTls === true).length,
    unknown: clients.filter((a) => a.usesTls === null).length,
    plain: [...groups.values()],
  };
}

/** Sessions of other PgVitals windows too. */
function isOurs({ isOwn, application }: ActivityFact): boolean {
  return isOwn || application.startsWith('pgvitals/');
}

const NONE: readonly Verdict[] = [];

function hbaRows(rules: NonNullable<Facts['hbaRules']>, judge: Judge): readonly HbaRow[] {
  return rules.map((rule, at) => {
    const line = hbaLine(rule);
    const before = rules[shadowedBy(rules, at)];
    const broken = `${rule.fileName ?? 'pg_hba.conf'}: ${rule.error}`;
    return {
      key: `${rule.fileName ?? ''}:${rule.lineNumber}:${at}`,
      name: line,
      turn: at + 1,
      line: rule.lineNumber,
      file: rule.fileName,
      method: rule.method,
      reach: reachOf(rule),
      error: rule.error,
      shadowedByLine: before?.lineNumber ?? null,
      // Equal lines share a name; only the one that counts has a verdict.
      verdicts: before ? NONE : judge.named('hba-rule', rule.error === null ? line : broken),
    };
  });
}
