import { chown, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { tmpdir } from 'node:os';

export const HAS_OPENSSL = hasOpenssl();
if (!HAS_OPENSSL) console.warn('##### TLS TESTS SKIPPED: no openssl (apt-get install openssl) #####');

export interface Authority {
  /** PEM file of the root certificate. */
  readonly rootFile: string;
  readonly directory: string;
  /** Signs a server certificate. `names` as in subjectAltName: "DNS:localhost,IP:127.0.0.1". */
  issue(names: string, options?: { readonly isExpired?: boolean }): Promise<{ cert: string; key: string }>;
  remove(): Promise<void>;
}

/** A certificate authority in a temporary directory. */
export async function createAuthority(): Promise<Authority> {
  const directory = await mkdtemp(join(tmpdir(), 'pgvitals-ca-'));
  const at = (name: string) => join(directory, name);
  openssl([
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=Test root',
    '-keyout',
    at('root.key'),
    '-out',
    at('root.crt'),
  ]);
  let count = 0;
  return {
    rootFile: at('root.crt'),
    directory,
    issue: async (names, { isExpired = false } = {}) => {
      count += 1;
      const id = `server${count}`;
      openssl([
        'req',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-subj',
        '/CN=server',
        '-keyout',
        at(`${id}.key`),
        '-out',
        at(`${id}.csr`),
      ]);
      await writeFile(at(`${id}.ext`), `subjectAltName=${names}\n`);
      openssl([
        'x509',
        '-req',
        '-in',
        at(`${id}.csr`),
        '-CA',
        at('root.crt'),
        '-CAkey',
        at('root.key'),
        '-CAcreateserial',
        '-extfile',
        at(`${id}.ext`),
        '-out',
        at(`${id}.crt`),
        '-days',
        isExpired ? '-1' : '2',
      ]);
      return { cert: await readFile(at(`${id}.crt`), 'utf8'), key: await readFile(at(`${id}.key`), 'utf8') };
    },
    remove: () => rm(directory, { recursive: true }),
  };
}

/** Puts certificate and key where the server looks for them; it reads them at the next start. */
export async function installCertificate(
  dataDir: string,
  { cert, key }: { cert: string; key: string },
): Promise<void> {
  const owner = await stat(dataDir);
  for (const [name, text] of [
    ['server.crt', cert],
    ['server.key', key],
  ] as const) {
    const file = join(dataDir, name);
    await writeFile(file, text, { mode: 0o600 });
    await chown(file, owner.uid, owner.gid);
  }
}

function openssl(args: readonly string[]): void {
  execFileSync('openssl', [...args], { stdio: ['ignore', 'ignore', 'pipe'] });
}

function hasOpenssl(): boolean {
  try {
    openssl(['version']);
    return true;
  } catch {
    return false;
  }
}
