import { EventEmitter } from 'node:events';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type * as Electron from 'electron';

type BeforeRequest = (
  details: Pick<Electron.OnBeforeRequestListenerDetails, 'url' | 'method'>,
  callback: (response: Electron.CallbackResponse) => void,
) => void;

/**
 * The part of Electron that shows pages: sessions, frames, contents and ports. Behaves as documented where the app
 * relies on it: `loadURL` does not ask `will-navigate`, pages do; the first answer of `webRequest` decides; ports queue
 * until `start()`; a transferred port is dead for its sender.
 */
export class FakeSession extends EventEmitter {
  readonly handlers = new Map<string, (request: Request) => Response | Promise<Response>>();
  #beforeRequest: BeforeRequest | null = null;
  permissionRequest: Parameters<Electron.Session['setPermissionRequestHandler']>[0] = null;
  permissionCheck: Parameters<Electron.Session['setPermissionCheckHandler']>[0] = null;
  devicePermission: Parameters<Electron.Session['setDevicePermissionHandler']>[0] = null;
  displayMedia: Parameters<Electron.Session['setDisplayMediaRequestHandler']>[0] = null;

  readonly protocol = {
    handle: (scheme: string, handler: (request: Request) => Response | Promise<Response>) => {
      if (this.handlers.has(scheme)) throw new Error(`The scheme has been registered`);
      this.handlers.set(scheme, handler);
    },
  } satisfies Pick<Electron.Protocol, 'handle'>;

  readonly webRequest = {
    onBeforeRequest: (listener: BeforeRequest) => {
      this.#beforeRequest = listener;
    },
  };

  setPermissionRequestHandler(handler: typeof this.permissionRequest): void {
    this.permissionRequest = handler;
  }
  setPermissionCheckHandler(handler: typeof this.permissionCheck): void {
    this.permissionCheck = handler;
  }
  setDevicePermissionHandler(handler: typeof this.devicePermission): void {
    this.devicePermission = handler;
  }
  setDisplayMediaRequestHandler(handler: typeof this.displayMedia): void {
    this.displayMedia = handler;
  }

  /** What a page's request meets: webRequest first, then the handler of the scheme. */
  async request(url: string, method = 'GET'): Promise<Response> {
    const ask = this.#beforeRequest;
    if (ask !== null) {
      const isCancelled = await new Promise<boolean>((resolve) => {
        ask({ url, method }, (response) => resolve(response.cancel === true));
      });
      if (isCancelled) throw new Error('net::ERR_BLOCKED_BY_CLIENT');
    }
    const handler = this.handlers.get(new URL(url).protocol.replace(':', ''));
    if (handler === undefined) throw new Error('net::ERR_UNKNOWN_URL_SCHEME');
    return handler(new Request(url, { method }));
  }
}

export class FakePortMain
  extends EventEmitter
  implements Pick<Electron.MessagePortMain, 'postMessage' | 'start' | 'close'>
{
  #port: MessagePort | null;

  constructor(port: MessagePort) {
    super();
    this.#port = port;
    port.on('close', () => this.emit('close'));
  }

  postMessage(message: unknown): void {
    this.#port?.postMessage(message);
  }

  start(): void {
    this.#port?.on('message', (data: unknown) => this.emit('message', { data, ports: [] }));
  }

  close(): void {
    this.#port?.close();
  }

  /** Gives the port away, as `postMessage(…, [port])` does. */
  transfer(): MessagePort {
    const port = this.#port;
    if (port === null) throw new Error('Port at index 0 is already neutered');
    port.removeAllListeners();
    this.#port = null;
    return port;
  }
}

export class FakeMessageChannelMain {
  readonly port1: FakePortMain;
  readonly port2: FakePortMain;

  constructor() {
    const { port1, port2 } = new MessageChannel();
    this.port1 = new FakePortMain(port1);
    this.port2 = new FakePortMain(port2);
  }
}

export interface DeliveredPort {
  readonly channel: string;
  readonly message: unknown;
  readonly ports: readonly MessagePort[];
}

export class FakeFrame implements Pick<Electron.WebFrameMain, 'postMessage'> {
  readonly delivered: DeliveredPort[] = [];
  url = '';
  readonly parent: FakeFrame | null;

  constructor(parent: FakeFrame | null = null) {
    this.parent = parent;
  }

