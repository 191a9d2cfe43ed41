import { protocol, type Session } from 'electron';
import { readRendererFile, securityHeaders } from '../hosts/renderer-files.ts';
import { APP_SCHEME, isAppUrl } from './app-page.ts';

/** Before the app is ready: later calls are ignored by Electron. Without `standard`, 'self' in the CSP means nothing. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: APP_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

/** Serves the built renderer under `app://pgvitals/`, each answer with the security headers. */
export function serveApp(session: Pick<Session, 'protocol'>, rendererDir: string): void {
  session.protocol.handle(APP_SCHEME, async (request) => {
    const isOurs = isAppUrl(request.url) && (request.method === 'GET' || request.method === 'HEAD');
    const file = isOurs ? await readRendererFile(rendererDir, URL.parse(request.url)?.pathname ?? '') : null;
    return file === null
      ? new Response('Not found\n', { status: 404, headers: headers('text/plain; charset=utf-8') })
      : new Response(new Uint8Array(file.content), { status: 200, headers: headers(file.mediaType) });
  });
}

function headers(mediaType: string): Record<string, string> {
  return { ...securityHeaders(), 'Content-Type': mediaType };
}
