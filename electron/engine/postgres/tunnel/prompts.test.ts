import { describe, expect, it, test } from 'vitest';
import { Secret } from '#engine/secret.ts';
import { describeHop, parseHop, type SshHop } from './hop.ts';
import { createPrompter } from './prompts.ts';
import { sshArguments, SSH_LIMITS } from './ssh-arguments.ts';
import type { SshConfig } from './ssh-program.ts';

const CONFIG: SshConfig = {
  hostName: 'db1.internal',
  user: 'me',
  hostKeyAlias: null,
  hasProxy: false,
  isStrict: false,
  hasForwards: false,
};
const FINGERPRINT = `SHA256:${'a'.repeat(43)}`;
const hop = (given: Partial<SshHop> = {}): SshHop => ({
  ...parseHop('bastion'),
  password: new Secret('PW'),
  passphrase: new Secret('PP'),
  ...given,
});
const host = (name: string, fingerprint: string): string =>
  `The authenticity of host '${name} (10.0.0.1)' can't be established.\nED25519 key fingerprint is ${fingerprint}.\nThis key is not known by any other names.\nAre you sure you want to continue connecting (yes/no/[fingerprint])? `;

describe('the password', () => {
  it('is for the last host alone', () => {
    const proxied = { ...CONFIG, hasProxy: true };
    const asked = (prompt: string, config = CONFIG): string | null =>
      createPrompter(hop(), config).answer(prompt);
    expect(asked("me@db1.internal's password: ")).toBe('PW');
    expect(asked('(me@db1.internal) Password: ')).toBe('PW');
    expect(asked('Password: ')).toBe('PW');
    expect(asked("me@jump's password: ", proxied)).toBeNull();
    expect(asked("other@db1.internal's password: ", proxied)).toBeNull();
    expect(asked('(me@jump) Password: ', proxied)).toBeNull();
    // Old versions do not say whose question it is.
    expect(asked('Password: ', proxied)).toBeNull();
    expect(asked("(me@jump) me@db1.internal's password: ", proxied)).toBeNull();
    expect(asked('(me@db1.internal) Verification code: ')).toBeNull();
  });

  it('is given once', () => {
    const { answer, problem } = createPrompter(hop(), CONFIG);
    expect(answer("me@db1.internal's password: ")).toBe('PW');
    expect(answer("me@db1.internal's password: ")).toBeNull();
    expect(problem()).toEqual({ kind: 'password wrong' });
  });
});

describe('a passphrase', () => {
  it('is for keys, once each, and never for what a server asks', () => {
    const { answer, problem } = createPrompter(hop(), CONFIG);
    expect(answer("Enter passphrase for key '/home/me/.ssh/id': ")).toBe('PP');
    expect(answer("Enter passphrase for key '/home/me/.ssh/other': ")).toBe('PP');
    expect(problem()).toBeNull();
    expect(answer("Enter passphrase for key '/home/me/.ssh/id': ")).toBe('');
    expect(problem()).toEqual({ kind: 'passphrase wrong' });
    expect(
      createPrompter(hop(), CONFIG).answer("(me@db1.internal) Enter passphrase for key '/x': "),
    ).not.toBe('PP');
  });
});

describe('a host key', () => {
  it('is accepted by the fingerprint that was trusted, and by nothing else', () => {
    const { answer, problem } = createPrompter(hop({ trustFingerprint: FINGERPRINT }), CONFIG);
    expect(answer(host('[bastion]:2222', FINGERPRINT))).toBe(FINGERPRINT);
    const other = FINGERPRINT.replace('a', 'b');
    expect(answer(host('[bastion]:2222', other))).toBe('no');
    expect(problem()).toEqual({
      kind: 'host unknown',
      host: '[bastion]:2222',
      keyType: 'ED25519',
      fingerprint: other,
    });
    expect(answer('Accept updated hostkeys? (yes/no): ')).toBe('no');
  });
});

test('the server is read as ssh writes it, and nothing in it can become an option or a command', () => {
  const read = (text: string): unknown[] => {
    const { user, destination, port } = parseHop(text);
    return [user, destination, port];
  };
  expect(read('me@bastion:2222')).toEqual(['me', 'bastion', 2222]);
  expect(read('me@corp.example@bastion')).toEqual(['me@corp.example', 'bastion', null]);
  expect(read('[fe80::1]:22')).toEqual([null, 'fe80::1', 22]);
  expect(read('::1')).toEqual([null, '::1', null]);
  expect(describeHop(parseHop('[::1]:22'))).toBe('[::1]:22');
  const bad = [
    '-oProxyCommand=id',
    'me@-oProxyCommand=id',
    '-x@host',
    'a b',
    'a;id',
    '$(id)',
    'a`id`',
    "a'b",
    'a|b',
    '',
    'host:0',
    'host:70000',
    'a\nb',
  ];
  for (const text of bad) expect(() => parseHop(text), text).toThrow(/SSH server/);
  expect(() => parseHop('host', { keyFile: 'relative' })).toThrow(/full path/);
  expect(() => parseHop('host', { trustFingerprint: 'yes' })).toThrow(/fingerprint/);
});

test('no argument holds a secret, and a stricter configuration stays', () => {
  const args = (config: SshConfig, given: Partial<SshHop> = {}): string =>
    sshArguments({
      hop: hop(given),
      config,
      local: { path: '/t/s' },
      remote: 'db:5432',
      limits: SSH_LIMITS,
    }).join(' ');
  expect(args(CONFIG)).not.toMatch(/PW|PP/);
  expect(args(CONFIG)).toMatch(/StrictHostKeyChecking=ask .*-L \/t\/s:db:5432 -- bastion$/);
  expect(args({ ...CONFIG, isStrict: true })).toContain('StrictHostKeyChecking=yes');
  expect(args({ ...CONFIG, hasForwards: true })).toContain('ExitOnForwardFailure=no');
  expect(args(CONFIG)).toContain('PasswordAuthentication=yes');
  expect(args(CONFIG, { password: null })).toContain('PasswordAuthentication=no');
});
