import { COMMENT_PREFIX, comment } from './read-only.ts';
import { encryptionAttempts, secureSocket } from './tls.ts';
import { openLink } from './transport.ts';
import { Deadline } from './abort.ts';
import { EngineError } from '../errors.ts';
import type { ConnectionFacts } from './connection.ts';
import { connectTarget, readingOf } from './connect.ts';
import { takeSeatNow } from './server-seats.ts';

/**
 * Ends the statement that a backend runs for us: through a control connection of its own, closed at once, or by a bare
 * CancelRequest where no slot is free for one. Resolves when the request was made, whatever it came to; never rejects.
 */
export async function cancelStatement(facts: ConnectionFacts, backendPid: number): Promise<void> {
  try {
    // Never waited for: it may be what frees the others.
    const seat = takeSeatNow(facts.target, readingOf(facts.target));
    if (seat === null) throw new Error('No connection is free.');
    const control = await connectTarget(facts.target, {
      seat,
      applicationName: 'pgvitals/control',
      totalTimeoutMs: CONTROL_TIMEOUT_MS,
    });
    try {
      // Only while it runs a statement of ours: behind a pooler the backend may serve somebody else by now.
      const sql = `${comment('cancel')}SELECT pg_catalog.pg_cancel_backend(pid) FROM pg_catalog.pg_stat_activity
        WHERE pid OPERATOR(pg_catalog.=) $1::pg_catalog.int4 AND state OPERATOR(pg_catalog.=) 'active'
          AND pg_catalog.starts_with(query, $2::pg_catalog.text)`;
      const [found = []] = await control.query(sql, [backendPid, `/* ${COMMENT_PREFIX}`], CONTROL_TIMEOUT_MS);
      // It has ended meanwhile, or the server does not track activities.
      if (found.length === 0) throw new Error('No statement of ours was seen.');
    } finally {
      await control.close();
    }
  } catch {
    await requestCancel(facts).catch(() => undefined);
  }
}

const CONTROL_TIMEOUT_MS = 5_000;

/** https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS */
async function requestCancel({ target, announcedPid, cancelKey, tls }: ConnectionFacts): Promise<void> {
  using deadline = new Deadline(undefined);
  deadline.limit(
    CONTROL_TIMEOUT_MS,
    () => new EngineError('CONNECTION_TIMEOUT', 'The cancel request takes too long.'),
  );
  const { signal } = deadline;
  const plain = await openLink(target, { timeoutMs: CONTROL_TIMEOUT_MS, signal });
  try {
    const encryption = tls === null ? 'never' : (encryptionAttempts(target).at(-1) ?? 'never');
    const { socket } = await secureSocket(plain, target, { encryption, signal });
    const packet = Buffer.alloc(16);
    packet.writeInt32BE(16, 0);
    packet.writeInt32BE(80_877_102, 4);
    packet.writeInt32BE(announcedPid, 8);
    packet.writeInt32BE(cancelKey, 12);
    // The server answers nothing and closes.
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.end(packet);
    socket.resume();
    await closed;
  } finally {
    plain.destroy();
  }
}
