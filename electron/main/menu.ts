import type { MenuItemConstructorOptions } from 'electron';

export interface MenuOptions {
  readonly isMac: boolean;
  readonly isPackaged: boolean;
  /** Presses a key in the page. */
  readonly press: (keys: PageKeys) => void;
}

export interface PageKeys {
  readonly keyCode: string;
  readonly modifiers: readonly ('control' | 'meta' | 'shift')[];
}

/**
 * The menu. What belongs to the page is done by pressing the page's own keys: so there is one implementation of each
 * action, the browser has the same keys, and the preload need not expose a command channel.
 */
export function menuTemplate({ isMac, isPackaged, press }: MenuOptions): MenuItemConstructorOptions[] {
  const command = (label: string, keyCode: string, shift = false): MenuItemConstructorOptions => ({
    label,
    accelerator: `CmdOrCtrl+${shift ? 'Shift+' : ''}${keyCode}`,
    // The page sees the real key; registering it too would run the action twice.
    registerAccelerator: false,
    click: () =>
      press({ keyCode, modifiers: [isMac ? 'meta' : 'control', ...(shift ? ['shift' as const] : [])] }),
  });
  const separator: MenuItemConstructorOptions = { type: 'separator' };
  const file: MenuItemConstructorOptions = {
    label: '&File',
    submenu: [command('Export Report…', 'E'), separator, { role: isMac ? 'close' : 'quit' }],
  };
  const edit: MenuItemConstructorOptions = {
    label: '&Edit',
    submenu: [
      { role: 'undo' },
      { role: 'redo' },
      separator,
      { role: 'cut' },
      { role: 'copy' },
      { role: 'paste' },
      { role: 'selectAll' },
      separator,
      command('Filter', 'F'),
    ],
  };
  const view: MenuItemConstructorOptions = {
    label: '&View',
    submenu: [
      command('Command Palette', 'K'),
      command('Audit Again', 'A', true),
      separator,
      { role: 'resetZoom' },
      { role: 'zoomIn' },
      { role: 'zoomOut' },
      separator,
      { role: 'togglefullscreen' },
      ...(isPackaged ? [] : [separator, { role: 'toggleDevTools' as const }]),
    ],
  };
  const help: MenuItemConstructorOptions = {
    role: 'help',
    submenu: [
      { label: 'Keyboard Shortcuts', click: () => press({ keyCode: '?', modifiers: ['shift'] }) },
      ...(isMac ? [] : [separator, { role: 'about' as const }]),
    ],
  };
  return [...(isMac ? [{ role: 'appMenu' as const }] : []), file, edit, view, { role: 'windowMenu' }, help];
}
