import type { ClosedCapability, MonitoringRequest, MonitoringScript } from '#shared/model/privileges.ts';
import { formatCount } from '#shared/model/format.ts';
import { CHECKS } from '#engine/audit/registry.ts';
import { EngineError } from '#engine/errors.ts';
import { isManaged, PROVIDER_WORDS } from '#engine/postgres/provider-words.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';
import { visible } from '#engine/reports/visible.ts';
import { choicesOf, type MonitoringSite } from './monitoring-site.ts';
import { type Chosen, databasesOf, makingOf, undoOf } from './monitoring-sql.ts';
import { WANTED } from './wanted.ts';

/** What the form starts with. */
export const DEFAULT_NAME = 'pgvitals_monitor';

/**
 * A psql script that makes a role which may look and nothing else, for this very server, and one that takes it back.
 * Pure. Throws BAD_INPUT for a name that no role can have, and for a choice that the server has not got.
 */
export function monitoringScript(request: MonitoringRequest, site: MonitoringSite): MonitoringScript {
  const { name } = request;
  const chosen = chosenOf(request, site);
  assertName(name);
  const words = PROVIDER_WORDS[site.provider];
  const canScript = words.newRole === null;
  const hbaLine = hbaLineOf(name, site, chosen);
  return {
    name,
    script: canScript ? makingOf(name, site, chosen) : null,
    undo: canScript ? undoOf(name, site, chosen) : null,
    steps: stepsOf(name, site, hbaLine),
    hbaLine,
    warnings: warningsOf(name, site, chosen),
    closed: closedOf(site, chosen),
  };
}

function chosenOf({ choices }: MonitoringRequest, site: MonitoringSite): Chosen {
  for (const { id, label, unavailable } of choicesOf(site)) {
    if (unavailable !== null && choices.includes(id))
      throw new EngineError('BAD_INPUT', `"${label}" is not to be had here: ${unavailable}`, 'Leave it out.');
  }
  return new Set(choices);
}

/** Names that psql, pg_hba.conf and SQL read alike, so that nothing in a name can end a line of the script. */
function assertName(name: string): void {
  const isLong = Buffer.byteLength(name) > 63;
  if (!/[\p{Cc}\u2028\u2029]/u.test(name) && !isLong && name !== '' && !/^pg_|^(public|none)$/.test(name))
    return;
  throw new EngineError(
    'BAD_INPUT',
    'A role cannot have this name: 1 to 63 bytes, no control characters, not beginning with pg_, not public or none.',
    'Choose another name.',
  );
}

function hbaLineOf(name: string, site: MonitoringSite, chosen: Chosen): string | null {
  const { provider, clientAddress, usesTls, admittedBy, isPooled, database } = site;
  if (isManaged(provider) || admittedBy !== null) return null;
  const databases = chosen.has('everywhere') ? 'all' : hbaName(database);
  const role = hbaName(name);
  if (clientAddress === null && !isPooled) return `local  ${databases}  ${role}  scram-sha-256`;
  const address = clientAddress ?? '';
  const from = isPooled
    ? '<address of the machine with PgVitals>/32'
    : `${address}/${address.includes(':') ? 128 : 32}`;
  const isLoopback = /^127\.|^::1$/.test(address);
  return `${usesTls || !isLoopback ? 'hostssl' : 'host'}  ${databases}  ${role}  ${from}  scram-sha-256`;
}

/** Keywords and signs of the file mean themselves in quotes only. */
function hbaName(name: string): string {
  const isPlain =
    /^[a-z_][a-z0-9_-]*$/i.test(name) && !/^(all|sameuser|samerole|samegroup|replication)$/i.test(name);
  return isPlain ? name : `"${name.replaceAll('"', '""')}"`;
}

