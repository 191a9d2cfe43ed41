import type { RolePassword } from '#shared/model/facts.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';
import { number, text, textOrNull } from './decode.ts';
import type { CollectContext, OwnFamily } from './family.ts';
import { hasReachableSuperuser } from './grants.ts';
import { guessPassword, verifierKind } from './passwords.ts';
import { unreadFact, unreadPart } from './unread.ts';

/**
 * Which login roles have a password that others would guess. Verifiers are read where the role may, tried offline, and
 * never leave this file. Superusers come first; what the time does not suffice for is noted as unread.
 */
export const rolePasswordsFamily: OwnFamily = {
  facts: ['rolePasswords'],
  label: 'passwords',
  isBackground: true,
  async run(context) {
    const { session, signal, capabilities } = context;
    if (!capabilities.canSelect('pg_authid')) {
      const reason = hasReachableSuperuser(capabilities)
        ? 'Stored passwords are readable for superusers only, so weak ones cannot be told.'
        : 'This service does not let its customers read stored passwords, so weak ones cannot be told.';
      return { facts: {}, unread: [unreadFact('rolePasswords', 'privilege', reason, grant(context))] };
    }
    const [roles, databases] = await session.read(
      'passwords',
      async (transaction) => [await transaction.rows(ROLES_SQL), await transaction.rows(DATABASES_SQL)],
      { signal },
    );
    const started = performance.now();
    const isOver = (): boolean => signal?.aborted === true || performance.now() - started > GUESS_LIMIT_MS;
    const names = (databases ?? []).map(([name]) => text(name));
    const rolePasswords: RolePassword[] = [];
    const untried: number[] = [];
    for (const [oid, role, verifier] of roles ?? []) {
      const stored = textOrNull(verifier);
      const isTried = rolePasswords.length < MOST_ROLES;
      const weakness =
        stored === null ? null : isTried ? await guessPassword(stored, text(role), names, isOver) : undefined;
      if (weakness === undefined) untried.push(number(oid));
      rolePasswords.push({
        roleOid: number(oid),
        role: text(role),
        kind: verifierKind(stored),
        weakness: weakness ?? null,
      });
    }
    const reason = `The passwords of ${untried.length} ${untried.length === 1 ? 'role' : 'roles'} were not tried against all guesses: it would take too long.`;
    return {
      facts: { rolePasswords },
      unread: untried.length === 0 ? [] : [unreadPart('rolePasswords', 'timeout', reason, null, untried)],
    };
  },
  grant,
};

const MOST_ROLES = 200;
/** One guess takes about 2 ms at the usual 4,096 iterations. */
const GUESS_LIMIT_MS = 5_000;
const MOST_DATABASE_NAMES = 20;

function grant({ capabilities }: CollectContext): string | null {
  if (!hasReachableSuperuser(capabilities)) return null;
  return `GRANT SELECT ON pg_catalog.pg_authid TO ${quoteIdentifier(capabilities.role)}`;
}

const ROLES_SQL = `SELECT oid, rolname, rolpassword FROM pg_catalog.pg_authid
  WHERE rolcanlogin ORDER BY rolsuper DESC, rolname`;

// The database that we are in first.
const DATABASES_SQL = `SELECT datname FROM pg_catalog.pg_database WHERE NOT datistemplate
  ORDER BY datname = pg_catalog.current_database() DESC, oid LIMIT ${MOST_DATABASE_NAMES}`;
