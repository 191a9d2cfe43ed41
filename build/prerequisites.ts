import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { hasNewerClient, NEWER_CLIENT, obtainNewerClient } from './newer-client.ts';

/**
 * `npm test` begins here: what the tests drive and npm does not bring. As root on Debian it is installed; elsewhere the
 * command is printed and the tests go on: those that need something missing say so.
 */
interface Prerequisite {
  readonly debianPackage: string;
  readonly purpose: string;
  isHere(): boolean;
}

const PREREQUISITES: readonly Prerequisite[] = [
  {
    debianPackage: 'chromium',
    purpose: 'the pages',
    isHere: () => existsSync(process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium'),
  },
  {
    debianPackage: 'fonts-liberation',
    purpose: 'the pages',
    isHere: () => existsSync('/usr/share/fonts/truetype/liberation'),
  },
  {
    debianPackage: 'postgresql-client',
    purpose: 'pg_dump and psql',
    isHere: () => isProgram('pg_dump') && isProgram('psql'),
  },
  {
    debianPackage: 'pgbouncer',
    purpose: 'connecting through a pooler',
    isHere: () => isProgram('pgbouncer'),
  },
  {
    debianPackage: 'openssl',
    purpose: 'certificates of test servers',
    isHere: () => isProgram('openssl'),
  },
  {
    debianPackage: 'openssh-client',
    purpose: 'connecting through a tunnel',
    isHere: () => isProgram('ssh') && isProgram('ssh-agent'),
  },
  {
    debianPackage: 'openssh-server',
    purpose: 'connecting through a tunnel',
    isHere: () => isProgram('sshd'),
  },
  {
    debianPackage: 'postgresql-15-hypopg',
    purpose: 'index advice that is tried',
    isHere: () => existsSync('/usr/share/postgresql/15/extension/hypopg.control'),
  },
  {
    debianPackage: 'postgresql-15-cron',
    purpose: 'refreshes by pg_cron',
    isHere: () => existsSync('/usr/share/postgresql/15/extension/pg_cron.control'),
  },
];

const INSTALL_LIMIT_MS = 600_000;

const missing = PREREQUISITES.filter((prerequisite) => !prerequisite.isHere());
if (missing.length > 0) obtain(missing);
if (!hasNewerClient()) {
  console.log(`unpacking a PostgreSQL client ${NEWER_CLIENT.major} for the tests …`);
  if (!obtainNewerClient())
    console.log(
      `missing: a client ${NEWER_CLIENT.major}; on Debian 12 it is obtained. The tests go on without.`,
    );
}

function obtain(prerequisites: readonly Prerequisite[]): void {
  const packages = prerequisites.map((prerequisite) => prerequisite.debianPackage);
  if (process.getuid?.() !== 0 || !isProgram('apt-get')) return advise(prerequisites);
  console.log(`installing ${packages.join(', ')} for the tests …`);
  // Debian starts services on installation; the tests start their own.
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const run = (...args: string[]): void =>
    void spawnSync('apt-get', ['-qq', ...args], {
      stdio: ['ignore', 2, 2],
      env: environment,
      timeout: INSTALL_LIMIT_MS,
    });
  run('update');
  // One by one: a release that lacks one of them refuses them all otherwise.
  for (const name of packages) run('install', '-y', '--no-install-recommends', name);
  const stillMissing = prerequisites.filter((prerequisite) => !prerequisite.isHere());
  if (stillMissing.length > 0) advise(stillMissing);
}

function advise(prerequisites: readonly Prerequisite[]): void {
  const packages = prerequisites.map((prerequisite) => prerequisite.debianPackage);
  for (const { debianPackage, purpose } of prerequisites)
    console.log(`missing: ${debianPackage} (for ${purpose})`);
  console.log(`On Debian or Ubuntu: sudo apt-get update && sudo apt-get install -y ${packages.join(' ')}`);
  console.log(
    'Elsewhere: install them your way; CHROMIUM_PATH names another Chromium. The tests go on without.',
  );
}

/** Also where services live, which is not on everybody's PATH. */
function isProgram(name: string): boolean {
  const dirs = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/sbin'];
  return dirs.some((dir) => dir !== '' && existsSync(join(dir, name)));
}
