import type { Socket } from 'node:net';
import { MessageWatch } from './message-watch.ts';
import { recogniseServer } from './recognise.ts';

/**
 * Prepares a connected socket for pg. pg calls `connect` on its stream and parses inside the 'data' event; so `connect`
 * only reports the connection that is there, every chunk is looked at before pg sees it, and an exception of the
 * parser (a proxy that changed a byte, a hostile server) ends the connection instead of the process.
 */
export function guardSocket(
  socket: Socket,
  { onAnswer, onStrange }: { readonly onAnswer: () => void; readonly onStrange: (reason: string) => void },
): void {
  socket.connect = () => {
    process.nextTick(() => socket.emit('connect'));
    return socket;
  };
  const emit = socket.emit.bind(socket);
  const watch = new MessageWatch();
  let isFirst = true;
  socket.emit = (event: string | symbol, ...values: unknown[]): boolean => {
    const chunk = values[0];
    if (event !== 'data' || !Buffer.isBuffer(chunk)) return emit(event, ...values);
    // Bytes that were on their way when the connection was given up.
    if (socket.destroyed) return true;
    if (isFirst && !FIRST_MESSAGES.has(chunk[0] ?? 0)) {
      onStrange(recogniseServer(chunk));
      return true;
    }
    const broken = watch.inspect(chunk);
    if (broken !== null) {
      if (isFirst) onStrange(broken);
      socket.destroy(new Error(broken));
      return true;
    }
    if (isFirst) onAnswer();
    isFirst = false;
    try {
      return emit(event, ...values);
    } catch (error) {
      socket.destroy(error instanceof Error ? error : new Error('The protocol was broken.'));
      return true;
    }
  };
}

/** A server answers the startup message with Authentication, ErrorResponse or NoticeResponse. */
const FIRST_MESSAGES = new Set(Buffer.from('REN'));
