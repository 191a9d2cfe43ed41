import { writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { app, BrowserWindow, dialog, safeStorage } from 'electron';
import { EngineError } from '#engine/errors.ts';
import type { Host } from '#engine/host.ts';
import { formatLogLine } from '../hosts/log-line.ts';
import { openLogFile } from './log-file.ts';
import { openSecretStore } from './secret-store.ts';

/** What the engine gets from the desktop: the keychain, a save dialog and a log file. Call it once the app is ready. */
export async function createDesktopHost(): Promise<Host> {
  const writeLine = openLogFile(app.getPath('logs'));
  return {
    kind: 'desktop',
    toolVersion: app.getVersion(),
    dataDir: app.getPath('userData'),
    secrets: await openSecretStore(
      safeStorage,
      join(app.getPath('userData'), 'secrets.json'),
      process.platform,
    ),
    saveFile,
    folders: null,
    savePdf: null,
    log: (level, message) => writeLine(formatLogLine(level, message, new Date())),
  };
}

async function saveFile(file: { fileName: string; text: string }): Promise<string | null> {
  const extension = extname(file.fileName).slice(1);
  const options = {
    defaultPath: join(app.getPath('documents'), file.fileName),
    filters: [{ name: extension.toUpperCase(), extensions: [extension] }],
    properties: ['createDirectory' as const, 'showOverwriteConfirmation' as const],
  };
  const window = BrowserWindow.getFocusedWindow() ?? BrowserWindow.getAllWindows()[0];
  const { canceled, filePath } = await (window === undefined
    ? dialog.showSaveDialog(options)
    : dialog.showSaveDialog(window, options));
  if (canceled || filePath === '') return null;
  try {
    await writeFile(filePath, file.text, { mode: 0o600 });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
    throw new EngineError(
      'FILE_NOT_WRITABLE',
      `The file could not be written${code}: ${filePath}`,
      'Choose another place.',
      {
        cause,
      },
    );
  }
  return filePath;
}
