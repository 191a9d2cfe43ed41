import {
  DEFAULT_LOCK_TIMEOUT_MS,
  DEFAULT_STATEMENT_TIMEOUT_MS,
  KEEPALIVE_SETTINGS,
  OWN_TAG,
  beginReadOnly,
  comment,
} from './read-only.ts';
import { CATALOG_SQL, FUNCTIONS_SQL, IDENTITY_SQL } from './capability-queries.ts';
import { PROBE_SETTING, isTransactionPooled } from './pooler.ts';
import { DatabaseError } from 'pg';
import { fromLoginError, isLoginState } from './failures.ts';
import type { OpenConnection } from './connection.ts';
import type { Provider } from '#shared/model/facts.ts';
import { detectProvider } from './provider.ts';
import { randomUUID } from 'node:crypto';
import { EngineError, throwIfAborted } from '../errors.ts';
import type { ReadTransaction, Row } from './read-session.ts';
import { toReadError } from './read-errors.ts';

/** What this server, this role and this connection allow. */
export interface Capabilities {
  readonly versionNum: number;
  readonly version: string;
  readonly database: string;
  readonly databaseOid: number;
  readonly role: string;
  readonly isSuperuser: boolean;
  /** Roles this role can use the privileges of (pg_has_role … USAGE), among pg_monitor, pg_read_all_data, … */
  readonly memberOf: ReadonlySet<string>;
  readonly isStandby: boolean;
  readonly provider: Provider;
  /** Settings did not survive two transactions: a pooler in transaction mode sits between. */
  readonly isPooled: boolean;
  readonly usesTls: boolean;
  /** Installed extensions: name → version and schema. */
  readonly extensions: ReadonlyMap<string, { readonly version: string; readonly schema: string }>;
  /**
   * pg_stat_statements is in shared_preload_libraries; told from pg_settings, for that list is hidden from
   * most roles. What a file sets for a library that is not loaded has a value too, but is no row there.
   */
  readonly isStatementsLoaded: boolean;
  /**
   * Columns of the relations in pg_catalog, whose shape depends on the version: `has('pg_stat_all_tables',
   * 'last_seq_scan')`; and those of pg_stat_statements, in whatever schema it lives.
   */
  has(relation: string, column: string): boolean;
  /** The role may execute this pg_catalog function, for example "pg_control_system()". False if there is none. */
  canExecute(signature: string): boolean;
  /** The role may SELECT from this pg_catalog relation, for example "pg_authid". False if there is none. */
  canSelect(relation: string): boolean;
}

/**
 * Asks the server for all of it in three round trips; through a pooler, a second connection is opened for a moment to
 * tell transaction mode from session mode. Throws what a read throws.
 */
