import type { RoleFact } from '#shared/model/facts.ts';

/** Who can act as whom. Memberships are followed to the end, whatever their INHERIT option: SET ROLE reaches the rest. */
export interface RoleGraph {
  role(name: string): RoleFact | undefined;
  /** Every role that `name` is a member of, directly or not, itself included. */
  reach(name: string): ReadonlySet<string>;
  /** The login roles that are this role or members of it. */
  loginsThrough(name: string): readonly RoleFact[];
}

/** Look-ups over pg_roles and pg_auth_members; each role's memberships are followed once. */
export function roleGraph(roles: readonly RoleFact[]): RoleGraph {
  const byName = new Map(roles.map((r) => [r.name, r]));
  const reached = new Map<string, ReadonlySet<string>>();
  let throughRole: Map<string, RoleFact[]> | null = null;

  const reach = (name: string): ReadonlySet<string> => {
    const known = reached.get(name);
    if (known) return known;
    const seen = new Set([name]);
    // Iteration over a Set visits what is added meanwhile: a walk that ends even where memberships form a circle.
    for (const next of seen) for (const parent of byName.get(next)?.memberOf ?? []) seen.add(parent);
    reached.set(name, seen);
    return seen;
  };

  return {
    role: (name) => byName.get(name),
    reach,
    loginsThrough(name) {
      if (!throughRole) {
        throughRole = new Map();
        for (const login of roles.filter((r) => r.canLogin)) {
          for (const target of reach(login.name)) {
            const list = throughRole.get(target);
            if (list) list.push(login);
            else throughRole.set(target, [login]);
          }
        }
      }
      return throughRole.get(name) ?? [];
    },
  };
}
