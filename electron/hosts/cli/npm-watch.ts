import { readFileSync } from 'node:fs';

const POLL_MS = 1000;

/**
 * Calls `onGone` when the npm that started us dies. npm passes Ctrl-C on, but when it is killed it cannot: without this
 * a demo server would run on with nobody to stop it. Started without npm, or where no ancestry can be read, it does
 * nothing: a plain background job must survive the shell that started it. Returns how to stop watching.
 */
export function watchNpm(environment: NodeJS.ProcessEnv, onGone: () => void): () => void {
  const npm = environment['npm_execpath'] === undefined ? null : findNpm();
  if (npm === null) return () => undefined;
  const timer = setInterval(() => {
    if (readProcess(npm.pid)?.startTicks === npm.startTicks) return;
    clearInterval(timer);
    onGone();
  }, POLL_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** npm runs `sh -c`, which runs us, perhaps with one more node between. */
function findNpm(): { pid: number; startTicks: string } | null {
  let pid = process.ppid;
  for (let step = 0; step < 4 && pid > 1; step += 1) {
    const found = readProcess(pid);
    if (!found) return null;
    if (found.name.startsWith('npm')) return { pid, startTicks: found.startTicks };
    pid = found.parentPid;
  }
  return null;
}

/** proc(5): "pid (name) state ppid …", start time in field 22. The name may hold spaces and parentheses. */
function readProcess(pid: number): { name: string; parentPid: number; startTicks: string } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const end = stat.lastIndexOf(')');
    const fields = stat.slice(end + 2).split(' ');
    // A zombie is dead: whoever should reap it has not come by yet.
    if (fields[0] === 'Z') return null;
    return {
      name: stat.slice(stat.indexOf('(') + 1, end),
      parentPid: Number(fields[1]),
      startTicks: fields[19] ?? '',
    };
  } catch {
    return null;
  }
}
