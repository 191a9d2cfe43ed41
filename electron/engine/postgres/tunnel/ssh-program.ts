import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { EngineError } from '#engine/errors.ts';
import type { SshHop } from './hop.ts';

/** How the host is reached according to the user's configuration, as `ssh -G` tells. */
export interface SshConfig {
  readonly hostName: string;
  readonly user: string;
  readonly hostKeyAlias: string | null;
  /** Another host or a command stands in between. */
  readonly hasProxy: boolean;
  /** Unknown hosts are refused without a question. */
  readonly isStrict: boolean;
  /** The user forwards ports of his own with it, which may be taken already. */
  readonly hasForwards: boolean;
}

/** The path of the system's OpenSSH client. Throws SSH_MISSING. */
export function findSsh(): string {
  const name = isWindows ? 'ssh.exe' : 'ssh';
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  if (isWindows) folders.push(join(process.env['SystemRoot'] ?? 'C:\\Windows', 'System32', 'OpenSSH'));
  const found = folders.map((folder) => join(folder, name)).find(isExecutable);
  if (found !== undefined) return found;
  throw new EngineError('SSH_MISSING', 'There is no ssh program on this machine.', INSTALL);
}

/** The arguments that name the server: `hopArguments(hop)` come before all others, the destination last. */
export function hopArguments({ port, user, keyFile }: SshHop): readonly string[] {
  const configFile = process.env['PGVITALS_SSH_CONFIG'];
  return [
    ...(configFile ? ['-F', configFile] : []),
    ...(port === null ? [] : ['-p', String(port)]),
    ...(user === null ? [] : ['-l', user]),
    // Else a server that counts tries would be asked for every key of the agent first.
    ...(keyFile === null ? [] : ['-i', keyFile, '-o', 'IdentitiesOnly=yes']),
  ];
}

/** Nothing of the app's environment but what ssh and the user's own proxy commands need; answers in English. */
export function sshEnvironment(): Readonly<Record<string, string>> {
  const kept = isWindows
    ? [
        'PATH',
        'SystemRoot',
        'USERPROFILE',
        'USERNAME',
        'HOMEDRIVE',
        'HOMEPATH',
        'APPDATA',
        'ProgramData',
        'TEMP',
      ]
    : ['SSH_AUTH_SOCK', 'USER', 'LOGNAME'];
  const own = isWindows
    ? {}
    : { PATH: process.env['PATH'] ?? '/usr/bin:/bin', HOME: homedir(), TMPDIR: tmpdir() };
  const found = kept.flatMap((name) => (process.env[name] ? [[name, process.env[name]] as const] : []));
  return { ...Object.fromEntries(found), ...own, LANG: 'C', LC_ALL: 'C' };
}

/** Asks ssh itself: nobody else understands Include, Match and tokens as it does. Guesses where it does not answer. */
export async function readSshConfig(ssh: string, hop: SshHop, signal: AbortSignal): Promise<SshConfig> {
  const args = ['-G', ...hopArguments(hop), '--', hop.destination];
  const answer = await run(ssh, args, { env: sshEnvironment(), timeout: CONFIG_TIMEOUT_MS, signal }).catch(
    // What is wrong with the configuration is said again when it is used.
    () => ({ stdout: '' }),
  );
  const values = new Map<string, string>();
  for (const line of answer.stdout.split(/\r?\n/)) {
    const [, key, value] = /^(\S+) (.*)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined && !values.has(key)) values.set(key, value);
  }
  const given = (key: string): string | null => {
    const value = values.get(key);
    return value === undefined || value === 'none' ? null : value;
  };
  return {
    hostName: values.get('hostname') ?? hop.destination,
    user: values.get('user') ?? hop.user ?? userInfo().username,
    hostKeyAlias: given('hostkeyalias'),
    hasProxy: given('proxyjump') !== null || given('proxycommand') !== null,
    isStrict: /^(yes|true)$/.test(values.get('stricthostkeychecking') ?? ''),
    hasForwards: ['localforward', 'remoteforward', 'dynamicforward'].some((key) => values.has(key)),
  };
}

export const isWindows = process.platform === 'win32';
const CONFIG_TIMEOUT_MS = 10_000;
const run = promisify(execFile);

const INSTALL = isWindows
  ? 'Install it in Settings, Apps, Optional features: OpenSSH Client.'
  : 'Install OpenSSH: on Debian and Ubuntu with "apt install openssh-client", elsewhere with the package of that name.';

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