function stepsOf(name: string, site: MonitoringSite, hbaLine: string | null): readonly string[] {
  const { provider, isStandby, isPooled, admittedBy } = site;
  const words = PROVIDER_WORDS[provider];
  const where = isStandby ? ' on the primary, from where it reaches this standby by itself' : '';
  const make =
    words.newRole ??
    `Run the script with psql as ${words.administrator}${where}${isPooled ? ', on a connection to the server itself' : ''}.`;
  return [
    make,
    ...(words.newRole !== null
      ? []
      : [
          words.password ??
            'At its end psql asks for the password of the new role, twice. Let a password manager make it.',
        ]),
    isManaged(provider)
      ? words.access
      : hbaLine === null
        ? `Line ${admittedBy?.line ?? '?'} of pg_hba.conf lets the role in already (${admittedBy?.method ?? ''}).`
        : `Add the line to pg_hba.conf${isStandby ? ' of this standby, for it has one of its own' : ''}, above the first one that would match otherwise, and run SELECT pg_reload_conf()${isStandby ? ' here' : ''}.`,
    ...(isPooled ? [`Tell the pooler of the role too: userlist.txt or auth_query of PgBouncer.`] : []),
    `Connect PgVitals as ${visible(name)}; this page then shows what is still closed.`,
  ];
}

function warningsOf(name: string, site: MonitoringSite, chosen: Chosen): readonly string[] {
  const { roles, openSchemas, publicMayTemp, usesTls, clientAddress, provider, databases } = site;
  const isRemote = clientAddress !== null && !/^127\.|^::1$/.test(clientAddress);
  const odd = databases.length - databasesOf(site, new Set(['everywhere'])).length;
  return [
    ...(roles.has(name)
      ? [`There is a role ${visible(name)} already: the script stops at CREATE ROLE. Choose another name.`]
      : []),
    ...(openSchemas.length > 0
      ? [
          `PUBLIC, and so every role, may create objects in ${openSchemas.map((schema) => visible(schema)).join(', ')}: only default_transaction_read_only keeps this role from it. REVOKE CREATE ON SCHEMA ${openSchemas.map(quoteIdentifier).join(', ')} FROM PUBLIC ends it for all.`,
        ]
      : []),
    ...(publicMayTemp
      ? ['PUBLIC may make temporary tables here; this role inherits that. They are gone with its session.']
      : []),
    ...(chosen.has('data')
      ? [
          'It may read every row, and the verifiers of all passwords in pg_authid: guard its own password like that of a superuser. Tables under row security stay closed: pg_dump of those needs BYPASSRLS or their owner.',
        ]
      : []),
    ...(!usesTls && isRemote && !isManaged(provider)
      ? ['This connection is not encrypted. The line demands TLS (hostssl): turn ssl on first.']
      : []),
    ...(chosen.has('everywhere') && odd > 0
      ? [`${formatCount(odd)} databases have control characters in their names and are left out.`]
      : []),
  ];
}

/** What pg_monitor and the choices do not give. */
function closedOf({ provider }: MonitoringSite, chosen: Chosen): readonly ClosedCapability[] {
  const open = new Set(['catalog', 'sessions', 'statements', 'settings', 'sizes', 'replication', 'counters']);
  if (chosen.has('data')) for (const key of ['column statistics', 'sequences', 'passwords']) open.add(key);
  if (chosen.has('files')) for (const key of ['hba', 'files']) open.add(key);
  const closed = WANTED.filter(({ key }) => !open.has(key)).map(
    ({ key, name, facts, isOfSuperusers }): ClosedCapability => ({
      name,
      why:
        key === 'passwords'
          ? 'Whoever reads them can try to crack them: let a superuser run these checks now and then.'
          : isOfSuperusers
            ? isManaged(provider) && provider !== 'crunchy'
              ? `${PROVIDER_WORDS[provider].name} gives this right to nobody.`
              : 'For superusers, unless you tick it above.'
            : 'They go with SELECT on the tables and sequences; tick "May read all tables", or grant it table by table.',
      checks: CHECKS.filter(({ needs, wants = [] }) =>
        [...needs, ...wants].some((fact) => facts.includes(fact)),
      ).map(({ id }) => id),
    }),
  );
  return [
    ...closed,
    {
      name: 'The log of the server, amcheck',
      why: `pg_monitor opens neither. Read the log ${isManaged(provider) ? `in ${PROVIDER_WORDS[provider].log}` : 'on the machine of the server'}; amcheck is for superusers until its functions are granted.`,
      checks: [],
    },
  ];
}
