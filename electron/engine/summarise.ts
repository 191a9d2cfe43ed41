import { randomUUID } from 'node:crypto';
import type { ConnectionSummary } from '#shared/model/connection.ts';
import type { OpenOptions } from './engine.ts';
import { directConnection } from './postgres/direct-connection.ts';
import type { ReadSession } from './postgres/read-session.ts';
import { describeHop } from './postgres/tunnel/hop.ts';
import { describeAddress, type ConnectionTarget } from './postgres/target.ts';

/** What everybody may know of an open connection. */
export function summarise(
  target: ConnectionTarget,
  session: ReadSession,
  options: OpenOptions,
): ConnectionSummary {
  const { capabilities } = session;
  return {
    id: randomUUID(),
    name: options.name ?? `${capabilities.database} on ${describeAddress(target)}`,
    host: target.host,
    port: target.port,
    ...(target.ssh === null ? {} : { sshServer: describeHop(target.ssh) }),
    database: capabilities.database,
    role: capabilities.role,
    version: capabilities.version,
    versionNum: capabilities.versionNum,
    isStandby: capabilities.isStandby,
    isPooled: capabilities.isPooled,
    directConnection: capabilities.isPooled ? directConnection(capabilities.provider, target) : null,
    usesTls: capabilities.usesTls,
    provider: capabilities.provider,
    isDemo: options.isDemo ?? false,
    profileId: options.profile?.id ?? null,
    environment: options.profile?.environment ?? null,
  };
}
