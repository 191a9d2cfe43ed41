import type { ActivityFact, Facts } from '#shared/model/facts.ts';
import type { SessionEncryption, SessionGroup, Verdict } from '#shared/model/security.ts';
import { ruleOf } from '#engine/audit/hba-match.ts';
import { roleGraph } from '#engine/audit/role-graph.ts';
import type { Judge } from './verdicts.ts';

/** Sessions of clients in all databases, without those of PgVitals; also where all but role and database is hidden. */
export function clientSessions({ activity = [] }: Partial<Facts>): readonly ActivityFact[] {
  return activity.filter((a) => isClient(a) && !isOurs(a));
}

/** How many are encrypted, and who is not. */
export function sessionEncryption(facts: Partial<Facts>, judge: Judge): SessionEncryption {
  const clients = clientSessions(facts);
  const ruleFor = ruleFinder(facts);
  const groups = new Map<string, SessionGroup>();
  for (const session of clients) {
    const { role, clientAddress, isLoopback, application, usesTls, tlsVersion, tlsCipher } = session;
    const encryption = usesTls === null ? 'hidden' : usesTls ? 'TLS' : 'plain';
    const rule = ruleFor(session);
    const key = JSON.stringify([
      role,
      clientAddress,
      application,
      encryption,
      tlsVersion,
      tlsCipher,
      rule?.file,
      rule?.line,
    ]);
    const isExposed = encryption === 'plain' && clientAddress !== null && !isLoopback;
    groups.set(key, {
      key,
      name: role ?? 'hidden',
      role,
      address: clientAddress,
      isLoopback,
      application,
      encryption,
      tlsVersion,
      tlsCipher,
      rule,
      count: (groups.get(key)?.count ?? 0) + 1,
      verdicts: isExposed ? judge.named('server', 'server') : NONE,
    });
  }
  return {
    total: clients.length,
    encrypted: clients.filter((a) => a.usesTls === true).length,
    unknown: clients.filter((a) => a.usesTls === null).length,
    groups: [...groups.values()],
  };
}

/** Many sessions are alike: each kind is looked up once. */
function ruleFinder({
  hbaRules,
  roles = [],
}: Partial<Facts>): (session: ActivityFact) => SessionGroup['rule'] {
  const graph = roleGraph(roles);
  const known = new Map<string, SessionGroup['rule']>();
  return ({ role, database, clientAddress, usesTls }) => {
    // Where it is hidden from this role, the address is too.
    if (!hbaRules || role === null || database === null || usesTls === null) return null;
    const key = JSON.stringify([role, database, clientAddress, usesTls]);
    let found = known.get(key);
    if (found === undefined) {
      const rule = ruleOf(hbaRules, {
        role,
        database,
        address: clientAddress,
        usesTls,
        isMemberOf: (group) => graph.reach(role).has(group),
      });
      found = rule && { file: rule.fileName, line: rule.lineNumber, method: rule.method ?? '' };
      known.set(key, found);
    }
    return found;
  };
}

/** The server's own processes have no role, or no database. */
function isClient({ backendType, role, database }: ActivityFact): boolean {
  return backendType === 'client backend' || (backendType === null && role !== null && database !== null);
}

const NONE: readonly Verdict[] = [];

/** Sessions of other PgVitals windows too. */
function isOurs({ isOwn, application }: ActivityFact): boolean {
  return isOwn || application.startsWith('pgvitals/');
}
