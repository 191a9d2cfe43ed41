import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { descendantsOf } from './sshd.ts';

/** From /proc, again and again: the arguments of every process of this machine, and the environment of those below us. */
export interface ProcessWatch {
  stop(): Promise<{ readonly arguments: string; readonly environments: string }>;
}

/** `isKnown` leaves out the environment of a process that was given its secrets there, by us. */
export function watchProcesses(isKnown: (pid: number) => boolean = () => false): ProcessWatch {
  const seen = new Set<string>();
  const environments = new Set<string>();
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
      for (const pid of pids) seen.add(await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''));
      for (const pid of await descendantsOf(process.pid))
        if (!isKnown(pid)) environments.add(await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => ''));
      await delay(10);
    }
  })();
  return {
    stop: async () => {
      isOver = true;
      await watching;
      return { arguments: [...seen].join('\n'), environments: [...environments].join('\n') };
    },
  };
}
