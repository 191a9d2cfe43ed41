import type { ConnectionUnderstood } from '#shared/model/connection.ts';
import type { ConnectionRequest, SshRequest } from './engine.ts';
import { completeTarget } from './postgres/environment.ts';
import type { ConnectionParameters, ConnectionTarget } from './postgres/target.ts';
import { parseHop, type SshHop } from './postgres/tunnel/hop.ts';
import { parseConnectionFields, parseConnectionText } from './postgres/url.ts';
import { Secret } from './secret.ts';

/**
 * Where a request leads. A service is looked up in the service file; without a password the passfile may have one, as
 * with psql. Throws BAD_URL, FILE_NOT_READABLE, CANCELLED.
 */
export async function targetOf(
  request: ConnectionRequest,
  signal: AbortSignal | undefined,
): Promise<ConnectionTarget> {
  const target = await targetOfParameters([parametersOf(request)], request.password, signal);
  return request.ssh === undefined ? target : Object.freeze({ ...target, ssh: hopOf(request.ssh) });
}

/** The SSH server of a request. Throws BAD_INPUT. */
export function hopOf({ destination, password, passphrase, ...given }: SshRequest): SshHop {
  const secret = (text: string | undefined): Secret | null => (text ? new Secret(text) : null);
  return parseHop(destination, {
    port: given.port ?? null,
    user: given.user ?? null,
    keyFile: given.keyFile ?? null,
    trustFingerprint: given.trustFingerprint ?? null,
    password: secret(password),
    passphrase: secret(passphrase),
  });
}

/** What was written, under libpq's keywords. Throws BAD_URL. */
export function parametersOf(request: ConnectionRequest): ConnectionParameters {
  return 'text' in request ? parseConnectionText(request.text) : parseConnectionFields(request);
}

/** A password that was typed goes before any other. */
export function targetOfParameters(
  layers: readonly ConnectionParameters[],
  password: string | undefined,
  signal: AbortSignal | undefined,
): Promise<ConnectionTarget> {
  const typed = password ? [{ values: new Map([['password', password]]), notes: [] }] : [];
  // The environment of a desktop app is nobody's intention: of psql's habits only its files are kept.
  return completeTarget([...typed, ...layers], { env: {}, signal });
}

/** What a text was understood as, without its password. */
export function understand(target: ConnectionTarget): ConnectionUnderstood {
  return {
    host: target.host,
    port: target.port,
    database: target.database,
    user: target.user,
    hasPassword: target.password !== null,
    sslMode: target.sslMode,
    notes: target.notes,
  };
}
