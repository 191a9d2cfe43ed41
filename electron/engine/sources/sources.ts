import { randomUUID } from 'node:crypto';
import { homedir } from 'node:os';
import type { ConnectionSource } from '#shared/model/connection.ts';
import { targetOfParameters } from '#engine/connection-request.ts';
import type { Abortable } from '#engine/engine.ts';
import { EngineError } from '#engine/errors.ts';
import type { Host } from '#engine/host.ts';
import { type Environment, completeTarget } from '#engine/postgres/environment.ts';
import {
  type ConnectionParameters,
  type ConnectionTarget,
  describeAddress,
} from '#engine/postgres/target.ts';
import { parseConnectionText } from '#engine/postgres/url.ts';
import { findContainers } from './containers.ts';
import { addressesIn, PG_VARIABLES, pgVariables } from './env-files.ts';
import { findLocalServers, type LocalServer } from './local-servers.ts';
import { serviceNames } from './services.ts';

export interface SourcesContext {
  readonly host: Pick<Host, 'folders' | 'environment'>;
  readonly homeDirectory?: string;
}

/** Ways to a database that are written down on this machine already; their secrets stay in the engine. */
export interface Sources {
  /** Services of pg_service.conf and what the environment names, read anew. */
  list(options: Abortable): Promise<readonly ConnectionSource[]>;
  /** Servers of this machine that answer, those in containers among them; they are looked for when somebody asks. */
  local(options: Abortable): Promise<readonly ConnectionSource[]>;
  /** Addresses in the `.env` files of a folder that the user chooses; null = cancelled. BAD_INPUT without dialogs. */
  project(options: Abortable): Promise<readonly ConnectionSource[] | null>;
  /** Where one of them leads, with a password that was typed. NOT_FOUND for one that was not shown. */
  target(
    id: string,
    options: Abortable & { readonly password?: string | undefined },
  ): Promise<ConnectionTarget>;
}

interface Found {
  readonly kind: ConnectionSource['kind'];
  readonly name: string;
  readonly layers: readonly ConnectionParameters[];
}

export function createSources(context: SourcesContext): Sources {
  const { homeDirectory = homedir() } = context;
  const { environment } = context.host;
  const shown = new Map<string, Found>();
  const targetOf = (
    { kind, layers }: Found,
    { password, signal }: Abortable & { readonly password?: string | undefined },
  ): Promise<ConnectionTarget> => {
    if (kind !== 'environment' && kind !== 'service') return targetOfParameters(layers, { password, signal });
    const typed = password ? [{ values: new Map([['password', password]]), notes: [] }] : [];
    // The user chose what the environment says: here it counts.
    return completeTarget([...typed, ...layers], { env: environment, homeDirectory, signal });
  };
  const show = async (found: readonly Found[], options: Abortable): Promise<ConnectionSource[]> =>
    Promise.all(
      found.map(async (source) => {
        const { kind, name } = source;
        const known = [...shown].find(([, other]) => other.kind === kind && other.name === name)?.[0];
        const id = known ?? randomUUID();
        shown.set(id, source);
        const target = await targetOf(source, options).catch(() => null);
        return {
          id,
          kind,
          name,
          address:
            target === null
              ? 'The address is not understood'
              : `${target.user}@${describeAddress(target)}/${target.database}`,
          hasPassword: target !== null && target.password !== null,
        };
      }),
    );
  return {
    list: async (options) => {
      const services = (await serviceNames(environment, homeDirectory)).map(
        (name): Found => ({ kind: 'service', name, layers: [layer([['service', name]])] }),
      );
      return show([...services, ...fromVariables(environment)], options);
    },
    local: async (options) => {
      const [servers, containers] = await Promise.all([
        findLocalServers(),
        findContainers({ environment, homeDirectory, ...options }),
      ]);
      // By its own name a container says more than by its port.
      const isContainer = (server: LocalServer): boolean =>
        containers.some(({ host, port }) => host === server.host && port === server.port);
      return show(
        [
          ...servers
            .filter((server) => !isContainer(server))
            .map(
              ({ host, port }): Found => ({
                kind: 'local',
                name: host.startsWith('/') ? `Socket ${host}` : `Port ${port}`,
                layers: [place({ host, port }, [['dbname', 'postgres']])],
              }),
            ),
          ...containers.map(
            ({ name, settings, ...server }): Found => ({
              kind: 'container',
              name,
              layers: [place(server, settings)],
            }),
          ),
        ],
        options,
      );
    },
    project: async (options) => {
      if (context.host.folders === null)
        throw new EngineError('BAD_INPUT', 'This host has no dialog for folders.', 'Paste the URL instead.');
      const folder = await context.host.folders.choose('project');
      if (folder === null) return null;
      const found = await addressesIn(folder);
      return show(
        found.map(({ name, parameters }) => ({ kind: 'project', name, layers: [parameters] })),
        options,
      );
    },
    target: async (id, options) => {
      const source = shown.get(id);
      if (!source) throw new EngineError('NOT_FOUND', 'This entry is gone.', 'Look at the list again.');
      return targetOf(source, options);
    },
  };
}

function layer(entries: readonly (readonly [string, string])[]): ConnectionParameters {
  return { values: new Map(entries), notes: [] };
}

function place(
  { host, port }: LocalServer,
  settings: readonly (readonly [string, string])[],
): ConnectionParameters {
  return layer([['host', host], ['port', String(port)], ...settings]);
}

/** The URL variables by their names, and the PG* ones together, if they name a server, a database or a service. */
function fromVariables(environment: Environment): Found[] {
  const urls = ['PGVITALS_URL', 'DATABASE_URL'].flatMap((name): Found[] => {
    const text = environment[name];
    if (!text) return [];
    try {
      return [{ kind: 'environment', name, layers: [parseConnectionText(text)] }];
    } catch {
      return [];
    }
  });
  return pgVariables(environment) === null
    ? urls
    : [...urls, { kind: 'environment', name: PG_VARIABLES, layers: [] }];
}
