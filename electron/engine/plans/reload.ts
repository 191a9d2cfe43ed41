import { setTimeout as delay } from 'node:timers/promises';
import type { WriteSession } from '#engine/postgres/write-session.ts';

/** The server's processes read their files on a signal, a moment after it was sent: what is true is read after that. */
export async function untilReloaded(session: WriteSession, before: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < MOST_RELOAD_MS; waitedMs += RELOAD_LOOK_MS) {
    if ((await loadTime(session)) !== before) return;
    await delay(RELOAD_LOOK_MS);
  }
}

/** When the server last read them, as it says. */
export async function loadTime(session: WriteSession): Promise<string> {
  const [[at] = []] = await session.rows('SELECT pg_catalog.pg_conf_load_time()::pg_catalog.text');
  return String(at);
}

const RELOAD_LOOK_MS = 50;
const MOST_RELOAD_MS = 2_000;
