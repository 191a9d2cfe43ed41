import type { HbaRule } from '#shared/model/facts.ts';
import { addressBytes } from './network-address.ts';

/** A session as pg_hba.conf sees it. */
export interface Arrival {
  readonly role: string;
  readonly database: string;
  /** Null = a local socket. */
  readonly address: string | null;
  readonly usesTls: boolean;
  /** Whether the role is that one, or a member of it, directly or not. */
  readonly isMemberOf: (role: string) => boolean;
}

/**
 * The first rule that fits, as PostgreSQL chooses it; null where it cannot be told, because a rule before it depends on
 * what SQL does not show (names of hosts, the server's own networks, GSSAPI, regular expressions), or the file is broken
 * and so not what is in force. Rule source: hba.c, check_hba.
 */
export function ruleOf(rules: readonly HbaRule[], arrival: Arrival): HbaRule | null {
  if (rules.some((rule) => rule.error !== null && rule.method === null)) return null;
  for (const rule of rules) {
    const answers = [
      fitsType(rule, arrival),
      fitsDatabase(rule.databases, arrival),
      fitsUser(rule.users, arrival),
      fitsAddress(rule, arrival),
    ];
    if (answers.includes(false)) continue;
    return answers.includes(null) ? null : rule;
  }
  return null;
}

/** Null = it cannot be told. */
type Answer = boolean | null;

function fitsType({ type }: HbaRule, { address, usesTls }: Arrival): Answer {
  if (type === 'local' || address === null) return type === 'local' && address === null;
  if (type === 'host') return true;
  if (type === 'hostssl') return usesTls;
  if (type === 'hostnossl') return !usesTls;
  // TLS and GSSAPI exclude each other; without TLS it may be there or not.
  if (type === 'hostgssenc') return usesTls ? false : null;
  return usesTls ? true : null;
}

function fitsDatabase(names: readonly string[], { role, database, isMemberOf }: Arrival): Answer {
  return any(names, (name) => {
    if (name === 'all' || name === database) return true;
    if (name === 'sameuser') return role === database;
    if (name === 'samerole' || name === 'samegroup') return isMemberOf(database);
    return name.startsWith('/') ? null : false;
  });
}

function fitsUser(names: readonly string[], { role, isMemberOf }: Arrival): Answer {
  return any(names, (name) => {
    if (name === 'all' || name === role) return true;
    if (name.startsWith('+')) return isMemberOf(name.slice(1));
    return name.startsWith('/') ? null : false;
  });
}

function fitsAddress({ type, address, netmask }: HbaRule, { address: client }: Arrival): Answer {
  if (type === 'local' || client === null || address === 'all') return true;
  const from = addressBytes(client);
  if (address === null || from === null) return null;
  if (netmask === null) {
    // The loopback interface is on every server.
    if (address === 'samehost') return client === '127.0.0.1' || client === '::1' ? true : null;
    if (address === 'samenet') return client.startsWith('127.') || client === '::1' ? true : null;
    return null;
  }
  const [net, mask] = [addressBytes(address), addressBytes(netmask)];
  if (net === null || mask === null) return null;
  if (net.length !== from.length) return false;
  return from.every((byte, at) => ((byte ^ (net[at] ?? 0)) & (mask[at] ?? 0)) === 0);
}

function any(names: readonly string[], fits: (name: string) => Answer): Answer {
  const answers = names.map(fits);
  if (answers.includes(true)) return true;
  return answers.includes(null) ? null : false;
}
