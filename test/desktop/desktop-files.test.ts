import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Host } from '#engine/host.ts';
import { createDesktopHost } from '../../electron/main/desktop-host.ts';
import { useDesk } from './desk.ts';
import { app, BrowserWindow, dialog, session, shell } from './fake-electron.ts';

const desk = useDesk();
let host: Host;
beforeEach(async () => {
  await desk.start();
  host = await createDesktopHost();
});

describe('a page as PDF', () => {
  const html = '<!doctype html><h1>Recovery plan</h1>';
  const printer = (): BrowserWindow | undefined => made.at(-1);
  let made: BrowserWindow[];
  beforeEach(() => {
    made = [];
    app.on('web-contents-created', () => made.push(...BrowserWindow.windows.slice(-1)));
  });

  it('is tagged, private, and printed by a window that nobody sees and that is gone afterwards', async () => {
    const path = join(desk.base, 'plan.pdf');
    dialog.answer = { canceled: false, filePath: path };
    expect(await host.savePdf?.({ fileName: 'plan.pdf', html })).toBe(path);
    expect(dialog.asked[0]).toMatchObject({
      defaultPath: path,
      filters: [{ name: 'PDF', extensions: ['pdf'] }],
    });
    expect(await readFile(path, 'utf8')).toBe(`%PDF-1.7\n${html}`);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(printer()?.options).toMatchObject({
      show: false,
      webPreferences: { sandbox: true, contextIsolation: true, nodeIntegration: false, javascript: false },
    });
    expect(printer()?.options.webPreferences).not.toHaveProperty('preload');
    expect(printer()?.webContents.printed).toEqual([
      expect.objectContaining({ generateTaggedPDF: true, generateDocumentOutline: true }),
    ]);
    expect(printer()?.isDestroyed()).toBe(true);
    expect(BrowserWindow.windows).toHaveLength(1);
  });

  it('asks for nothing but itself, in a session of its own', async () => {
    dialog.answer = { canceled: false, filePath: join(desk.base, 'plan.pdf') };
    await host.savePdf?.({ fileName: 'plan.pdf', html });
    const own = printer()?.webContents.session;
    expect(own).not.toBe(session.defaultSession);
    for (const url of ['https://example.org/', 'app://pgvitals/index.html', 'app://print/other'])
      await expect(own?.request(url), url).rejects.toThrow('BLOCKED');
    const page = await own?.request('app://print/');
    expect(page?.headers.get('content-security-policy')).toMatch(/^default-src 'none'/);
  });

  it('opens no window where the user cancels, and leaves none behind where the place cannot be written to', async () => {
    expect(await host.savePdf?.({ fileName: 'plan.pdf', html })).toBeNull();
    expect(made).toEqual([]);
    dialog.answer = { canceled: false, filePath: join(desk.base, 'missing', 'plan.pdf') };
    await expect(host.savePdf?.({ fileName: 'plan.pdf', html })).rejects.toMatchObject({
      code: 'FILE_NOT_WRITABLE',
    });
    expect(BrowserWindow.windows).toHaveLength(1);
  });
});

describe('folders', () => {
  it('are chosen by the user, who may think better of it', async () => {
    expect(await host.folders?.choose('backups')).toBeNull();
    expect(dialog.askedForFolder[0]?.properties).toEqual(['openDirectory', 'createDirectory']);
    dialog.folder = { canceled: false, filePaths: [desk.base] };
    expect(await host.folders?.choose('backups')).toBe(desk.base);
  });

  it('are shown by the system, whose refusal is passed on with the path', async () => {
    await host.folders?.show(desk.base);
    expect(shell.opened).toEqual([desk.base]);
    shell.problem = 'No application is registered';
    await expect(host.folders?.show(desk.base)).rejects.toMatchObject({
      code: 'FILE_NOT_READABLE',
      nextStep: `Open it yourself: ${desk.base}`,
    });
  });
});

describe('a command for a password', () => {
  it('is shown whole, and runs only where the user says so; Enter and Escape say no', async () => {
    expect(await host.confirmCommand?.('print-token --all')).toBe(false);
    expect(dialog.messages[0]).toMatchObject({ defaultId: 0, cancelId: 0 });
    expect(dialog.messages[0]?.detail).toContain('print-token --all');
    dialog.button = 1;
    expect(await host.confirmCommand?.('print-token')).toBe(true);
  });
});