  get origin(): string {
    const url = URL.parse(this.url);
    // `app:` is registered as a standard scheme, so it has a real origin; a data: page has none.
    return url === null || url.host === '' ? 'null' : `${url.protocol}//${url.host}`;
  }

  postMessage(channel: string, message: unknown, transfer: readonly object[] = []): void {
    const ports = transfer.map((port) => {
      if (!(port instanceof FakePortMain)) throw new TypeError('Invalid value for transfer');
      return port.transfer();
    });
    this.delivered.push({ channel, message, ports });
  }
}

type WindowOpenHandler = (details: Electron.HandlerDetails) => Electron.WindowOpenHandlerResponse;

export class FakeContents
  extends EventEmitter
  implements
    Pick<
      Electron.WebContents,
      'loadURL' | 'printToPDF' | 'reload' | 'sendInputEvent' | 'setWindowOpenHandler'
    >
{
  mainFrame = new FakeFrame();
  readonly session: FakeSession;
  readonly input: unknown[] = [];
  readonly loaded: string[] = [];
  /** How each page was asked to be printed. */
  readonly printed: Electron.PrintToPDFOptions[] = [];
  #windowOpen: WindowOpenHandler | null = null;

  constructor(session: FakeSession) {
    super();
    this.session = session;
  }

  async loadURL(url: string): Promise<void> {
    await this.#show(url);
  }

  /** A file with the magic of PDF and what the page was made of. */
  async printToPDF(options: Electron.PrintToPDFOptions): Promise<Buffer> {
    if (this.mainFrame.url === '') throw new Error('Printing failed: there is no page');
    this.printed.push(options);
    const page = await this.session.request(this.mainFrame.url);
    return Buffer.from(`%PDF-1.7\n${await page.text()}`);
  }

  reload(): void {
    void this.#show(this.mainFrame.url);
  }

  sendInputEvent(event: object): void {
    this.input.push(event);
  }

  setWindowOpenHandler(handler: WindowOpenHandler): void {
    this.#windowOpen = handler;
  }

  /** The page sets `location`, a link is clicked, or something is dropped. Resolves with what happened. */
  async navigateFromPage(url: string, frame: FakeFrame = this.mainFrame): Promise<'blocked' | 'shown'> {
    const isMainFrame = frame === this.mainFrame;
    const params = { url, isSameDocument: false, isMainFrame, frame: null };
    if (this.#isPrevented('will-frame-navigate', params)) return 'blocked';
    if (isMainFrame && this.#isPrevented('will-navigate', params)) return 'blocked';
    await this.#show(url, frame);
    return 'shown';
  }

  redirect(url: string): 'blocked' | 'shown' {
    const params = { url, isSameDocument: false, isMainFrame: true, frame: null };
    return this.#isPrevented('will-redirect', params) ? 'blocked' : 'shown';
  }

  attachWebview(): 'blocked' | 'shown' {
    return this.#isPrevented('will-attach-webview', {}) ? 'blocked' : 'shown';
  }

  /** Without a handler Electron opens the window. */
  openWindow(url: string): 'allow' | 'deny' {
    const details = { url, frameName: '', features: '', disposition: 'foreground-tab' as const };
    const referrer = { url: this.mainFrame.url, policy: 'default' as const };
    return this.#windowOpen?.({ ...details, referrer }).action ?? 'allow';
  }

  changeHash(hash: string): void {
    this.mainFrame.url = `${this.mainFrame.url.split('#')[0]}${hash}`;
    this.emit('did-start-navigation', { url: this.mainFrame.url, isSameDocument: true, isMainFrame: true });
  }

  crash(reason: Electron.RenderProcessGoneDetails['reason'] = 'crashed'): void {
    const details: Electron.RenderProcessGoneDetails = { reason, exitCode: 139 };
    this.emit('render-process-gone', {}, details);
  }

  async #show(url: string, frame: FakeFrame = this.mainFrame): Promise<void> {
    const isMainFrame = frame === this.mainFrame;
    this.emit('did-start-navigation', { url, isSameDocument: false, isMainFrame });
    const response = await this.session.request(url.split('#')[0] ?? url);
    frame.url = url;
    if (!isMainFrame) return;
    this.loaded.push(url);
    if (response.ok) this.emit('did-finish-load');
  }

  #isPrevented(event: string, params: object): boolean {
    let isPrevented = false;
    this.emit(event, { ...params, preventDefault: () => (isPrevented = true) }, {});
    return isPrevented;
  }
}
