import type { HbaRule } from '#shared/model/facts.ts';

/** From where a host-based authentication rule lets people in. */
export type HbaReach = 'socket' | 'loopback' | 'network' | 'anywhere';

/** The rule as one line, as a person would write it; stands for the rule in fingerprints: line numbers move. */
export function hbaLine(rule: HbaRule): string {
  const address = rule.netmask && rule.address ? `${rule.address}${prefixOf(rule.netmask)}` : rule.address;
  return [rule.type, rule.databases.join(','), rule.users.join(','), address, rule.method, ...rule.options]
    .filter((part) => part !== null && part !== '')
    .join(' ');
}

/** Widest reach of the rule's address alone; `listen_addresses` may narrow it. */
export function reachOf(rule: HbaRule): HbaReach {
  if (rule.type === 'local') return 'socket';
  const address = rule.address?.toLowerCase() ?? 'all';
  const netmask = rule.netmask ?? '';
  // The mask alone decides what is compared: 127.0.0.1/0 lets in everybody.
  if (address === 'all' || isZero(netmask)) return 'anywhere';
  if (address === 'samehost' || address === 'localhost') return 'loopback';
  if (address === '::1') return prefixOf(netmask) === '/128' ? 'loopback' : 'network';
  return address.startsWith('127.') && netmask.startsWith('255.') ? 'loopback' : 'network';
}

/** True where the server answers on loopback addresses only, whatever pg_hba.conf allows. */
export function listensLocallyOnly(listenAddresses: string | undefined): boolean {
  if (listenAddresses === undefined) return false;
  return listenAddresses
    .split(',')
    .map((part) => part.trim().toLowerCase())
    .every((part) => part === '' || part === 'localhost' || part === '::1' || part.startsWith('127.'));
}

/**
 * The index of an earlier rule that takes every connection `rules[at]` could match, or −1. PostgreSQL uses the first
 * matching rule only, so a rule behind such a one has no effect. Errs on the side of −1.
 */
export function shadowedBy(rules: readonly HbaRule[], at: number): number {
  const rule = rules[at];
  if (!rule || rule.error !== null) return -1;
  return rules.findIndex(
    (earlier, i) =>
      i < at &&
      earlier.error === null &&
      coversType(earlier.type, rule.type) &&
      coversNames(earlier.databases, rule.databases, true) &&
      coversNames(earlier.users, rule.users, false) &&
      coversAddress(earlier, rule),
  );
}

function coversType(earlier: string | null, later: string | null): boolean {
  if (earlier === later) return true;
  return earlier === 'host' && later !== null && later.startsWith('host');
}

/** "all" stands for every database but "replication"; groups (+role), lists from files and patterns are not resolved. */
function coversNames(earlier: readonly string[], later: readonly string[], areDatabases: boolean): boolean {
  return later.every(
    (name) =>
      earlier.includes(name) || (earlier.includes('all') && !(areDatabases && name === 'replication')),
  );
}

function coversAddress(earlier: HbaRule, later: HbaRule): boolean {
  if (earlier.type === 'local') return true;
  if (earlier.address === later.address && earlier.netmask === later.netmask) return true;
  if (earlier.address === 'all') return true;
  const isIpv6 = (address: string | null): boolean => address?.includes(':') ?? false;
  const isNumeric = later.address !== null && /^[0-9a-f.:]+$/i.test(later.address) && later.netmask !== null;
  return isNumeric && reachOf(earlier) === 'anywhere' && isIpv6(earlier.address) === isIpv6(later.address);
}

/** 0.0.0.0 or :: in any spelling. */
function isZero(address: string): boolean {
  return address !== '' && /^[0.:]+$/.test(address);
}

function prefixOf(netmask: string): string {
  if (netmask.includes(':')) {
    // pg_hba_file_rules prints IPv6 masks as ffff:…; count the bits of each written group.
    const groups = netmask.split(':').filter((g) => g !== '');
    return `/${groups.reduce((bits, group) => bits + bitsOf(Number.parseInt(group, 16)), 0)}`;
  }
  return `/${netmask.split('.').reduce((bits, part) => bits + bitsOf(Number(part)), 0)}`;
}

function bitsOf(value: number): number {
  let bits = 0;
  for (let rest = value; rest > 0; rest = Math.floor(rest / 2)) bits += rest % 2;
  return bits;
}
