import { parentPort, workerData } from 'node:worker_threads';
import { follow } from './archive-growth.ts';
import type { FollowOrder, FollowReport } from './archive-follow.ts';
import { startSeal } from './seal.ts';

// The thread of `followDump`: its heap is small, so that the garbage of a gigabyte costs little, and the main thread, which
// a window or the pages of a browser wait for, does nothing but start it.

const { seal, written, ...file } = workerData as FollowOrder;
const isWritten = new Int32Array(written);
const report = (message: FollowReport): void => parentPort?.postMessage(message);

const following = follow(
  {
    ...file,
    isWritten: () => Atomics.load(isWritten, 0) === 1,
    onHead: (head) => report({ head }),
    onBytes: (bytes) => report({ bytes }),
  },
  startSeal(seal),
);
// No reason is told: whoever gets nothing has pg_restore decode the file, which says it better.
void following.catch(() => null).then((followed) => report({ followed }));
