import type { Audit } from '#shared/model/audit.ts';
import type { GivenFacts } from '#shared/model/facts.ts';
import type { ConnectionSummary } from '#shared/model/connection.ts';
import type { Abortable, OpenOptions } from './engine.ts';
import { EngineError, throwIfAborted } from './errors.ts';
import { tagStatements } from './collect/tagged-session.ts';
import { LiveFacts } from './insight/live-facts.ts';
import { Deadline, raceAbort } from './postgres/abort.ts';
import type { ReadSession } from './postgres/read-session.ts';
import {
  changeOf,
  openKnownSession,
  readServerIdentity,
  type ServerIdentity,
} from './postgres/server-identity.ts';
import { identityKeyOf } from './plans/identity.ts';
import { describeAddress, type ConnectionTarget, type Place } from './postgres/target.ts';
import { openWriteSession, type WriteSession } from './postgres/write-session.ts';
import type { Secret } from './secret.ts';
import type { Sampler } from './schedule/sampler.ts';
import type { DatabaseIdentity } from './store/identity.ts';

/** So that the details of one database leave room for its own pages and for the server's other databases (server-seats.ts). */
const MOST_EXTRA_SESSIONS = 2;

export interface OpenDatabaseOptions {
  readonly summary: ConnectionSummary;
  readonly target: ConnectionTarget;
  readonly session: ReadSession;
  /** What `session` found there: every later connection has to find the same. */
  readonly server: ServerIdentity;
  readonly toolVersion: string;
  readonly ownPasswordIsDefault: boolean;
  /** Of the saved connection; null where it was opened by an address. */
  readonly profile: OpenOptions['profile'] | null;
  /** Makes the password anew, for tokens that live for minutes; null where it stays the same. */
  readonly renewPassword: ((options: Abortable) => Promise<Secret>) | null;
}

/** Shorter than the life of any token that a cloud hands out (15 minutes at AWS). */
const RENEW_AFTER_MS = 5 * 60_000;

/** One open connection of the app: its session, its facts, its last audit. */
export class OpenDatabase {
  readonly summary: ConnectionSummary;
  readonly facts: LiveFacts;
  readonly ownPasswordIsDefault: boolean;
  audit: Audit | null = null;
  /** What this machine knows; set by whoever knows the store, before facts are judged. */
  given: GivenFacts = {};
  /** Null where nothing is sampled. */
  sampler: Sampler | null = null;
  /** Set while an audit runs. */
  running: { readonly ended: Promise<void>; readonly signal: AbortSignal | undefined } | null = null;
  #target: ConnectionTarget;
  readonly renewPassword: OpenDatabaseOptions['renewPassword'];
  readonly profile: OpenDatabaseOptions['profile'];
  #renewedMs = performance.now();
  readonly #extra = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();
  #session: ReadSession;
  /** How many use it now, or wait for it. */
  #readers = 0;
  #reconnecting: Promise<void> | null = null;
  /** Null while a restore of ours may give the name to another database. */
  #server: ServerIdentity | null;
  #changed: EngineError | null = null;

  constructor(options: OpenDatabaseOptions) {
    this.summary = options.summary;
    this.#target = options.target;
    this.renewPassword = options.renewPassword;
    this.profile = options.profile;
    this.#session = options.session;
    this.#server = options.server;
    this.ownPasswordIsDefault = options.ownPasswordIsDefault;
    this.#session.rest();
    this.facts = new LiveFacts({
      withSession: (work, signal) => this.read(work, { signal }),
      toolVersion: options.toolVersion,
      ownPasswordIsDefault: options.ownPasswordIsDefault,
      given: () => this.given,
    });
  }

  get target(): ConnectionTarget {
    return this.#target;
  }

