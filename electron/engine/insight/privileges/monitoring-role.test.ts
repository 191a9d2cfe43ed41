import { describe, expect, it } from 'vitest';
import type { Provider } from '#shared/model/facts.ts';
import type { MonitoringChoiceId } from '#shared/model/privileges.ts';
import { monitoringScript } from './monitoring-role.ts';
import { choicesOf, type MonitoringSite } from './monitoring-site.ts';

const SITE: MonitoringSite = {
  versionNum: 170004,
  version: '17.4',
  provider: 'self-managed',
  database: 'shop',
  databases: ['shop', 'crm'],
  roles: new Set(['postgres']),
  isStandby: false,
  isPooled: false,
  usesTls: true,
  clientAddress: '10.1.2.3',
  admittedBy: null,
  statementsSchema: null,
  openSchemas: [],
  publicMayTemp: true,
};
const NAME = 'pgvitals_monitor';
const make = (
  site: Partial<MonitoringSite> = {},
  choices: readonly MonitoringChoiceId[] = [],
  name: string = NAME,
) => monitoringScript({ name, choices }, { ...SITE, ...site });

describe('the script', () => {
  it('grants nothing that was not ticked', () => {
    const { script } = make();
    expect(script?.match(/^(GRANT|REVOKE) .*/gm)).toEqual([
      `GRANT pg_monitor TO "${NAME}";`,
      `GRANT CONNECT ON DATABASE "shop" TO "${NAME}";`,
    ]);
    expect(script).toContain('CONNECTION LIMIT 5;');
    expect(script).toContain('SET default_transaction_read_only = on;');
    expect(script).not.toMatch(/PASSWORD '/);
    expect(script?.endsWith(`\\password "${NAME}"\n`)).toBe(true);
  });

  it.each([
    [170004, ['pg_signal_backend']],
    [180001, ['pg_signal_backend', 'pg_signal_autovacuum_worker']],
  ])('on %i, ending sessions of others takes %j', (versionNum, roles) => {
    const grants = make({ versionNum }, ['signal']).script?.match(/GRANT pg_signal\w+/g);
    expect(grants).toEqual(roles.map((role) => `GRANT ${role}`));
  });

  it('refuses what the version has not got', () => {
    expect(() => make({ versionNum: 130022 }, ['data'])).toThrow(/from PostgreSQL 14 on/);
    expect(() => make({ databases: ['shop'] }, ['everywhere'])).toThrow(/no other database/);
  });

  it.each(['', 'pg_watch', 'public', 'two\nlines', 'ü'.repeat(32)])('makes no role called %j', (name) => {
    expect(() => make({}, [], name)).toThrow(/cannot have this name/);
  });

  it('says so where the name is taken, and what PUBLIC may do anyway', () => {
    const { warnings } = make({ roles: new Set([NAME]), openSchemas: ['public'] });
    expect(warnings).toEqual([
      expect.stringContaining('stops at CREATE ROLE'),
      expect.stringContaining('REVOKE CREATE ON SCHEMA "public" FROM PUBLIC'),
      expect.stringContaining('temporary tables'),
    ]);
  });
});

describe('the line for pg_hba.conf', () => {
  it.each<[string, Partial<MonitoringSite>, readonly MonitoringChoiceId[], string | null]>([
    ['another machine', {}, [], `hostssl  shop  ${NAME}  10.1.2.3/32  scram-sha-256`],
    ['IPv6', { clientAddress: '2001:db8::7' }, [], `hostssl  shop  ${NAME}  2001:db8::7/128  scram-sha-256`],
    ['no TLS yet', { usesTls: false }, [], `hostssl  shop  ${NAME}  10.1.2.3/32  scram-sha-256`],
    [
      'this machine',
      { usesTls: false, clientAddress: '127.0.0.1' },
      [],
      `host  shop  ${NAME}  127.0.0.1/32  scram-sha-256`,
    ],
    ['a socket', { clientAddress: null }, [], `local  shop  ${NAME}  scram-sha-256`],
    ['every database', {}, ['everywhere'], `hostssl  all  ${NAME}  10.1.2.3/32  scram-sha-256`],
    ['a keyword', { database: 'all' }, [], `hostssl  "all"  ${NAME}  10.1.2.3/32  scram-sha-256`],
    ['let in already', { admittedBy: { line: 7, method: 'md5' } }, [], null],
    ['a service', { provider: 'rds' }, [], null],
  ])('for %s', (_case, site, choices, line) => {
    expect(make(site, choices).hbaLine).toBe(line);
  });

  it('asks for the address where a pooler hides it', () => {
    const { hbaLine, steps } = make({ isPooled: true, clientAddress: '10.9.9.9' });
    expect(hbaLine).toContain('<address of the machine with PgVitals>/32');
    expect(steps.join(' ')).toMatch(/on a connection to the server itself.*userlist\.txt/);
  });
});

const SERVICES: readonly Provider[] = [
  'rds',
  'aurora',
  'cloud-sql',
  'alloydb',
  'azure',
  'supabase',
  'neon',
  'digitalocean',
];

describe('on a service', () => {
  it.each(SERVICES)('%s: an administrator runs it, and files stay closed', (provider) => {
    const { script, steps, closed } = make({ provider }, ['signal', 'data']);
    expect(script).not.toContain('superuser (');
    expect(steps[0]).toMatch(/^Run the script with psql as (the|a) /);
    expect(steps.join(' ')).toContain('There is no pg_hba.conf of yours');
    const files = choicesOf({ ...SITE, provider }).find(({ id }) => id === 'files');
    expect(files?.unavailable).toMatch(/gives this right to nobody/);
    expect(() => make({ provider }, ['files'])).toThrow(/not to be had here/);
    expect(closed.find(({ name }) => name === 'Rules of pg_hba.conf')).toEqual({
      name: 'Rules of pg_hba.conf',
      why: expect.stringMatching(/gives this right to nobody/),
      checks: ['hba-weak-auth'],
    });
  });

  it('Neon takes no hashed password, so psql is not asked to send one', () => {
    const { script, steps } = make({ provider: 'neon' });
    expect(script).not.toMatch(/^\\password/m);
    expect(script).toMatch(/^-- Neon takes no hashed passwords/m);
    expect(steps[1]).toMatch(/in clear, or let the Neon console make one/);
  });

  it('Heroku makes roles itself: steps instead of a script', () => {
    const { script, undo, steps } = make({ provider: 'heroku' });
    expect([script, undo]).toEqual([null, null]);
    expect(steps[0]).toContain('heroku pg:credentials:create');
  });

  it('a standby gets the role from its primary', () => {
    const { script, steps } = make({ isStandby: true });
    expect(steps[0]).toContain('on the primary');
    expect(steps[2]).toMatch(/^Add the line to pg_hba\.conf of this standby/);
    expect(script).toMatch(/^-- Run it with psql on the primary/m);
  });
});
