import pg from 'pg';
import { EngineError, isAbort } from '#engine/errors.ts';

export interface AdminClientOptions {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly applicationName: string;
  /** Session settings sent at the start of the connection, so that they are no statement of it. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

export interface AdminClient {
  /** Without values `text` may hold several statements; the rows are those of the last one. */
  query<R extends object>(text: string, values?: readonly unknown[]): Promise<readonly R[]>;
  end(): Promise<void>;
}

/**
 * A plain read-write connection to a server that is ours: it builds the demo database and nothing else. Databases of
 * the user are read through `ReadSession`. Nobody else is on that server, so it takes no seat there. Aborting the signal cuts the connection; calls then reject with CANCELLED.
 */
export async function openAdminClient(options: AdminClientOptions): Promise<AdminClient> {
  const { signal } = options;
  const client = new pg.Client({
    host: options.host,
    port: options.port,
    user: options.user,
    password: options.password,
    database: options.database,
    application_name: options.applicationName,
    ssl: false,
    options: startupOptions(options.settings ?? {}),
  });
  // A connection lost between two calls is an event; the next call reports it.
  client.on('error', () => undefined);
  const cut = () => void client.end().catch(() => undefined);
  signal?.addEventListener('abort', cut, { once: true });
  const run = async <T>(work: () => Promise<T>): Promise<T> => {
    if (signal?.aborted) throw new EngineError('CANCELLED', 'Cancelled.');
    try {
      return await work();
    } catch (cause) {
      if (signal?.aborted && !isAbort(cause))
        throw new EngineError('CANCELLED', 'Cancelled.', null, { cause });
      throw cause;
    }
  };
  await run(() => client.connect());
  return {
    query: (text, values) =>
      run(async () => {
        const result = await client.query(text, values ? [...values] : undefined);
        // Several statements give several results, though the types know only one.
        const last = Array.isArray(result) ? result.at(-1) : result;
        return last.rows;
      }),
    end: async () => {
      signal?.removeEventListener('abort', cut);
      await client.end();
    },
  };
}

function startupOptions(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value.replace(/[\\\s]/g, '\\$&')}`)
    .join(' ');
}
