import { spawn, type ChildProcess } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import {
  createBaseDirectory,
  removeDirectory,
  sweepStaleDirectories,
} from '#engine/embedded/base-directory.ts';
import { mentions, processesMentioning } from '#engine/embedded/process-identity.ts';
import { freePort } from '#engine/embedded/server.ts';
import { EngineError } from '#engine/errors.ts';
import { type Askpass, openAskpass } from './askpass.ts';
import type { SshHop } from './hop.ts';
import { createPrompter, type PromptProblem } from './prompts.ts';
import { findSsh, isWindows, readSshConfig, sshEnvironment } from './ssh-program.ts';
import { sshArguments, type SshLimits } from './ssh-arguments.ts';

export interface SshRequest {
  readonly hop: SshHop;
  /** As `-L` takes it: "host:port" or the path of a Unix socket on the SSH server. */
  readonly remote: string;
  readonly limits: SshLimits;
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
}

/** Where ssh listens for us. */
export type LocalEnd = { readonly path: string } | { readonly host: '127.0.0.1'; readonly port: number };

export interface SshProcess {
  readonly local: LocalEnd;
  /** True while ssh runs. */
  readonly isUp: boolean;
  readonly ended: Promise<void>;
  /** The newest lines of ssh, without secrets. */
  lines(): readonly string[];
  close(): Promise<void>;
}

/** Thrown where ssh ended before the tunnel stood; `sshFailure` makes a sentence of it. */
export class SshEnded extends Error {
  override readonly name = 'SshEnded';
  readonly lines: readonly string[];
  readonly problem: PromptProblem | null;

  constructor(lines: readonly string[], problem: PromptProblem | null) {
    super('ssh ended.');
    this.lines = lines;
    this.problem = problem;
  }
}

/**
 * Starts ssh with one forward and waits until it stands. Its folder holds the socket and the pipes of askpass; both go
 * with ssh, also after our own SIGKILL. Throws SSH_MISSING, FILE_NOT_READABLE, SshEnded, or the signal's reason.
 */
export async function startSsh(request: SshRequest): Promise<SshProcess> {
  const { hop, signal } = request;
  const ssh = findSsh();
  if (hop.keyFile !== null) await assertReadable(hop.keyFile);
  sweeping ??= sweepStaleDirectories(PREFIX, stopOrphans).catch(() => undefined);
  await sweeping;
  const config = await readSshConfig(ssh, hop, signal);
  const folder = await createBaseDirectory(null, PREFIX);
  const prompter = createPrompter(hop, config);
  let child: ChildProcess | null = null;
  let askpass: Askpass | null = null;
  try {
    const local: LocalEnd = isWindows
      ? { host: '127.0.0.1', port: await freePort() }
      : { path: join(folder, 's') };
    const end = (): void => void child?.stdin?.end();
    askpass = isWindows ? null : await openAskpass(folder, prompter.answer, end);
    const args = sshArguments({ hop, config, local, remote: request.remote, limits: request.limits });
    child = launch(folder, [ssh, ...args], { ...sshEnvironment(), ...askpass?.variables });
    const running = new Running(child, folder, askpass, local, redactor(hop), request.onLine);
    await untilReady(running, signal).catch(async (error: unknown) => {
      await running.close();
      throw signal.aborted ? signal.reason : error;
    });
    if (!running.isUp) throw new SshEnded(running.lines(), prompter.problem());
    return running;
  } catch (error) {
    askpass?.close();
    await removeDirectory(folder).catch(() => undefined);
    throw error;
  }
}

const PREFIX = 'pgvitals-ssh-';
const MOST_LINES = 400;
let sweeping: Promise<unknown> | null = null;

