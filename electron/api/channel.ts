import { RPCHandler } from '@orpc/server/websocket';
import type { ApiContext } from './base.ts';
import { createRouter } from './router.ts';

/** Requests are small; a frame above this is no request of ours. */
export const MAX_FRAME_BYTES = 1_048_576;
/** A page asks for a handful of things at once; hundreds mean a loop or an attack. */
const MAX_RUNNING_REQUESTS = 256;

export interface Channel {
  /** One frame from the peer, whatever it may be. Never throws and never rejects. */
  receive(frame: unknown): void;
  /** The peer is gone: aborts what runs for it. */
  close(): void;
}

export interface ChannelPeer {
  /** Resolves when the frame is on its way, so that a slow reader slows the stream down. */
  send(frame: string | ArrayBufferLike | ArrayBufferView): Promise<void>;
  /** The peer broke the protocol: drop it. */
  refuse(reason: string): void;
}

/**
 * Serves the contract on anything that carries frames: the same bytes travel over a MessagePort and a WebSocket.
 * oRPC's own `upgrade()` drops the promise of every frame, so that one malformed frame becomes an unhandled rejection
 * and ends the process; here it ends the peer.
 */
export function createChannelServer(context: ApiContext): (peer: ChannelPeer) => Channel {
  const handler = new RPCHandler(createRouter());
  return (peer) => {
    let isOpen = true;
    let running = 0;
    const socket = {
      addEventListener: () => undefined,
      // A frame for a peer that has left is nobody's error.
      send: (frame: string | ArrayBufferLike | Blob | ArrayBufferView) =>
        isOpen && !(frame instanceof Blob) ? peer.send(frame) : Promise.resolve(),
    };
    const close = () => {
      isOpen = false;
      handler.close(socket);
    };
    const refuse = (reason: string) => {
      if (!isOpen) return;
      close();
      context.engine.host.log('warning', `a page was cut off: ${reason}`);
      peer.refuse(reason);
    };
    const receive = (frame: unknown) => {
      if (!isOpen) return;
      const payload = asPayload(frame);
      if (payload === null) return refuse('not a frame');
      if (running >= MAX_RUNNING_REQUESTS) return refuse('too many requests at once');
      running += 1;
      handler
        .message(socket, payload, { context })
        // Only the kind of the error: its message quotes the frame, and with it perhaps a password.
        .catch((error: unknown) =>
          refuse(`malformed frame (${error instanceof Error ? error.name : 'unknown'})`),
        )
        .finally(() => {
          running -= 1;
        });
    };
    return { receive, close };
  };
}

function asPayload(frame: unknown): string | ArrayBuffer | null {
  if (typeof frame === 'string') return Buffer.byteLength(frame) <= MAX_FRAME_BYTES ? frame : null;
  if (frame instanceof ArrayBuffer) return frame.byteLength <= MAX_FRAME_BYTES ? frame : null;
  if (ArrayBuffer.isView(frame) && frame.byteLength <= MAX_FRAME_BYTES)
    return Uint8Array.from(bytesOf(frame)).buffer;
  return null;
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}
