import type { ConnectionUnderstood } from '#shared/model/connection.ts';
import type { ConnectionRequest } from './engine.ts';
import { withPassFile } from './postgres/environment.ts';
import type { ConnectionTarget } from './postgres/target.ts';
import { parseConnectionInput } from './postgres/url.ts';

/** A password that was typed beside a URL completes it; without any, the passfile may have one, as with psql. */
export async function targetOf(
  request: ConnectionRequest,
  signal: AbortSignal | undefined,
): Promise<ConnectionTarget> {
  // The environment of a desktop app is nobody's intention: of psql's habits only ~/.pgpass is kept.
  return withPassFile(writtenTarget(request), { env: {}, signal });
}

function writtenTarget(request: ConnectionRequest): ConnectionTarget {
  if (!('text' in request)) return parseConnectionInput(request);
  const target = parseConnectionInput(request.text);
  if (request.password === undefined || target.password !== null) return target;
  return parseConnectionInput(request.text, { layers: [passwordLayer(request.password)] });
}

function passwordLayer(password: string): { values: ReadonlyMap<string, string>; notes: readonly string[] } {
  return { values: new Map([['password', password]]), notes: [] };
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