// ssh runs under a shell that outlives us: when our end of its input closes, however we died, it ends ssh and removes
// the folder. The last kill ends what ssh has started in this group: proxy commands, an unanswered askpass.
const SCRIPT = `
folder=$1; shift
exec 4<&0
"$@" 4<&- </dev/null >/dev/null &
ssh=$!
exec 2>/dev/null
(read -r end <&4; kill "$ssh"; sleep 2; kill -KILL "$ssh") &
trap '' TERM INT HUP
wait "$ssh"; code=$?
rm -rf "$folder"
kill -TERM 0
exit "$code"
`;

function launch(
  folder: string,
  command: readonly string[],
  env: Readonly<Record<string, string>>,
): ChildProcess {
  const [program = '', ...args] = command;
  // Written from the documentation and not yet run on Windows, where nothing ends ssh after our own SIGKILL.
  if (isWindows) return spawn(program, args, { env, stdio: ['ignore', 'ignore', 'pipe'], windowsHide: true });
  return spawn('/bin/sh', ['-c', SCRIPT, 'pgvitals-ssh', folder, ...command], {
    cwd: '/',
    env,
    // Without a terminal of its own, ssh cannot ask there.
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
}

class Running implements SshProcess {
  readonly local: LocalEnd;
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  #isUp = true;

  constructor(
    child: ChildProcess,
    folder: string,
    askpass: Askpass | null,
    local: LocalEnd,
    redact: (line: string) => string,
    onLine: (line: string) => void,
  ) {
    this.#child = child;
    this.local = local;
    child.stdin?.on('error', () => undefined);
    if (child.stderr)
      createInterface({ input: child.stderr, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (text) => {
        const line = redact(text.slice(0, 2_000));
        this.#lines.push(line);
        if (this.#lines.length > MOST_LINES) this.#lines.shift();
        onLine(line);
      });
    this.ended = new Promise<void>((resolve) => {
      // Not `exit`: its last words are read by then. `error` is a program that cannot be started.
      child.once('close', () => resolve());
      child.once('error', () => resolve());
    }).then(async () => {
      this.#isUp = false;
      askpass?.close();
      await removeDirectory(folder).catch(() => undefined);
    });
    child.unref();
    unref(child.stdin);
    unref(child.stderr);
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  lines(): readonly string[] {
    return this.#lines;
  }

  async close(): Promise<void> {
    if (!this.#isUp) return;
    this.#child.ref();
    if (isWindows) this.#child.kill();
    else this.#child.stdin?.end();
    await this.ended;
  }
}

async function untilReady(ssh: Running, signal: AbortSignal): Promise<void> {
  const isListening = (): Promise<boolean> =>
    'path' in ssh.local
      ? access(ssh.local.path).then(
          () => true,
          () => false,
        )
      : Promise.resolve(ssh.lines().some((line) => line.startsWith('debug1: Local forwarding listening')));
  while (ssh.isUp && !(await isListening())) {
    await delay(POLL_MS, undefined, { signal });
  }
}

const POLL_MS = 20;

/** ssh says no secrets; this is for what a proxy command of the user may say. */
function redactor({ password, passphrase }: SshHop): (line: string) => string {
  const secrets = [password, passphrase].flatMap((secret) => secret?.reveal() || []);
  return (line) => secrets.reduce((text, secret) => text.replaceAll(secret, '[redacted]'), line);
}

/** A tunnel whose app and whose shell are gone: it holds nothing but a link that nobody uses. */
async function stopOrphans(base: string): Promise<void> {
  const socket = join(base, 's:');
  for (const pid of await processesMentioning(socket)) {
    if (await mentions(pid, socket)) process.kill(pid, 'SIGTERM');
  }
}

async function assertReadable(path: string): Promise<void> {
  await access(path, constants.R_OK).catch((cause: unknown) => {
    throw new EngineError(
      'FILE_NOT_READABLE',
      `The SSH key ${path} cannot be read.`,
      'Check the path, and that you may read the file.',
      { cause },
    );
  });
}

function unref(stream: unknown): void {
  if (stream instanceof Object && 'unref' in stream && typeof stream.unref === 'function') stream.unref();
}
