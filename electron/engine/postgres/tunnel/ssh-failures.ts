import { EngineError } from '#engine/errors.ts';
import { quoteServer } from '#engine/postgres/failures.ts';
import { describeHop, sshCommand, type SshHop } from './hop.ts';
import type { PromptProblem } from './prompts.ts';

/** What is known when ssh has ended, or when it could not reach the database. */
export interface SshTrace {
  readonly hop: SshHop;
  /** What ssh wrote with -v under LC_ALL=C, oldest first. */
  readonly lines: readonly string[];
  readonly problem: PromptProblem | null;
  /** The database as the SSH server is asked for it: "db.internal:5432". */
  readonly place: string;
}

/** Why the tunnel did not come to be. Every sentence is one step: network, host key, login, forwarding. */
export function sshFailure(trace: SshTrace): EngineError {
  return (
    askpassFailure(trace) ??
    hostKeyFailure(trace) ??
    loginFailure(trace) ??
    networkFailure(trace) ??
    new EngineError(
      'SSH_FAILED',
      `The SSH tunnel through ${describeHop(trace.hop)} was not made: ${lastWords(trace.lines)}.`,
      `Try "${sshCommand(trace.hop)}" in a terminal.`,
    )
  );
}

/** Why ssh ended after the tunnel had stood. */
export function tunnelBroke({ hop, lines }: Pick<SshTrace, 'hop' | 'lines'>): EngineError {
  const text = lines.join('\n');
  const why = /Timeout, server \S+ not responding/.test(text)
    ? 'the SSH server no longer answers'
    : /closed by remote host|Connection reset|Broken pipe/.test(text)
      ? 'the SSH server or the network ended it'
      : 'the ssh program ended';
  return new EngineError(
    'CONNECTION_LOST',
    `The SSH tunnel through ${describeHop(hop)} broke: ${why}.`,
    'It is made again when it is next needed; if it stays so, check the network and the SSH server.',
  );
}

/** What a line means that says how the SSH server answered the wish for the database; null for any other line. */
export function refusalOf(line: string, { hop, place }: Pick<SshTrace, 'hop' | 'place'>): EngineError | null {
  const said = /^channel \d+: open failed: (.*)$/.exec(line)?.[1];
  if (said === undefined) return null;
  const server = describeHop(hop);
  if (said.startsWith('administratively prohibited'))
    return new EngineError(
      'SSH_FORWARD_DENIED',
      `The SSH server ${server} does not forward connections to ${place}.`,
      'Ask who runs it for AllowTcpForwarding (AllowStreamLocalForwarding for a socket) and PermitOpen in its sshd_config.',
    );
  if (/not known|unknown host|name resolution|No address|nodename/i.test(said))
    return new EngineError(
      'UNKNOWN_HOST',
      `The SSH server ${server} does not know the host of ${place}.`,
      'Give the name of the database server as the SSH server knows it; "localhost" is the SSH server itself.',
    );
  if (/timed out/i.test(said))
    return new EngineError(
      'CONNECTION_TIMEOUT',
      `${place} does not answer the SSH server ${server}.`,
      'Check host and port, and whether a firewall lets the SSH server reach the database.',
    );
  return new EngineError(
    'CONNECTION_REFUSED',
    `Nothing listens at ${place} for the SSH server ${server}: ${quoteServer(said)}.`,
    'Host and port are those that the SSH server sees; "localhost" is the SSH server itself.',
  );
}

function askpassFailure({ lines }: SshTrace): EngineError | null {
  if (!lines.some((line) => line.startsWith('ssh_askpass: exec('))) return null;
  return new EngineError(
    'SSH_FAILED',
    'The temporary folder does not let programs run, so ssh could not ask PgVitals for what it needs.',
    'Set TMPDIR to a folder that does (not mounted with noexec), then start PgVitals again.',
  );
}

