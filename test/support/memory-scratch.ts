import { accessSync, constants, readFileSync, statfsSync } from 'node:fs';

/** A file system in memory wherever Linux runs, open to every account: the servers of root run as another one. */
const MEMORY = '/dev/shm';
/** A whole run takes less than one. */
const LEAST_FREE_BYTES = 3 * 1024 ** 3;
/** Of the machine, with what browsers and workers need. */
const LEAST_AVAILABLE_BYTES = 5 * 1024 ** 3;

/**
 * Puts temporary files of this process and of those it starts into memory, where there is enough of it: the servers of the
 * tests. A database is some 300 files, and making and removing them on ext4 was half of the processor time of
 * test/postgres/checks.test.ts. Nothing here is about a loss of power: only processes are killed. Who sets TMPDIR keeps it.
 */
export function keepScratchInMemory(): void {
  if (process.platform !== 'linux' || process.env['TMPDIR'] !== undefined) return;
  if (freeBytes() >= LEAST_FREE_BYTES && availableBytes() >= LEAST_AVAILABLE_BYTES) {
    process.env['TMPDIR'] = MEMORY;
  }
}

/** Containers often have 64 MB there, some have none, and in some no program can be started from there. */
function freeBytes(): number {
  try {
    const mount = readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .map((line) => line.split(' '))
      .findLast(([, folder]) => folder === MEMORY);
    const [, , type, options = ''] = mount ?? [];
    if (type !== 'tmpfs' || options.split(',').includes('noexec')) return 0;
    accessSync(MEMORY, constants.W_OK);
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize;
  } catch {
    return 0;
  }
}

function availableBytes(): number {
  const [, kilobytes] = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8')) ?? [];
  return Number(kilobytes ?? 0) * 1024;
}
