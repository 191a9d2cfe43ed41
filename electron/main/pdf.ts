import { randomUUID } from 'node:crypto';
import { BrowserWindow, session } from 'electron';

const ADDRESS = 'app://print/';

/**
 * A page of ours as PDF, tagged for screen readers and with its headings as outline. It is shown to a window that nobody
 * sees, in a session of its own: without scripts, without a preload, and without any request but the one for the page.
 */
export async function renderPdf(html: string): Promise<Buffer> {
  const own = session.fromPartition(`print-${randomUUID()}`, { cache: false });
  own.webRequest.onBeforeRequest(({ url }, callback) => callback({ cancel: url !== ADDRESS }));
  own.setPermissionRequestHandler((_contents, _permission, callback) => callback(false));
  own.protocol.handle(
    'app',
    () =>
      new Response(html, {
        headers: {
          'Content-Type': 'text/html; charset=utf-8',
          'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
        },
      }),
  );
  const window = new BrowserWindow({
    show: false,
    webPreferences: {
      session: own,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      javascript: false,
      webSecurity: true,
      webviewTag: false,
      devTools: false,
    },
  });
  try {
    await window.loadURL(ADDRESS);
    return await window.webContents.printToPDF({
      pageSize: 'A4',
      printBackground: true,
      generateTaggedPDF: true,
      generateDocumentOutline: true,
    });
  } finally {
    window.destroy();
  }
}