function hostKeyFailure({ hop, lines, problem }: SshTrace): EngineError | null {
  const text = lines.join('\n');
  if (/REMOTE HOST IDENTIFICATION HAS CHANGED|Host key for .* has changed/.test(text)) {
    const file = /^Offending .*key in (.+?):(\d+)\s*$/m.exec(text);
    const fingerprint = /sent by the remote host is\s+(SHA256:[A-Za-z0-9+/]+)/.exec(text)?.[1];
    return new EngineError(
      'SSH_HOST_CHANGED',
      `The SSH server ${describeHop(hop)} shows another host key than before${fingerprint ? ` (${fingerprint})` : ''}: somebody may be listening in, or it was set up anew. Nothing was sent.`,
      file
        ? `Ask who runs it. Only if the new key is right, remove line ${file[2]} of ${file[1]}, then connect again.`
        : 'Ask who runs it. Only if the new key is right, remove the old one from known_hosts, then connect again.',
    );
  }
  if (problem?.kind === 'host unknown') {
    const { host, keyType, fingerprint } = problem;
    return new EngineError(
      'SSH_HOST_UNKNOWN',
      `The SSH server ${host} was never met before. Its ${keyType} key is ${fingerprint}.`,
      'Compare the fingerprint with what its administrator says, then trust it.',
      { sshHostKey: { host, keyType, fingerprint } },
    );
  }
  if (/key is known for .* and you have requested strict checking/.test(text))
    return new EngineError(
      'SSH_HOST_UNKNOWN',
      `The SSH server ${describeHop(hop)} was never met before, and your SSH configuration refuses such hosts.`,
      'Add its key to known_hosts, or change StrictHostKeyChecking in ~/.ssh/config.',
    );
  return /Host key verification failed/.test(text)
    ? new EngineError(
        'SSH_FAILED',
        `The host key of the SSH server ${describeHop(hop)} could not be verified: ${lastWords(lines)}.`,
        `Try "${sshCommand(hop)}" in a terminal.`,
      )
    : null;
}

function loginFailure({ hop, lines, problem }: SshTrace): EngineError | null {
  const server = describeHop(hop);
  const fail = (code: EngineError['code'], message: string, nextStep: string): EngineError =>
    new EngineError(code, message, nextStep);
  switch (problem?.kind) {
    case 'passphrase wrong':
      return fail('SSH_PASSPHRASE', 'The passphrase of the SSH key is wrong.', 'Give it again.');
    case 'passphrase needed':
      return fail(
        'SSH_PASSPHRASE',
        `The SSH key ${problem.asked} has a passphrase, and none was given.`,
        'Give the passphrase, or load the key into the SSH agent with ssh-add.',
      );
    case 'password wrong':
      return fail('SSH_PASSWORD', `The SSH server ${server} refused the password.`, 'Give it again.');
    case 'password needed':
      return fail(
        'SSH_PASSWORD',
        `The SSH server asks for a password, and none was given for it (${problem.asked.replace(/:$/, '')}).`,
        'Give the SSH password; a host in between can be passed with a key only.',
      );
    case 'unknown question':
      return fail(
        'SSH_AUTH_FAILED',
        `The SSH server ${server} asks something that PgVitals cannot answer: ${quoteServer(problem.asked)}.`,
        'Use a key or the SSH agent for it.',
      );
    default:
  }
  const text = lines.join('\n');
  const refused = /Permission denied \(([^)]*)\)|Too many authentication failures/.exec(text);
  if (refused === null) return null;
  const agent = agentTrouble(text);
  if (agent !== null)
    return fail('SSH_AUTH_FAILED', agent, 'Start the SSH agent and load the key with ssh-add.');
  if (/UNPROTECTED PRIVATE KEY FILE/.test(text))
    return fail(
      'SSH_AUTH_FAILED',
      'The SSH key may be read by others, so ssh does not use it.',
      'Make it yours alone: chmod 600 on the key file.',
    );
  const unreadable = /^Load key "(.+?)": (.*)$/m.exec(text);
  if (unreadable)
    return fail(
      'SSH_AUTH_FAILED',
      `The SSH key ${unreadable[1]} cannot be used: ${quoteServer(unreadable[2] ?? '')}.`,
      'Check that it is a private key for OpenSSH.',
    );
  if (refused[1] === undefined)
    return fail(
      'SSH_AUTH_FAILED',
      `The SSH server ${server} was offered too many keys.`,
      'Name the one key that is for it.',
    );
  if (/with partial success/.test(text))
    return fail(
      'SSH_AUTH_FAILED',
      `The SSH server ${server} asks for more than a key (${refused[1]}).`,
      hop.password === null ? 'Give the SSH password too.' : 'PgVitals can give a key and a password only.',
    );
  if (/Offering public key/.test(text))
    return fail(
      'SSH_AUTH_FAILED',
      `The SSH server ${server} refused the key.`,
      'Check the user name, and that the public key is in ~/.ssh/authorized_keys there.',
    );
  return hop.password === null && /password|keyboard-interactive/.test(refused[1])
    ? fail(
        'SSH_PASSWORD',
        `The SSH server ${server} asks for a password, and none was given.`,
        'Give the SSH password, name a key, or load one into the SSH agent.',
      )
    : fail(
        'SSH_AUTH_FAILED',
        `The SSH server ${server} lets nobody in without a key (${refused[1]}), and there is none.`,
        'Name a key, or load one into the SSH agent with ssh-add.',
      );
}

