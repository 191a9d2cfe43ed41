/** Where the renderer lives in the desktop app. */
export const APP_SCHEME = 'app';
export const APP_HOST = 'pgvitals';
export const APP_ORIGIN = `${APP_SCHEME}://${APP_HOST}`;
export const APP_PAGE = `${APP_ORIGIN}/`;

/** True for URLs of our own bundle; everything else is foreign, also `app://` with another host, port or user. */
export function isAppUrl(url: string): boolean {
  const parsed = URL.parse(url);
  // `URL.origin` is "null" for a scheme that Node does not know, so the parts are compared one by one.
  return (
    parsed !== null &&
    parsed.protocol === `${APP_SCHEME}:` &&
    parsed.host === APP_HOST &&
    parsed.username === '' &&
    parsed.password === ''
  );
}

/** True for the one page there is; its hash is the route. */
export function isAppPage(url: string): boolean {
  return isAppUrl(url) && ['/', '/index.html'].includes(URL.parse(url)?.pathname ?? '');
}

/** The frame that may have the port: the top one, showing our page, as the browser process knows it. */
export function isTrustedFrame(frame: TrustedFrameFacts | null): boolean {
  return frame !== null && frame.parent === null && frame.origin === APP_ORIGIN && isAppPage(frame.url);
}

export interface TrustedFrameFacts {
  readonly parent: object | null;
  readonly origin: string;
  readonly url: string;
}
