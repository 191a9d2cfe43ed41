import { type SshHop } from './hop.ts';
import { hopArguments, isWindows, type SshConfig } from './ssh-program.ts';
import type { LocalEnd } from './ssh-process.ts';

/** In seconds, as ssh takes them. */
export interface SshLimits {
  readonly connectTimeoutS: number;
  /** ssh asks after each interval of silence, and gives up when it would ask once more: after interval × (count + 1). */
  readonly aliveIntervalS: number;
  readonly aliveCount: number;
}
/** A dead tunnel is noticed within 45 s (reliability.md F17). */
export const SSH_LIMITS: SshLimits = { connectTimeoutS: 15, aliveIntervalS: 10, aliveCount: 3 };

/** One forward and nothing else: no command, no terminal, no agent, no sharing with other ssh processes of the user. */
export function sshArguments(call: {
  readonly hop: SshHop;
  readonly config: SshConfig;
  readonly local: LocalEnd;
  readonly remote: string;
  readonly limits: SshLimits;
}): readonly string[] {
  const { hop, config, local, remote, limits } = call;
  const options: Readonly<Record<string, string | number>> = {
    StrictHostKeyChecking: config.isStrict ? 'yes' : 'ask',
    // One try less is none at all for a key with a passphrase; a wrong password is never sent twice (`prompts.ts`).
    NumberOfPasswordPrompts: 2,
    // Without a password it must not be asked for: then ssh says which keys were refused.
    PasswordAuthentication: hop.password === null ? 'no' : 'yes',
    KbdInteractiveAuthentication: hop.password === null ? 'no' : 'yes',
    // A port of the user's own in ~/.ssh/config may be taken by an ssh of theirs: ours stands without it.
    ExitOnForwardFailure: config.hasForwards ? 'no' : 'yes',
    StreamLocalBindMask: '0177',
    StreamLocalBindUnlink: 'yes',
    ConnectTimeout: limits.connectTimeoutS,
    ServerAliveInterval: limits.aliveIntervalS,
    ServerAliveCountMax: limits.aliveCount,
    TCPKeepAlive: 'yes',
    ControlMaster: 'no',
    ControlPath: 'none',
    ForwardAgent: 'no',
    ForwardX11: 'no',
    PermitLocalCommand: 'no',
    RemoteCommand: 'none',
    RequestTTY: 'no',
    // On Windows there is no askpass of ours: nobody could answer.
    BatchMode: isWindows ? 'yes' : 'no',
  };
  const end = 'path' in local ? local.path : `${local.host}:${local.port}`;
  return [
    // What it does is told with -v only: which address it tries, how it got in.
    '-v',
    '-N',
    '-T',
    ...hopArguments(hop),
    ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
    '-L',
    `${end}:${remote}`,
    '--',
    hop.destination,
  ];
}
