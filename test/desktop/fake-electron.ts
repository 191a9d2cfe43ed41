import { EventEmitter } from 'node:events';
import type * as Electron from 'electron';
import { FakeContents, FakeMessageChannelMain, FakeSession } from './fake-contents.ts';

/**
 * Stands in for the module `electron`, whose binary tests do not have (vitest.config.ts puts it in its place). Each
 * piece is checked against Electron's own types; what the app relies on is modelled, and using the API at a moment at
 * which Electron refuses it fails here too.
 */
class FakeApp extends EventEmitter {
  readonly paths: Record<string, string> = {};
  readonly calls: string[] = [];
  readonly exitCodes: number[] = [];
  isPackaged = false;
  hasLock = true;
  isReady = false;
  #ready = Promise.withResolvers<void>();

  enableSandbox(): void {
    if (this.isReady) throw new Error('app.enableSandbox() can only be called before app is ready');
    this.calls.push('enableSandbox');
  }
  requestSingleInstanceLock(): boolean {
    this.calls.push('requestSingleInstanceLock');
    return this.hasLock;
  }
  whenReady(): Promise<void> {
    return this.#ready.promise;
  }
  becomeReady(): void {
    this.isReady = true;
    this.#ready.resolve();
  }
  getPath(name: string): string {
    const path = this.paths[name];
    if (path === undefined) throw new Error(`Failed to get '${name}' path`);
    return path;
  }
  getVersion(): string {
    return '0.0.0-test';
  }
  isQuitting = false;
  /** Closes the windows, then asks `will-quit`; an app that prevents it goes on until `exit`. */
  quit(): void {
    this.calls.push('quit');
    this.isQuitting = true;
    for (const window of BrowserWindow.getAllWindows()) window.close();
    let isPrevented = false;
    this.emit('will-quit', { preventDefault: () => (isPrevented = true) });
    if (!isPrevented) this.exit(0);
  }
  exit(code = 0): void {
    this.exitCodes.push(code);
  }
  reset(): void {
    this.removeAllListeners();
    this.calls.length = 0;
    this.exitCodes.length = 0;
    this.isPackaged = false;
    this.hasLock = true;
    this.isReady = false;
    this.isQuitting = false;
    this.#ready = Promise.withResolvers<void>();
  }
}

export const app = new FakeApp() satisfies Pick<
  Electron.App,
  | 'enableSandbox'
  | 'requestSingleInstanceLock'
  | 'whenReady'
  | 'getPath'
  | 'getVersion'
  | 'quit'
  | 'exit'
  | 'isPackaged'
>;

class FakeProtocol implements Pick<Electron.Protocol, 'registerSchemesAsPrivileged'> {
  readonly privileged: Electron.CustomScheme[] = [];
  registerSchemesAsPrivileged(schemes: Electron.CustomScheme[]): void {
    if (app.isReady)
      throw new Error('protocol.registerSchemesAsPrivileged should be called before app is ready');
    this.privileged.push(...schemes);
  }
}
export const protocol = new FakeProtocol();

export const session = {
  defaultSession: new FakeSession(),
  partitions: new Map<string, FakeSession>(),
  /** The same one for the same name, as long as the app runs. */
  fromPartition(partition: string): FakeSession {
    if (!app.isReady) throw new Error('Session can only be received when app is ready');
    const known = this.partitions.get(partition) ?? new FakeSession();
    this.partitions.set(partition, known);
    return known;
  },
};

export class BrowserWindow
  extends EventEmitter
  implements
    Pick<
      Electron.BrowserWindow,
      | 'loadURL'
      | 'show'
      | 'maximize'
      | 'isMaximized'
      | 'isMinimized'
      | 'restore'
      | 'focus'
      | 'isDestroyed'
      | 'destroy'
      | 'getNormalBounds'
    >
{
  static windows: BrowserWindow[] = [];
  static getAllWindows(): BrowserWindow[] {
    return BrowserWindow.windows;
  }
  static getFocusedWindow(): BrowserWindow | null {
    return BrowserWindow.windows[0] ?? null;
  }

  readonly options: Electron.BrowserWindowConstructorOptions;
  readonly webContents: FakeContents;
  readonly calls: string[] = [];
  minimized = false;
  maximized = false;
  bounds: Electron.Rectangle;

  constructor(options: Electron.BrowserWindowConstructorOptions) {
    super();
    if (!app.isReady) throw new Error('Cannot create BrowserWindow before app is ready');
    this.options = options;
    const own: unknown = options.webPreferences?.session;
    this.webContents = new FakeContents(own instanceof FakeSession ? own : session.defaultSession);
    this.bounds = {
      x: options.x ?? 10,
      y: options.y ?? 20,
      width: options.width ?? 800,
      height: options.height ?? 600,
    };
    BrowserWindow.windows.push(this);
    app.emit('web-contents-created', {}, this.webContents);
  }

  loadURL(url: string): Promise<void> {
    return this.webContents.loadURL(url);
  }
  show(): void {
    this.calls.push('show');
  }
  focus(): void {
    this.calls.push('focus');
  }
  maximize(): void {
    this.maximized = true;
  }
  isMaximized(): boolean {
    return this.maximized;
  }
  isMinimized(): boolean {
    return this.minimized;
  }
  restore(): void {
    this.minimized = false;
  }
  isDestroyed(): boolean {
    return !BrowserWindow.windows.includes(this);
  }
  getNormalBounds(): Electron.Rectangle {
    return this.bounds;
  }
  /** As Electron does it: `close`, the contents go, `closed`, and after the last `window-all-closed` unless quitting. */
  close(): void {
    if (this.isDestroyed()) return;
    this.emit('close', {});
    this.destroy();
  }
  /** The same without asking. */
  destroy(): void {
    if (this.isDestroyed()) return;
    BrowserWindow.windows = BrowserWindow.windows.filter((window) => window !== this);
    this.webContents.emit('destroyed');
    this.emit('closed');
    if (BrowserWindow.windows.length === 0 && !app.isQuitting) app.emit('window-all-closed');
  }
}

