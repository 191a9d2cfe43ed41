import type { ConnectionSummary } from '#shared/model/connection.ts';

/** "PostgreSQL 15.18 · primary · demo · TLS" */
export function factsOf(connection: ConnectionSummary): string[] {
  return [
    `PostgreSQL ${connection.version}`,
    connection.isStandby ? 'standby' : 'primary',
    ...(connection.isDemo ? ['demo'] : connection.provider === 'self-managed' ? [] : [connection.provider]),
    connection.usesTls ? 'TLS' : 'no TLS',
    ...(connection.isPooled ? ['pooled'] : []),
    ...(connection.sshServer === undefined ? [] : [`through ${connection.sshServer}`]),
  ];
}
