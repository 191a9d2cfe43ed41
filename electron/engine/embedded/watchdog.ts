import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Account } from './account.ts';
import type { Binaries } from './binaries.ts';

/** How a server is told to end: PostgreSQL's smart, fast and immediate shutdown. */
export type ShutdownMode = 'smart' | 'fast' | 'immediate';

export interface Watchdog {
  /** Settles when the server and all its backends are gone, whoever ended them. */
  readonly serverGone: Promise<void>;
  /** Ends the server, keeping its directory: for a restart. */
  halt(mode: ShutdownMode): Promise<void>;
  /** Ends the server and removes its directory. */
  end(): Promise<void>;
}

/**
 * Starts the server under a process that outlives us: when our end of its standard input closes, for whatever reason
 * (SIGKILL included), it ends the server and removes `base`. A line on that input instead names how to end the server
 * and keep the files.
 */
export function startWatchdog(options: {
  binaries: Binaries;
  base: string;
  dataDir: string;
  logFile: string;
  account: Account | null;
}): Watchdog {
  return process.platform === 'win32' ? windowsWatchdog(options) : posixWatchdog(options);
}

type Options = Parameters<typeof startWatchdog>[0];

// A child of node itself would be tidier, but inside the packaged app `process.execPath` is Electron, whose
// run-as-node fuse is off. Descriptor 3 is held by the server and its backends only: its end is theirs. The last end is
// an immediate shutdown, for a checkpoint (1 s on the demo) would write files that are then deleted; the postmaster
// itself kills backends that do not follow within 5 s. Signals are repeated because a shell starts its background jobs
// with some of them ignored: those sent before the postmaster has set up its handlers are lost.
const POSIX_SCRIPT = `
trap "" INT TERM HUP
"$0" -D "$1" >>"$3" 2>&1 &
server=$!
exec 3>&-
read -r how
(while kill "-\${how:-QUIT}" "$server"; do sleep 0.1; done) 2>/dev/null &
wait "$server"
[ -n "$how" ] || rm -rf "$2"
`;
const POSIX_SIGNALS: Readonly<Record<ShutdownMode, string>> = {
  smart: 'TERM',
  fast: 'INT',
  immediate: 'QUIT',
};

function posixWatchdog({ binaries, base, dataDir, logFile, account }: Options): Watchdog {
  const child = spawn('/bin/sh', ['-c', POSIX_SCRIPT, binaries.postgres, dataDir, base, logFile], {
    cwd: base,
    env: serverEnvironment(),
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
    ...(account ? { uid: account.uid, gid: account.gid } : {}),
  });
  const alive = child.stdio[3] as Socket;
  alive.resume();
  alive.on('error', () => undefined);
  const serverGone = new Promise<void>((resolve) => alive.once('close', () => resolve()));
  alive.unref();
  return control(child, serverGone, (mode) => POSIX_SIGNALS[mode]);
}

// Written from the documentation and not yet run on Windows. PowerShell, for the reason above; pg_ctl, because it
// drops the administrator's rights that postgres.exe would refuse.
const WINDOWS_SCRIPT = `
& $env:PGVITALS_PG_CTL start -s -w -t 60 -D $env:PGVITALS_DATA -l $env:PGVITALS_LOG
if ($LASTEXITCODE -ne 0) { $failed = $true }
$how = [Console]::In.ReadLine()
if (-not $failed) {
  $mode = if ($how) { $how } else { 'immediate' }
  & $env:PGVITALS_PG_CTL stop -s -w -m $mode -D $env:PGVITALS_DATA
}
if (-not $how) { Remove-Item -Recurse -Force $env:PGVITALS_BASE }
`;

function windowsWatchdog({ binaries, base, dataDir, logFile }: Options): Watchdog {
  const script = Buffer.from(WINDOWS_SCRIPT, 'utf16le').toString('base64');
  const child = spawn('powershell.exe', ['-NoProfile', '-NonInteractive', '-EncodedCommand', script], {
    env: {
      ...serverEnvironment(),
      PGVITALS_PG_CTL: binaries.pgCtl,
      PGVITALS_DATA: dataDir,
      PGVITALS_BASE: base,
      PGVITALS_LOG: logFile,
    },
    detached: true,
    windowsHide: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  return control(child, exited(child), (mode) => mode);
}

function control(
  child: ChildProcess,
  serverGone: Promise<void>,
  word: (mode: ShutdownMode) => string,
): Watchdog {
  const gone = exited(child);
  // A watchdog that died makes writing to it fail; `gone` already tells.
  child.stdin?.on('error', () => undefined);
  child.unref();
  if (child.stdin && 'unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref();
  return {
    serverGone,
    halt: (mode) => {
      child.ref();
      child.stdin?.end(`${word(mode)}\n`);
      return gone;
    },
    end: () => {
      child.ref();
      child.stdin?.end();
      return gone;
    },
  };
}

function exited(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
}

/** Our environment without what would reach into the server: libpq variables and message languages. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('PG') && !name.startsWith('LC_'),
  );
  return { ...Object.fromEntries(kept), LANG: 'C', LC_ALL: 'C', TZ: 'UTC' };
}
