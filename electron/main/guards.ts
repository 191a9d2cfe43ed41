import type { Session, WebContents } from 'electron';
import { APP_ORIGIN, isAppPage, isAppUrl } from './app-page.ts';

/** The page may write to the clipboard on a click ("Copy SQL"), and nothing else of what browsers can grant. */
export function mayUse(permission: string, requestingUrl: string): boolean {
  return permission === 'clipboard-sanitized-write' && isAppUrl(requestingUrl);
}

/** The page loads its own files. Developer tools bring their own scheme, where they are enabled at all. */
export function mayRequest(url: string, isPackaged: boolean): boolean {
  return isAppUrl(url) || (!isPackaged && url.startsWith('devtools://'));
}

/** The page may reload itself after a crash of the engine; it has nowhere else to go. */
export function mayNavigate(url: string, isMainFrame: boolean): boolean {
  return isMainFrame && isAppPage(url);
}

/** Files that the page made itself; the user picks the place in Electron's dialog. */
export function mayDownload(url: string): boolean {
  return url.startsWith(`blob:${APP_ORIGIN}/`);
}

/** Guards of everything that shares the session: network, permissions, devices, capture, downloads. */
export function guardSession(session: Session, isPackaged: boolean): void {
  session.webRequest.onBeforeRequest((details, callback) => {
    callback({ cancel: !mayRequest(details.url, isPackaged) });
  });
  session.setPermissionRequestHandler((_contents, permission, callback, details) => {
    callback(mayUse(permission, details.requestingUrl));
  });
  session.setPermissionCheckHandler((_contents, permission, origin) => mayUse(permission, `${origin}/`));
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler((_request, callback) => callback(null));
  session.on('will-download', (event, item) => {
    if (!mayDownload(item.getURL())) event.preventDefault();
  });
}

/** Guards of one page: it stays where it is, opens no window and attaches no webview. */
export function guardContents(contents: WebContents): void {
  contents.on('will-navigate', (event) => {
    if (!mayNavigate(event.url, event.isMainFrame)) event.preventDefault();
  });
  contents.on('will-frame-navigate', (event) => {
    if (!mayNavigate(event.url, event.isMainFrame)) event.preventDefault();
  });
  contents.on('will-redirect', (event) => event.preventDefault());
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
}
