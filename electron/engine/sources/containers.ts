import { request } from 'node:http';
import { join } from 'node:path';
import { z } from 'zod';
import type { Abortable } from '#engine/engine.ts';
import type { Environment } from '#engine/postgres/environment.ts';
import { isPostgres, type LocalServer } from './local-servers.ts';

/** Docker answers from memory; whatever takes longer is not worth waiting for. */
const ANSWER_MS = 1_000;
const MOST_BYTES = 4_000_000;
const MOST_CONTAINERS = 50;

export interface ContainerServer extends LocalServer {
  /** "project · service" of Compose, or the name of the container. */
  readonly name: string;
  /** Role, database and password that its image was told to make, under libpq's keywords. */
  readonly settings: readonly (readonly [keyword: string, value: string])[];
}

/**
 * Running containers with a published port where PostgreSQL answers, by the API of Docker (or Podman) on its local socket.
 * Empty where there is none. https://docs.docker.com/reference/api/engine/
 */
export async function findContainers({
  environment,
  homeDirectory,
  signal,
}: Abortable & { readonly environment: Environment; readonly homeDirectory: string }): Promise<
  readonly ContainerServer[]
> {
  for (const socketPath of socketsOf(environment, homeDirectory)) {
    const listed = containers.safeParse(await ask(socketPath, '/containers/json', signal));
    if (!listed.success) continue;
    const found = await Promise.all(
      listed.data.slice(0, MOST_CONTAINERS).map((container) => serversOf(container, socketPath, signal)),
    );
    return found.flat().toSorted((a, b) => a.name.localeCompare(b.name) || a.port - b.port);
  }
  return [];
}

const containers = z.array(
  z.object({
    Id: z.string().regex(/^[0-9a-f]{12,64}$/),
    Names: z.array(z.string()),
    Image: z.string(),
    Labels: z.record(z.string(), z.string()).nullish(),
    Ports: z.array(
      z.object({
        IP: z.string().optional(),
        PrivatePort: z.int(),
        PublicPort: z.int().optional(),
        Type: z.string(),
      }),
    ),
  }),
);
type Container = z.infer<typeof containers>[number];

const details = z.object({ Config: z.object({ Env: z.array(z.string()).nullish() }) });

/** The client's own choice of a daemon counts; one elsewhere publishes no ports here. */
function socketsOf(environment: Environment, homeDirectory: string): readonly string[] {
  const chosen = environment['DOCKER_HOST'];
  if (chosen) {
    const path = /^(?:unix|npipe):\/\/(.+)$/.exec(chosen)?.[1];
    return path === undefined ? [] : [path];
  }
  if (process.platform === 'win32') return ['//./pipe/docker_engine'];
  const runtime = environment['XDG_RUNTIME_DIR'];
  return [
    '/var/run/docker.sock',
    join(homeDirectory, '.docker', 'run', 'docker.sock'),
    ...(runtime ? [join(runtime, 'docker.sock'), join(runtime, 'podman', 'podman.sock')] : []),
  ];
}

async function serversOf(
  container: Container,
  socketPath: string,
  signal: AbortSignal | undefined,
): Promise<readonly ContainerServer[]> {
  const places = placesOf(container);
  const answers = await Promise.all(places.map(isPostgres));
  const servers = places.filter((_, at) => answers[at]);
  if (servers.length === 0) return [];
  const known = details.safeParse(await ask(socketPath, `/containers/${container.Id}/json`, signal));
  const settings = settingsOf(known.success ? (known.data.Config.Env ?? []) : []);
  return servers.map((server) => ({ ...server, name: nameOf(container), settings }));
}

/** Where the ports of PostgreSQL, or any of an image that is called so, can be reached from this machine. */
function placesOf({ Ports, Image }: Container): readonly LocalServer[] {
  const isNamed = /postg|pgvector|timescale/i.test(Image);
  const places = Ports.flatMap(({ IP, PrivatePort, PublicPort, Type }): LocalServer[] =>
    PublicPort !== undefined && Type === 'tcp' && (PrivatePort === 5432 || isNamed)
      ? [{ host: !IP || IP === '0.0.0.0' || IP === '::' ? '127.0.0.1' : IP, port: PublicPort }]
      : [],
  );
  // Published for IPv4 and IPv6 it is listed twice.
  return [...new Map(places.map((place) => [`${place.host} ${place.port}`, place])).values()];
}

function nameOf({ Names, Labels, Id }: Container): string {
  const project = Labels?.['com.docker.compose.project'];
  const service = Labels?.['com.docker.compose.service'];
  if (service) return project ? `${project} · ${service}` : service;
  return Names[0]?.replace(/^\//, '') ?? Id.slice(0, 12);
}

/** The variables of the official image, which others take too. https://hub.docker.com/_/postgres */
function settingsOf(variables: readonly string[]): ContainerServer['settings'] {
  const values = new Map(
    variables.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  const user = values.get('POSTGRES_USER') || 'postgres';
  const password = values.get('POSTGRES_PASSWORD');
  return [
    ['user', user],
    ['dbname', values.get('POSTGRES_DB') || user],
    ...(password ? [['password', password] as const] : []),
  ];
}

/** The JSON of a 200, or null. */
function ask(socketPath: string, path: string, signal: AbortSignal | undefined): Promise<unknown> {
  const limit = AbortSignal.timeout(ANSWER_MS);
  return new Promise((resolve) => {
    const none = (): void => resolve(null);
    const asking = request(
      {
        socketPath,
        path,
        headers: { host: 'docker', connection: 'close' },
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
      },
      (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on('error', none);
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          chunks.push(chunk);
          if (bytes > MOST_BYTES) asking.destroy();
        });
        response.once('close', none);
        response.once('end', () => {
          try {
            resolve(response.statusCode === 200 ? JSON.parse(Buffer.concat(chunks).toString('utf8')) : null);
          } catch {
            none();
          }
        });
      },
    );
    asking.on('error', none);
    asking.end();
  });
}