export async function probeCapabilities(
  connection: OpenConnection,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Capabilities> {
  const { signal } = options;
  const token = randomUUID();
  throwIfAborted(signal);
  // Outside a transaction on purpose. A placeholder of our own: left behind on a pooled backend it means nothing there.
  await connection
    .query(`${comment('probe')}SET ${PROBE_SETTING} = '${token}'`, [], WATCHDOG_MS)
    .catch(() => undefined);
  const [begunFirst, identity = []] = await readOnce(connection, IDENTITY_SQL, signal);
  const [begunSecond, catalog = [], functions = []] = await readOnce(
    connection,
    `${CATALOG_SQL}; ${FUNCTIONS_SQL}`,
    signal,
  );
  const [row = []] = identity;
  const isPooled = await isTransactionPooled(connection, {
    token,
    observations: [
      { backendPid: Number(begunFirst?.[0]?.[0]), setting: row[12] },
      { backendPid: Number(begunSecond?.[0]?.[0]), setting: catalog[0]?.[3] },
    ],
    signal,
  });
  throwIfAborted(signal);
  if (isPooled) await assertTransactions(connection);
  else await keepAlive(connection);
  const provider = detectProvider({
    roles: toNames(row[8]),
    settings: toNames(row[9]),
    schemas: toNames(row[10]),
    host: connection.facts.target.host,
  });
  return compose({ row, catalog, functions }, { provider, isPooled, usesTls: connection.facts.tls !== null });
}

/**
 * What may have changed since `before`, on the same session: rights are granted and extensions created while it is open.
 * Throws what a read throws.
 */
export async function readCapabilities(
  transaction: ReadTransaction,
  before: Capabilities,
): Promise<Capabilities> {
  const [row = []] = await transaction.rows(IDENTITY_SQL);
  const catalog = await transaction.rows(CATALOG_SQL);
  const functions = await transaction.rows(FUNCTIONS_SQL);
  return compose({ row, catalog, functions }, before);
}

interface Answers {
  readonly row: Row;
  readonly catalog: readonly Row[];
  readonly functions: readonly Row[];
}

function compose(
  { row, catalog, functions }: Answers,
  { provider, isPooled, usesTls }: Pick<Capabilities, 'provider' | 'isPooled' | 'usesTls'>,
): Capabilities {
  const columns = new Map(catalog.map(([relation, names]) => [String(relation), new Set(toNames(names))]));
  const selectable = new Set(
    catalog.filter(([, , isReadable]) => isReadable === true).map(([name]) => String(name)),
  );
  const executable = new Set(functions.map(([signature]) => String(signature)));
  return Object.freeze({
    versionNum: Number(row[0]),
    version: String(row[1]),
    database: String(row[2]),
    databaseOid: Number(row[3]),
    role: String(row[4]),
    isSuperuser: row[5] === true,
    memberOf: new Set(toNames(row[6])),
    isStandby: row[7] === true,
    provider,
    isPooled,
    usesTls,
    extensions: toExtensions(row[11]),
    isStatementsLoaded: row[13] === true,
    has: (relation: string, column: string) => columns.get(relation)?.has(column) ?? false,
    canExecute: (signature: string) => executable.has(signature.replaceAll(', ', ',')),
    canSelect: (relation: string) => selectable.has(relation),
  });
}

/** On a socket of the same machine the server ignores it. */
async function keepAlive(connection: OpenConnection): Promise<void> {
  const settings = KEEPALIVE_SETTINGS.map(([name, value]) => `SET ${name} = ${value} ${OWN_TAG}`);
  await connection.query(`${comment('probe')}${settings.join('; ')}`, [], WATCHDOG_MS).catch(() => undefined);
}

/** A pooler in statement mode takes a transaction in one message, and none that spans several. */
async function assertTransactions(connection: OpenConnection): Promise<void> {
  try {
    await connection.query(`${comment('probe')}BEGIN READ ONLY`, [], WATCHDOG_MS);
    await connection.query(`${comment('probe')}ROLLBACK`, [], WATCHDOG_MS);
  } catch (cause) {
    throw new EngineError(
      'CONNECTION_REFUSED',
      'The pooler allows no transactions: it runs in statement mode.',
      'Connect to the server itself, or through a pool in transaction or session mode.',
      { cause },
    );
  }
}

const WATCHDOG_MS = DEFAULT_STATEMENT_TIMEOUT_MS + 5_000;

async function readOnce(
  connection: OpenConnection,
  sql: string,
  signal: AbortSignal | undefined,
): ReturnType<OpenConnection['query']> {
  throwIfAborted(signal);
  const limits = { statementTimeoutMs: DEFAULT_STATEMENT_TIMEOUT_MS, lockTimeoutMs: DEFAULT_LOCK_TIMEOUT_MS };
  const startedMs = performance.now();
  try {
    return await connection.query(`${beginReadOnly('probe', limits)}; ${sql}; ROLLBACK`, [], WATCHDOG_MS);
  } catch (error) {
    throwIfAborted(signal);
    const { target, tls } = connection.facts;
    if (error instanceof DatabaseError && isLoginState(error.code ?? '')) {
      throw fromLoginError(error, target, tls !== null);
    }
    throw toReadError(error, {
      label: 'what this role may do',
      elapsedMs: performance.now() - startedMs,
      lost: connection.lost,
      ...limits,
    });
  }
}

function toNames(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** Triples of name, version and schema, one after the other. */
function toExtensions(value: unknown): Capabilities['extensions'] {
  const flat = toNames(value);
  return new Map(
    Array.from({ length: flat.length / 3 }, (_, index) => {
      const [name = '', version = '', schema = ''] = flat.slice(index * 3, index * 3 + 3);
      return [name, { version, schema }] as const;
    }),
  );
}
