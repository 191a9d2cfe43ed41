import { readFile, realpath } from 'node:fs/promises';
import { extname, isAbsolute, join, relative, resolve, sep } from 'node:path';

/** What may be served, and as what. Everything else is "not found". */
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};

export interface RendererFile {
  readonly mediaType: string;
  readonly content: Buffer;
}

/** Reads one file of the built renderer for a URL path, or null: unknown kinds and anything outside do not exist. */
export async function readRendererFile(rendererDir: string, urlPath: string): Promise<RendererFile | null> {
  const path = resolveInside(rendererDir, urlPath);
  const mediaType = path === null ? undefined : MEDIA_TYPES[extname(path).toLowerCase()];
  if (path === null || mediaType === undefined) return null;
  try {
    // A link inside the bundle must not lead out of it.
    const [realDir, realFile] = await Promise.all([realpath(rendererDir), realpath(path)]);
    if (!isInside(realDir, realFile)) return null;
    return { mediaType, content: await readFile(realFile) };
  } catch {
    return null;
  }
}

/** The headers of every response, of the loopback host and of app:// alike. */
export function securityHeaders(): Readonly<Record<string, string>> {
  return {
    'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-store',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
  };
}

export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "object-src 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

/** Decodes once, refuses control characters and backslashes, and keeps the result below `rootDir`. */
export function resolveInside(rootDir: string, urlPath: string): string | null {
  let decoded: string;
  try {
    decoded = decodeURIComponent(urlPath);
  } catch {
    return null;
  }
  // A colon would name a drive or an alternate data stream on Windows.
  if (!decoded.startsWith('/') || /[\u0000-\u001f\\:]/.test(decoded)) return null;
  const path = resolve(rootDir, `.${decoded === '/' ? '/index.html' : decoded}`);
  return isInside(resolve(rootDir), path) ? path : null;
}

function isInside(dir: string, path: string): boolean {
  const step = relative(dir, path);
  return (
    step !== '' &&
    step !== '..' &&
    !step.startsWith(`..${sep}`) &&
    !isAbsolute(step) &&
    join(dir, step) === path
  );
}
