import type { Facts, RoleSetting } from '#shared/model/facts.ts';
import type { RoleGrant, RoleRow, RoleSettingRow } from '#shared/model/security.ts';
import { roleGraph } from '#engine/audit/role-graph.ts';
import { clientSessions } from './sessions.ts';
import type { Judge } from './verdicts.ts';

/** Roles with what they may, how they prove who they are, and whom they may act as. Verifiers are not among the facts. */
export function roleRows(facts: Partial<Facts>, judge: Judge): readonly RoleRow[] {
  const roles = facts.roles ?? [];
  const graph = roleGraph(roles);
  const passwords = new Map((facts.rolePasswords ?? []).map((p) => [p.roleOid, p]));
  const owned = new Map((facts.ownedObjects ?? []).map((o) => [o.role, o.count]));
  const grants = grantsByMember(facts);
  const members = Map.groupBy(facts.roleMemberships ?? [], (m) => m.role);
  const sessions = Map.groupBy(clientSessions(facts), (s) => s.role);
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
      memberOf: grants.get(role.name) ?? [],
      members: [...new Set((members.get(role.name) ?? []).map((m) => m.member))],
      reaches: [...graph.reach(role.name)].filter((name) => !direct.has(name)).sort(),
      password: role.canLogin ? (password?.kind ?? 'not readable') : null,
      isPasswordWeak: (password?.weakness ?? null) !== null,
      owns: owned.get(role.name) ?? 0,
      settings: facts.roleSettings ? settingsOf(role.name, facts.roleSettings) : null,
      sessionsNow: sessions.get(role.name)?.length ?? 0,
      verdicts: judge.named('role', role.name),
    };
  });
}

function settingsOf(role: string, settings: readonly RoleSetting[]): readonly RoleSettingRow[] {
  return settings
    .filter((entry) => entry.role === role)
    .flatMap(({ database, settings: own }) =>
      Object.entries(own).map(([name, value]) => ({ database, name, value })),
    );
}

/** From 16 on several roles may have granted the same membership: each option counts where one of them gave it. */
function grantsByMember({ roleMemberships = [] }: Partial<Facts>): ReadonlyMap<string, readonly RoleGrant[]> {
  const byMember = new Map<string, Map<string, RoleGrant>>();
  for (const { member, role, canAdmin, inherits, canSet } of roleMemberships) {
    const grants = byMember.get(member) ?? new Map<string, RoleGrant>();
    const known = grants.get(role);
    grants.set(role, {
      role,
      canAdmin: canAdmin || (known?.canAdmin ?? false),
      inherits: inherits || (known?.inherits ?? false),
      canSet: canSet || (known?.canSet ?? false),
    });
    byMember.set(member, grants);
  }
  return new Map([...byMember].map(([member, grants]) => [member, [...grants.values()]]));
}