  /** Sessions that are open stay; new ones log in with this password, if they are of this login. */
  changePassword(login: Place & Pick<ConnectionTarget, 'user'>, password: Secret): void {
    const isSamePlace = describeAddress(this.#target) === describeAddress(login);
    if (isSamePlace && this.#target.user === login.user) this.#target = { ...this.#target, password };
  }

  /** A restore of ours begins: whichever database has the name now is the one. Until `settle`. */
  expectChange(): void {
    this.#server = null;
    this.#changed = null;
  }

  /** The restore is over: what has the name from here on is known again. */
  async settle({ signal }: Abortable): Promise<void> {
    this.#server = await this.read((session) => readServerIdentity(session, { signal }), { signal });
  }

  /** Work on the session of the pages and the audit; see `borrow`. */
  async read<T>(work: (session: ReadSession) => Promise<T>, options: Abortable): Promise<T> {
    using borrowed = await this.borrow(options);
    return await work(borrowed.session);
  }

  /**
   * The session of the pages and the audit, which stays open until it is given back. While nobody has it, it may be
   * closed for other work on the server; like a database that was restarted that is no error: it connects anew. Another
   * server at the same address is: SERVER_CHANGED, and nothing is read until the user opens the connection again.
   */
  async borrow({ signal }: Abortable): Promise<{ readonly session: ReadSession } & Disposable> {
    this.#readers += 1;
    let isBack = false;
    const giveBack = (): void => {
      if (isBack) return;
      isBack = true;
      this.#readers -= 1;
      if (this.#readers === 0) this.#session.rest();
    };
    try {
      if (!this.#session.wake()) await this.#connected(signal);
      if (this.#changed !== null) throw this.#changed;
      const session = this.#session;
      await session.look({ signal });
      return { session, [Symbol.dispose]: giveBack };
    } catch (error) {
      giveBack();
      throw error;
    }
  }

  /** A connection of its own for work that takes long; at most two at once, the next waits. */
  async withSession<T>(work: (session: ReadSession) => Promise<T>, { signal }: Abortable): Promise<T> {
    while (this.#extra.size >= MOST_EXTRA_SESSIONS) {
      throwIfAborted(signal);
      await Promise.race(this.#extra);
    }
    const stop = signal ? AbortSignal.any([signal, this.#closing.signal]) : this.#closing.signal;
    const run = this.#withNewSession(work, stop);
    const settled = run.then(
      () => undefined,
      () => undefined,
    );
    this.#extra.add(settled);
    try {
      return await run;
    } finally {
      this.#extra.delete(settled);
    }
  }

  /** The key of this database in the store. */
  async identity(options: Abortable): Promise<DatabaseIdentity> {
    const { snapshot } = await this.facts.view(['server'], options);
    const { systemIdentifier, databaseOid, database } = snapshot.facts.server;
    const label = `${database} on ${describeAddress(this.#target)}`;
    return { key: systemIdentifier === null ? label : `${systemIdentifier}/${databaseOid}`, label };
  }

  /** The connection of one job, and how to tell which database it reached. */
  async openWrite(jobId: string, signal: AbortSignal): Promise<WriteSession> {
    if (this.#changed !== null) throw this.#changed;
    await this.#renew({ signal });
    return openWriteSession(this.#target, { jobId, signal });
  }

  identityKey(session: WriteSession): Promise<string> {
    return identityKeyOf(session, this.#target);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.sampler?.stop();
    await Promise.all(this.#extra);
    await this.#reconnecting?.catch(() => undefined);
    await this.#session.close();
    await this.#target.route?.close();
  }

  /** Once for all who wait. Whoever began it may leave before it is done: it is for the others, too. */
  async #connected(signal: AbortSignal | undefined): Promise<void> {
    if (this.#closing.signal.aborted)
      throw new EngineError('NOT_CONNECTED', 'This connection is closed.', 'Connect again.');
    using patience = new Deadline(signal);
    this.#reconnecting ??= this.#reconnect().finally(() => (this.#reconnecting = null));
    await raceAbort(this.#reconnecting, patience.signal);
  }

  async #reconnect(): Promise<void> {
    await this.#session.close();
    this.#session = await this.#open('collector', this.#closing.signal);
    if (this.#readers === 0) this.#session.rest();
  }

  async #withNewSession<T>(work: (session: ReadSession) => Promise<T>, signal: AbortSignal): Promise<T> {
    const session = await this.#open('detail', signal);
    try {
      return await work(tagStatements(session));
    } finally {
      await session.close();
    }
  }

  async #renew(options: Abortable): Promise<void> {
    if (this.renewPassword === null || performance.now() - this.#renewedMs < RENEW_AFTER_MS) return;
    this.#target = { ...this.#target, password: await this.renewPassword(options) };
    this.#renewedMs = performance.now();
  }

  async #open(purpose: string, signal: AbortSignal | undefined): Promise<ReadSession> {
    if (this.#changed !== null) throw this.#changed;
    await this.#renew({ signal });
    const { session, server } = await openKnownSession(this.#target, {
      signal,
      applicationName: `pgvitals/${purpose}`,
    }).catch((error: unknown) => Promise.reject(asRestart(error, this.#target)));
    // Null also where a restore has begun meanwhile.
    this.#changed = this.#server === null ? null : changeOf(this.#server, server, this.#target);
    if (this.#changed === null) return session;
    await session.close();
    throw this.#changed;
  }
}

/** What was PostgreSQL before and says nothing now is not another program: it is going down or coming up, or the link is dead. */
function asRestart(error: unknown, target: ConnectionTarget): unknown {
  if (!(error instanceof EngineError) || error.code !== 'NOT_POSTGRESQL') return error;
  return new EngineError(
    'SERVER_STARTING',
    `${describeAddress(target)} takes the connection and says nothing: it is shutting down or starting, or the link is dead.`,
    'Try again in a moment.',
    { cause: error },
  );
}
