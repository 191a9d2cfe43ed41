import { ipcRenderer } from 'electron';

/** The three things of the page this file touches; the layer has no DOM types otherwise. */
declare const window: {
  readonly location: { readonly origin: string };
  readonly top: unknown;
  postMessage(message: string, targetOrigin: string, transfer: readonly object[]): void;
};

const APP_ORIGIN = 'app://pgvitals';
const PORT_MESSAGE = 'pgvitals-port';

// Forwards the port to our own page, and exposes nothing to it. Bound to the origin: a page that is not ours never
// sees it, even if the main process should err.
ipcRenderer.on(PORT_MESSAGE, (event) => {
  if (window.top !== window || window.location.origin !== APP_ORIGIN) return;
  window.postMessage(PORT_MESSAGE, APP_ORIGIN, [...event.ports]);
});
