import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * A PostgreSQL client of the next Debian, beside this one's: it compresses by zstd and dumps newer servers, which the one of
 * Debian 12 cannot. It runs with the libraries it was built for; the system is left as it is.
 */
export const NEWER_CLIENT = {
  major: 17,
  folder: fileURLToPath(new URL('../node_modules/.cache/pgvitals/client-17/bin', import.meta.url)),
} as const;

const RELEASE = { here: 'bookworm', next: 'trixie' } as const;
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const PROGRAMS = ['pg_dump', 'pg_restore', 'pg_dumpall'];
const INSTALL_LIMIT_MS = 300_000;

export function hasNewerClient(): boolean {
  return PROGRAMS.every((program) => existsSync(join(NEWER_CLIENT.folder, program)));
}

/** Whether it is there after that: on a Debian 12, whose mirror is asked, and whose keys tell whether that is Debian's. */
export function obtainNewerClient(): boolean {
  if (hasNewerClient()) return true;
  const mirror = mirrorOfSystem();
  if (mirror === null || !existsSync(KEYRING)) return false;
  const client = join(NEWER_CLIENT.folder, '..');
  const aside = `${client}.${process.pid}`;
  try {
    unpack(aside, mirror);
    writePrograms(aside, client);
    rmSync(client, { recursive: true, force: true });
    renameSync(aside, client);
    const { stdout } = spawnSync(join(NEWER_CLIENT.folder, 'pg_dump'), ['--version'], { encoding: 'utf8' });
    if (stdout.includes(`(PostgreSQL) ${NEWER_CLIENT.major}.`)) return true;
    rmSync(client, { recursive: true, force: true });
    return false;
  } catch (error) {
    console.log(error instanceof Error ? error.message : error);
    return false;
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

/** Null where this is no Debian of that release. */
function mirrorOfSystem(): string | null {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  if (!/^ID=debian$/m.test(release) || !release.includes(`VERSION_CODENAME=${RELEASE.here}`)) return null;
  const sources = globSync(['/etc/apt/sources.list', '/etc/apt/sources.list.d/*.{list,sources}'])
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
  return /^(?:URIs:|deb(?: \[[^\]]*\])?) (\S+\/debian)\/?(?:\s|$)/m.exec(sources)?.[1] ?? null;
}

function unpack(folder: string, mirror: string): void {
  const apt = join(folder, 'apt');
  for (const name of ['lists/partial', 'archives/partial']) mkdirSync(join(apt, name), { recursive: true });
  const sources = join(apt, 'sources.list');
  const status = join(apt, 'status');
  const settings = join(apt, 'apt.conf');
  writeFileSync(sources, `deb [signed-by=${KEYRING}] ${mirror} ${RELEASE.next} main\n`);
  // Nothing counts as installed, so that every library comes along.
  writeFileSync(status, '');
  writeFileSync(
    settings,
    [
      `Dir::Etc::sourcelist "${sources}";`,
      'Dir::Etc::sourceparts "/dev/null";',
      `Dir::State "${apt}";`,
      `Dir::State::status "${status}";`,
      `Dir::Cache "${apt}";`,
      // Its own user could not write here.
      'APT::Sandbox::User "root";',
      '',
    ].join('\n'),
  );
  const get = ['-qq', '-c', settings];
  run('apt-get', ...get, 'update');
  const newer = `postgresql-client-${NEWER_CLIENT.major}`;
  run('apt-get', ...get, 'install', '--download-only', '-y', '--no-install-recommends', newer);
  for (const file of globSync(join(apt, 'archives', '*.deb')))
    run('dpkg-deb', '-x', file, join(folder, 'root'));
  rmSync(apt, { recursive: true });
}

/** Scripts, for a program finds its libraries by the loader that starts it. They say where they lie in the end. */
function writePrograms(aside: string, client: string): void {
  const { major } = NEWER_CLIENT;
  const libraries = globSync('usr/lib/*-linux-gnu/ld-linux-*.so.*', { cwd: join(aside, 'root') })[0];
  if (libraries === undefined) throw new Error('the newer client came without its loader');
  const loader = join(client, 'root', libraries);
  mkdirSync(join(aside, 'bin'));
  for (const program of PROGRAMS) {
    const script = join(aside, 'bin', program);
    const binary = join(client, 'root', 'usr/lib/postgresql', String(major), 'bin', program);
    // pg_dumpall looks for pg_dump beside its own name.
    writeFileSync(
      script,
      `#!/bin/sh\nexec '${loader}' --library-path '${join(loader, '..')}' --argv0 "$0" '${binary}' "$@"\n`,
    );
    chmodSync(script, 0o755);
  }
}

function run(command: string, ...args: string[]): void {
  const { status } = spawnSync(command, args, {
    stdio: ['ignore', 2, 2],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    timeout: INSTALL_LIMIT_MS,
  });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: exit code ${status}`);
}