class FakeDialog implements Pick<Electron.Dialog, 'showSaveDialog' | 'showOpenDialog' | 'showMessageBox'> {
  answer: Electron.SaveDialogReturnValue = { canceled: true, filePath: '' };
  readonly asked: Electron.SaveDialogOptions[] = [];
  async showSaveDialog(
    first: Electron.BaseWindow | Electron.SaveDialogOptions,
    second?: Electron.SaveDialogOptions,
  ): Promise<Electron.SaveDialogReturnValue> {
    this.asked.push(second ?? (first as Electron.SaveDialogOptions));
    return this.answer;
  }
  folder: Electron.OpenDialogReturnValue = { canceled: true, filePaths: [] };
  readonly askedForFolder: Electron.OpenDialogOptions[] = [];
  async showOpenDialog(
    first: Electron.BaseWindow | Electron.OpenDialogOptions,
    second?: Electron.OpenDialogOptions,
  ): Promise<Electron.OpenDialogReturnValue> {
    this.askedForFolder.push(second ?? (first as Electron.OpenDialogOptions));
    return this.folder;
  }
  /** The button that is pressed; 0 = the first. */
  button = 0;
  readonly messages: Electron.MessageBoxOptions[] = [];
  async showMessageBox(
    first: Electron.BaseWindow | Electron.MessageBoxOptions,
    second?: Electron.MessageBoxOptions,
  ): Promise<Electron.MessageBoxReturnValue> {
    this.messages.push(second ?? (first as Electron.MessageBoxOptions));
    return { response: this.button, checkboxChecked: false };
  }
}
export const dialog = new FakeDialog();

class FakeShell implements Pick<Electron.Shell, 'openPath'> {
  readonly opened: string[] = [];
  /** What the system answers; empty = it was opened. */
  problem = '';
  async openPath(path: string): Promise<string> {
    this.opened.push(path);
    return this.problem;
  }
}
export const shell = new FakeShell();

type AsyncSafeStorage = Pick<
  Electron.SafeStorage,
  'isAsyncEncryptionAvailable' | 'encryptStringAsync' | 'decryptStringAsync' | 'getSelectedStorageBackend'
>;

/** "Encrypts" by turning each byte over: unreadable in the file, and reversible here. */
class FakeSafeStorage implements AsyncSafeStorage {
  backend: ReturnType<AsyncSafeStorage['getSelectedStorageBackend']> = 'gnome_libsecret';
  isAvailable = true;
  keyIsOld = false;
  async isAsyncEncryptionAvailable(): Promise<boolean> {
    return this.isAvailable;
  }
  async encryptStringAsync(plainText: string): Promise<Buffer> {
    if (!this.isAvailable) throw new Error('Encryption is not available');
    return Buffer.from(Buffer.from(plainText).map((byte) => byte ^ 0xff));
  }
  async decryptStringAsync(encrypted: Buffer): Promise<Electron.DecryptStringAsyncReturnValue> {
    const result = Buffer.from(encrypted.map((byte) => byte ^ 0xff)).toString();
    return { result, shouldReEncrypt: this.keyIsOld };
  }
  getSelectedStorageBackend(): ReturnType<AsyncSafeStorage['getSelectedStorageBackend']> {
    return this.backend;
  }
}
export const safeStorage = new FakeSafeStorage();

export const screen = {
  displays: [{ x: 0, y: 0, width: 1920, height: 1080 }] as Electron.Rectangle[],
  getAllDisplays(): Pick<Electron.Display, 'workArea'>[] {
    return this.displays.map((workArea) => ({ workArea }));
  },
};

export const Menu = {
  current: null as Electron.MenuItemConstructorOptions[] | null,
  buildFromTemplate: (template: Electron.MenuItemConstructorOptions[]) => template,
  setApplicationMenu(menu: Electron.MenuItemConstructorOptions[]): void {
    this.current = menu;
  },
};

/** The renderer side, for the preload: `frame.delivered` is passed on by the test. */
export const ipcRenderer = new EventEmitter();

export const MessageChannelMain = FakeMessageChannelMain;

export function resetFakeElectron(paths: Record<string, string>): void {
  app.reset();
  Object.assign(app.paths, paths);
  protocol.privileged.length = 0;
  session.defaultSession = new FakeSession();
  session.partitions.clear();
  BrowserWindow.windows = [];
  dialog.answer = { canceled: true, filePath: '' };
  dialog.asked.length = 0;
  dialog.folder = { canceled: true, filePaths: [] };
  dialog.askedForFolder.length = 0;
  dialog.button = 0;
  dialog.messages.length = 0;
  shell.opened.length = 0;
  shell.problem = '';
  Object.assign(safeStorage, { backend: 'gnome_libsecret', isAvailable: true, keyIsOld: false });
  Menu.current = null;
  ipcRenderer.removeAllListeners();
}
