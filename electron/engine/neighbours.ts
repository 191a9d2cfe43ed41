import type { ConnectionSummary } from '#shared/model/connection.ts';
import type { ProfileRow } from '#shared/model/profile.ts';
import type { Engine, OpenOptions } from './engine.ts';
import type { OpenDatabase, OpenDatabaseOptions } from './open-database.ts';
import { describeAddress, type ConnectionTarget } from './postgres/target.ts';

export interface NeighboursContext {
  /** Throws NOT_CONNECTED. */
  find(connectionId: string): OpenDatabase;
  all(): readonly OpenDatabase[];
  /** The newest audit of a database that the store knows; null where there is none. */
  lastAudit(databaseKey: string): ProfileRow['lastAudit'];
  openTarget(
    target: ConnectionTarget,
    options: OpenOptions,
    renewPassword: OpenDatabaseOptions['renewPassword'],
  ): Promise<ConnectionSummary>;
}

/** The other databases of the server that a connection leads to: each is opened, audited and remembered by itself. */
export function createNeighbours(context: NeighboursContext): Pick<Engine, 'databases' | 'openDatabase'> {
  const { find, all, lastAudit, openTarget } = context;
  const openOn = (own: OpenDatabase, database: string): OpenDatabase | undefined =>
    all().find(
      (other) =>
        other.summary.database === database &&
        // With the SSH server: localhost is another machine behind each.
        describeAddress(other.target) === describeAddress(own.target) &&
        other.summary.role === own.summary.role,
    );
  return {
    databases: async (connectionId, options) => {
      const own = find(connectionId);
      const { snapshot } = await own.facts.view(['server', 'databases'], options);
      const { server, databases = [] } = snapshot.facts;
      return databases
        .filter(({ isTemplate }) => !isTemplate)
        .map(({ oid, name, allowsConnections }) => {
          const isOwn = oid === server.databaseOid;
          const { systemIdentifier } = server;
          return {
            oid,
            name,
            isOwn,
            allowsConnections,
            connectionId: isOwn ? connectionId : (openOn(own, name)?.summary.id ?? null),
            lastAudit: systemIdentifier === null ? null : lastAudit(`${systemIdentifier}/${oid}`),
          };
        })
        .toSorted((a, b) => a.name.localeCompare(b.name));
    },
    openDatabase: async (connectionId, database, options) => {
      const own = find(connectionId);
      const open = openOn(own, database);
      if (open) return open.summary;
      const { profile } = own;
      return openTarget(
        { ...own.target, database, route: null },
        {
          ...options,
          // Where the name was given by its user, it names the server as much as the database.
          ...(profile ? { profile, name: `${database} · ${profile.name}` } : {}),
        },
        own.renewPassword,
      );
    },
  };
}
