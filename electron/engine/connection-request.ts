import type { ConnectionUnderstood } from '#shared/model/connection.ts';
import type { Abortable, ConnectionRequest, SshRequest } from './engine.ts';
import { completeTarget } from './postgres/environment.ts';
import {
  buildTarget,
  type ConnectionParameters,
  type ConnectionTarget,
  SECRET_KEYWORDS,
  withoutSecrets,
} from './postgres/target.ts';
import { parseHop, type SshHop } from './postgres/tunnel/hop.ts';
import { currentOsUser, parseConnectionText } from './postgres/url.ts';
import { Secret } from './secret.ts';

/**
 * Where a request leads. A service is looked up in the service file; without a password the passfile may have one, as
 * with psql. Throws BAD_URL, FILE_NOT_READABLE, CANCELLED.
 */
export async function targetOf(
  request: ConnectionRequest,
  signal: AbortSignal | undefined,
): Promise<ConnectionTarget> {
  const { password, keyPassphrase } = request;
  const target = await targetOfParameters([parametersOf(request)], { password, keyPassphrase, signal });
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
  if ('text' in request) return parseConnectionText(request.text);
  const { settings, secretsOf } = request;
  const values = new Map(Object.entries(settings));
  const written = secretsOf === undefined ? null : parseConnectionText(secretsOf).values;
  for (const keyword of SECRET_KEYWORDS) {
    const secret = values.get(keyword) ?? written?.get(keyword);
    if (secret !== undefined) values.set(keyword, secret);
  }
  return { values, notes: [] };
}

/** What a user types for one login. */
export interface TypedLogin extends Abortable {
  readonly password?: string | undefined;
  /** Of the client key. */
  readonly keyPassphrase?: string | undefined;
}

/** A password that was typed goes before any other. */
export function targetOfParameters(
  layers: readonly ConnectionParameters[],
  { password, keyPassphrase, signal }: TypedLogin = {},
): Promise<ConnectionTarget> {
  const typed = Object.entries({ password, sslpassword: keyPassphrase }).filter(
    (entry): entry is [string, string] => Boolean(entry[1]),
  );
  // The environment of a desktop app is nobody's intention: of psql's habits only its files are kept.
  return completeTarget([{ values: new Map(typed), notes: [] }, ...layers], { env: {}, signal });
}

/** What a text was understood as, without its secrets. Throws BAD_URL. */
export function understand(text: string, keep: readonly string[] = []): ConnectionUnderstood {
  const parameters = parseConnectionText(text, keep);
  const target = buildTarget([parameters], currentOsUser());
  return {
    host: target.host,
    port: target.port,
    database: target.database,
    user: target.user,
    hasPassword: target.password !== null,
    sslMode: target.sslMode,
    settings: withoutSecrets(parameters.values),
    notes: target.notes,
  };
}
