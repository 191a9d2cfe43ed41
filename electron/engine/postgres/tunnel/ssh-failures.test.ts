import { expect, test } from 'vitest';
import { parseHop } from './hop.ts';
import { refusalOf, sshFailure, tunnelBroke } from './ssh-failures.ts';

const hop = parseHop('me@bastion:2222');
const codeOf = (...lines: readonly string[]): string =>
  sshFailure({ hop, lines, problem: null, place: 'db:5432' }).code;
const sentenceOf = (...lines: readonly string[]): string =>
  sshFailure({ hop, lines, problem: null, place: 'db:5432' }).message;

test('what ssh says of the network, in its own words', () => {
  const at = 'ssh: connect to host 10.0.0.9 port 2222: ';
  expect(sentenceOf(`${at}Connection timed out`)).toBe('The SSH server 10.0.0.9:2222 does not answer.');
  expect(sentenceOf(`${at}No route to host`)).toContain('There is no way to the SSH server');
  expect(sentenceOf('Connection timed out during banner exchange')).toContain('does not answer');
  expect(sentenceOf('kex_exchange_identification: Connection closed by remote host')).toContain(
    'is no SSH server, or it turns this machine away',
  );
});

test('what a login fails of', () => {
  const denied = 'me@bastion: Permission denied (publickey,password).';
  const offered = 'debug1: Offering public key: /k ED25519 SHA256:x explicit';
  expect(codeOf(denied)).toBe('SSH_PASSWORD');
  expect(codeOf(offered, denied)).toBe('SSH_AUTH_FAILED');
  expect(sentenceOf('@  WARNING: UNPROTECTED PRIVATE KEY FILE!  @', denied)).toContain('read by others');
  expect(sentenceOf('Load key "/k": invalid format', denied)).toContain('/k cannot be used: invalid format');
  expect(
    sentenceOf(
      'sign_and_send_pubkey: signing failed for ED25519 "k" from agent: agent refused operation',
      denied,
    ),
  ).toContain('agent refused');
  expect(
    sentenceOf('Received disconnect from 10.0.0.9 port 22:2: Too many authentication failures'),
  ).toContain('too many keys');
  expect(sentenceOf('Authenticated using "publickey" with partial success.', offered, denied)).toContain(
    'asks for more than a key',
  );
  expect(
    codeOf('ssh_askpass: exec(/tmp/x/askpass): Permission denied', 'Host key verification failed.'),
  ).toBe('SSH_FAILED');
});

test('anything else is quoted, with the command to try', () => {
  const error = sshFailure({
    hop,
    lines: ['OpenSSH_9.2p1', '/home/me/.ssh/config: line 3: Bad configuration option: foo', 'debug1: x'],
    problem: null,
    place: 'db:5432',
  });
  expect(error.message).toContain('Bad configuration option: foo');
  expect(error.nextStep).toBe('Try "ssh -p 2222 me@bastion" in a terminal.');
});

test('what the SSH server says of the database', () => {
  const of = (said: string): string | null =>
    refusalOf(`channel 2: open failed: ${said}`, { hop, place: 'db:5432' })?.code ?? null;
  expect(of('administratively prohibited: open failed')).toBe('SSH_FORWARD_DENIED');
  expect(of('connect failed: Connection refused')).toBe('CONNECTION_REFUSED');
  expect(of('connect failed: Connection timed out')).toBe('CONNECTION_TIMEOUT');
  expect(of('connect failed: Name or service not known')).toBe('UNKNOWN_HOST');
  expect(of('connect failed: Temporary failure in name resolution')).toBe('UNKNOWN_HOST');
  expect(refusalOf('debug1: channel 2: new direct-tcpip', { hop, place: 'db:5432' })).toBeNull();
});

test('why a tunnel ended', () => {
  const why = (line: string): string => tunnelBroke({ hop, lines: [line] }).message;
  expect(why('Timeout, server bastion not responding.')).toContain('no longer answers');
  expect(why('client_loop: send disconnect: Broken pipe')).toContain('the network ended it');
  expect(why('debug1: x')).toContain('the ssh program ended');
});
