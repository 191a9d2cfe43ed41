import { MessageChannelMain, type WebContents } from 'electron';
import type { Channel, ChannelPeer } from '#api/channel.ts';
import { isTrustedFrame } from './app-page.ts';

/** The message with which the port travels: main → preload → page. */
export const PORT_MESSAGE = 'pgvitals-port';

/**
 * Gives the page one port to the engine each time it has loaded, and takes it away when the page goes.
 * Only the top frame of our own page gets one: a port is full power over the open connections.
 */
export function handOverPorts(contents: WebContents, openChannel: (peer: ChannelPeer) => Channel): void {
  let closePort = () => undefined as void;
  const close = () => {
    closePort();
    closePort = () => undefined;
  };
  contents.on('did-finish-load', () => {
    close();
    const frame = contents.mainFrame;
    if (!isTrustedFrame(frame)) return;
    const { port1: ours, port2: theirs } = new MessageChannelMain();
    const channel = openChannel({
      send: async (bytes) => ours.postMessage(bytes),
      refuse: () => ours.close(),
    });
    ours.on('message', (event) => channel.receive(event.data));
    ours.on('close', () => channel.close());
    ours.start();
    frame.postMessage(PORT_MESSAGE, null, [theirs]);
    closePort = () => {
      channel.close();
      ours.close();
    };
  });
  contents.on('did-start-navigation', (event) => {
    if (event.isMainFrame && !event.isSameDocument) close();
  });
  contents.on('render-process-gone', close);
  contents.on('destroyed', close);
}