/** The agent is named in the environment and is not there, or it does not sign. */
function agentTrouble(text: string): string | null {
  if (/agent refused operation/.test(text)) return 'The SSH agent refused to use the key.';
  return /ssh_get_authentication_socket: (No such file|Connection refused)/.test(text)
    ? 'The SSH agent is gone, and without it no key was accepted.'
    : null;
}

function networkFailure({ hop, lines }: SshTrace): EngineError | null {
  const text = lines.join('\n');
  const server = describeHop(hop);
  const fail = (message: string, nextStep: string): EngineError =>
    new EngineError('SSH_UNREACHABLE', message, nextStep);
  const unknown = /Could not resolve hostname (.+?): /.exec(text)?.[1];
  if (unknown !== undefined)
    return fail(
      `The SSH server ${JSON.stringify(unknown)} is not known.`,
      'Check the spelling, whether ~/.ssh/config has an entry of that name, and whether it needs a VPN.',
    );
  const [, host, port, why = ''] = /connect to (?:host|address) (\S+) port (\d+): (.*)/.exec(text) ?? [];
  const place = host === undefined ? server : `${host}:${port}`;
  if (/Connection refused/.test(why))
    return fail(
      `Nothing listens for SSH at ${place}.`,
      'Check the host and the port, and that sshd runs there.',
    );
  if (/timed out/i.test(why) || /timed out/i.test(text))
    return fail(
      `The SSH server ${place} does not answer.`,
      'Check the host and the port, and whether a firewall or a VPN stands in between.',
    );
  if (host !== undefined)
    return fail(
      `There is no way to the SSH server ${place}: ${quoteServer(why)}.`,
      'Check the network connection and the VPN.',
    );
  if (/(kex_exchange_identification|banner exchange|ssh_exchange_identification):/.test(text))
    return fail(
      `${server} is no SSH server, or it turns this machine away: ${lastWords(lines)}.`,
      'Check the port; SSH usually listens at 22. The log of the server may say more.',
    );
  return null;
}

/** The last thing that ssh said to a user. */
function lastWords(lines: readonly string[]): string {
  const said = lines.findLast(
    (line) =>
      line.trim() !== '' && !/^(debug\d|Transferred|Bytes per second|OpenSSH_|Authenticated)/.test(line),
  );
  return said === undefined ? 'ssh ended without a word' : quoteServer(said);
}
