import { resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { Command } from 'commander';
import { EngineError } from '#engine/errors.ts';
import type { ConnectionTarget } from '#engine/postgres/target.ts';
import { parseHop, type SshHop } from '#engine/postgres/tunnel/hop.ts';
import { withRoute } from '#engine/postgres/tunnel/route.ts';
import { Secret } from '#engine/secret.ts';
import type { CliContext } from '../cli.ts';
import type { SshFlags } from './options.ts';

/** None for a secret: argv is readable by every user of the machine. */
export function withSshFlags(command: Command): Command {
  return command
    .option('--ssh <server>', 'SSH server in between: [user@]host[:port], or an alias of ~/.ssh/config')
    .option('--ssh-key <file>', 'private key for it')
    .option('--ssh-trust <fingerprint>', 'accept its unknown host key if it has this SHA256 fingerprint');
}

/** Secrets come from PGVITALS_SSH_PASSWORD and PGVITALS_SSH_PASSPHRASE, or are asked for later. Throws BAD_INPUT. */
export function hopOf(flags: SshFlags, env: NodeJS.ProcessEnv): SshHop | null {
  const secret = (text: string | undefined): Secret | null => (text ? new Secret(text) : null);
  if (flags.ssh === undefined) {
    if (flags.sshKey === undefined && flags.sshTrust === undefined) return null;
    throw new EngineError('BAD_INPUT', 'There is no SSH server for these flags.', 'Name it with --ssh.');
  }
  return parseHop(flags.ssh, {
    keyFile:
      flags.sshKey === undefined || flags.sshKey.startsWith('~')
        ? (flags.sshKey ?? null)
        : resolve(flags.sshKey),
    trustFingerprint: flags.sshTrust ?? null,
    password: secret(env['PGVITALS_SSH_PASSWORD']),
    passphrase: secret(env['PGVITALS_SSH_PASSPHRASE']),
  });
}

/**
 * The target with its tunnel open, which whoever gets it closes. At a terminal a user is asked for what is missing, and
 * whether an unknown host is to be trusted; elsewhere the error says which flag or variable would do.
 */
export async function openTunnel(target: ConnectionTarget, context: CliContext): Promise<ConnectionTarget> {
  if (target.ssh === null) return target;
  let ssh: SshHop = target.ssh;
  // Each question is asked once at most; two hosts may be unknown, one behind the other.
  for (let questions = 0; ; questions += 1) {
    const routed = withRoute({ ...target, ssh });
    try {
      await routed.route?.ready({ signal: context.signal });
      return routed;
    } catch (error) {
      await routed.route?.close();
      const mayAsk = questions < MOST_QUESTIONS && canAsk();
      const better = mayAsk ? await askFor(error, ssh, context) : null;
      if (better === null) throw withFlag(error);
      ssh = better;
    }
  }
}

const MOST_QUESTIONS = 6;

function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** What the user adds to the hop; null where nothing can be added. */
async function askFor(error: unknown, ssh: SshHop, context: CliContext): Promise<SshHop | null> {
  if (!(error instanceof EngineError)) return null;
  switch (error.code) {
    case 'SSH_HOST_UNKNOWN': {
      const fingerprint = error.sshHostKey?.fingerprint;
      if (fingerprint === undefined || fingerprint === ssh.trustFingerprint) return null;
      context.output.note(`${error.message}\n`);
      const answer = await ask('Trust it from now on? Type "yes" if it is the right one: ', false, context);
      return answer === 'yes' ? { ...ssh, trustFingerprint: fingerprint } : null;
    }
    case 'SSH_PASSWORD':
    case 'SSH_PASSPHRASE': {
      const isPassword = error.code === 'SSH_PASSWORD';
      // A wrong one is not asked for again: it may come from the environment, and tries are counted.
      if ((isPassword ? ssh.password : ssh.passphrase) !== null) return null;
      context.output.note(`${error.message}\n`);
      const text = await ask(isPassword ? 'SSH password: ' : 'Passphrase of the SSH key: ', true, context);
      if (text === '') return null;
      return isPassword ? { ...ssh, password: new Secret(text) } : { ...ssh, passphrase: new Secret(text) };
    }
    default:
      return null;
  }
}

async function ask(question: string, isHidden: boolean, { output, signal }: CliContext): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({
    input: process.stdin,
    output: isHidden ? nowhere : process.stderr,
    terminal: true,
  });
  // In this mode the terminal sends Ctrl-C as a sign.
  reader.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    // The terminal echoes nothing from here on: before the question is seen, and so before anybody answers it.
    if (isHidden) output.note(question);
    return (await reader.question(isHidden ? '' : question, { signal })).trim();
  } finally {
    reader.close();
    if (isHidden) output.note('\n');
  }
}

function withFlag(error: unknown): unknown {
  if (!(error instanceof EngineError)) return error;
  const again = (nextStep: string): EngineError =>
    new EngineError(error.code, error.message, nextStep, { cause: error });
  if (error.code === 'SSH_HOST_UNKNOWN' && error.sshHostKey !== null)
    return again(
      `Compare it with what its administrator says, then add --ssh-trust ${error.sshHostKey.fingerprint}`,
    );
  if (error.code === 'SSH_PASSWORD')
    return again('Give it in PGVITALS_SSH_PASSWORD, or use a key (--ssh-key, the SSH agent).');
  if (error.code === 'SSH_PASSPHRASE')
    return again('Give it in PGVITALS_SSH_PASSPHRASE, or load the key into the SSH agent with ssh-add.');
  return error;
}
