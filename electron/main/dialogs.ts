import { extname, join } from 'node:path';
import { app, BrowserWindow, dialog } from 'electron';

/** Where to save a file of that name; null = cancelled. */
export async function askForFile(fileName: string): Promise<string | null> {
  const extension = extname(fileName).slice(1);
  const options = {
    defaultPath: join(app.getPath('documents'), fileName),
    filters: [{ name: extension.toUpperCase(), extensions: [extension] }],
    properties: ['createDirectory' as const, 'showOverwriteConfirmation' as const],
  };
  const window = ownWindow();
  const { canceled, filePath } = await (window === undefined
    ? dialog.showSaveDialog(options)
    : dialog.showSaveDialog(window, options));
  return canceled || filePath === '' ? null : filePath;
}

const FOLDERS = {
  backups: { title: 'Folder for backups', buttonLabel: 'Keep backups here' },
  clients: { title: 'Folder of pg_dump and pg_restore', buttonLabel: 'Use these programs' },
  project: { title: 'Folder of your project', buttonLabel: 'Read its .env files' },
} as const;

/** A folder of this machine; null = cancelled. */
export async function askForFolder(purpose: keyof typeof FOLDERS): Promise<string | null> {
  const options = {
    ...FOLDERS[purpose],
    properties: ['openDirectory' as const, ...(purpose === 'backups' ? ['createDirectory' as const] : [])],
  };
  const window = ownWindow();
  const { canceled, filePaths } = await (window === undefined
    ? dialog.showOpenDialog(options)
    : dialog.showOpenDialog(window, options));
  return canceled ? null : (filePaths[0] ?? null);
}

/** Whether this computer shall run a command that prints a password: in words of ours, outside of the page. */
export async function askForCommand(command: string): Promise<boolean> {
  const options = {
    type: 'warning' as const,
    message: 'Run this command at each login?',
    detail: `PgVitals will run it on this computer, as you, and take what it prints for the password:\n\n${command}`,
    buttons: ['Cancel', 'Run it at each login'],
    defaultId: 0,
    cancelId: 0,
    noLink: true,
  };
  const window = ownWindow();
  const { response } = await (window === undefined
    ? dialog.showMessageBox(options)
    : dialog.showMessageBox(window, options));
  return response === 1;
}

/** The one that asks: its dialog belongs to it. */
function ownWindow(): BrowserWindow | undefined {
  return BrowserWindow.getFocusedWindow() ?? BrowserWindow.getAllWindows()[0];
}
