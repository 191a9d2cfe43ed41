import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { app, safeStorage, shell } from 'electron';
import { EngineError } from '#engine/errors.ts';
import type { Host } from '#engine/host.ts';
import { formatLogLine } from '../hosts/log-line.ts';
import { askForCommand, askForFile, askForFolder } from './dialogs.ts';
import { openLogFile } from './log-file.ts';
import { renderPdf } from './pdf.ts';
import { openSecretStore } from './secret-store.ts';

/** What the engine gets from the desktop: the keychain, dialogs, paper and a log file. Call it once the app is ready. */
export async function createDesktopHost(): Promise<Host> {
  const writeLine = openLogFile(app.getPath('logs'));
  return {
    kind: 'desktop',
    toolVersion: app.getVersion(),
    dataDir: app.getPath('userData'),
    environment: { ...process.env },
    secrets: await openSecretStore(
      safeStorage,
      join(app.getPath('userData'), 'secrets.json'),
      process.platform,
    ),
    saveFile: async ({ fileName, text }) => {
      const path = await askForFile(fileName);
      if (path !== null) await write(path, text);
      return path;
    },
    confirmCommand: askForCommand,
    folders: { choose: askForFolder, show: showFolder },
    savePdf: async ({ fileName, html }) => {
      const path = await askForFile(fileName);
      if (path !== null) await write(path, await renderPdf(html));
      return path;
    },
    log: (level, message) => writeLine(formatLogLine(level, message, new Date())),
  };
}

/** For its owner alone: reports name servers and roles. */
async function write(path: string, content: string | Buffer): Promise<void> {
  try {
    await writeFile(path, content, { mode: 0o600 });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
    throw new EngineError(
      'FILE_NOT_WRITABLE',
      `The file could not be written${code}: ${path}`,
      'Choose another place.',
      { cause },
    );
  }
}

async function showFolder(path: string): Promise<void> {
  const problem = await shell.openPath(path);
  if (problem !== '')
    throw new EngineError(
      'FILE_NOT_READABLE',
      `The folder could not be shown: ${problem}`,
      `Open it yourself: ${path}`,
    );
}
