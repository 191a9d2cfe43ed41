import { randomInt } from 'node:crypto';
import { EngineError } from '#engine/errors.ts';
import type { SecretStore } from '#engine/host.ts';
import { SCRAM_MAX_ITERATIONS } from '#engine/postgres/authentication.ts';
import { connectTarget } from '#engine/postgres/connect.ts';
import { quoteLiteral } from '#engine/postgres/quote.ts';
import { SCRAM_ITERATIONS, scramVerifier } from '#engine/postgres/scram-verifier.ts';
import { type ConnectionTarget, describeAddress } from '#engine/postgres/target.ts';
import type { WriteSession } from '#engine/postgres/write-session.ts';
import { Secret } from '#engine/secret.ts';
import type { Around, AroundOutcome, AroundRun } from './plan.ts';
import {
  type KnownPasswords,
  type Login,
  loginName,
  type StoredPasswords,
  storedPasswords,
} from './stored-passwords.ts';

export interface RotationContext {
  /** Null where there is no keychain: then the new password is handed out once, and kept nowhere. */
  readonly secrets: SecretStore | null;
  /** Where an open connection leads. Throws NOT_CONNECTED. */
  target(connectionId: string): ConnectionTarget;
  /** Every open connection of this login connects with the new password from now on. */
  changed(login: Login, password: Secret): void;
  readonly log: (message: string) => void;
}

export interface PasswordRotation {
  readonly canStore: boolean;
  /** Where this connection leads. */
  target(connectionId: string): ConnectionTarget;
  /** What happens around `ALTER ROLE "role" PASSWORD ${PLACEHOLDER}`. */
  around(connectionId: string, role: string): Around;
  /** The new password of a job, once. */
  take(connectionId: string, jobId: string): string | null;
  /** When a connection closes: what nobody took is forgotten. */
  forget(connectionId: string): void;
  /**
   * Connects with the password that works: one that an interrupted change left behind first, then the one that was
   * given, then the stored one. Which one it is, is settled in the keychain. Throws what `connect` throws at the end.
   */
  connect<T>(target: ConnectionTarget, connect: (target: ConnectionTarget) => Promise<T>): Promise<T>;
}

/** Stands in every text that is shown, filed or exported for the verifier that is sent. */
export const PLACEHOLDER = `'SCRAM-SHA-256$…'`;
export const PASSWORD_CHARACTERS = 48;
/** Safe in URLs, shells and configuration files: 62 signs, 48 of them are 285 bits. */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/**
 * A new password for a role, in an order that never leaves anybody without one that works (reliability.md F78): kept as
 * pending, told to the server as a verifier (F79), tried, then kept for good.
 */
export function createPasswordRotation(context: RotationContext): PasswordRotation {
  const stored = context.secrets === null ? null : storedPasswords(context.secrets);
  /** Logins that are between their old and new password, whichever database the job runs in. */
  const underWay = new Set<string>();
  const handOut = new Map<string, { readonly connectionId: string; readonly password: Secret }>();
  return {
    canStore: stored !== null,
    target: context.target,
    around: (connectionId, role) => ({
      secretLabel: `The new password of ${role}`,
      begin: async ({ jobId, session }) => {
        const target = context.target(connectionId);
        const login = { host: target.host, port: target.port, user: role, ssh: target.ssh };
        const name = loginName(login);
        if (underWay.has(name)) throw twice(role);
        underWay.add(name);
        try {
          const password = new Secret(newPassword());
          const verifier = scramVerifier(password.reveal(), { iterations: await iterationsOf(session) });
          await stored?.writePending(login, password);
          return rotationRun(
            { target, login, password, verifier, stored, context },
            {
              handOut: () => handOut.set(jobId, { connectionId, password }),
              over: () => underWay.delete(name),
            },
          );
        } catch (error) {
          underWay.delete(name);
          throw error;
        }
      },
    }),
    take: (connectionId, jobId) => {
      const entry = handOut.get(jobId);
      if (entry?.connectionId !== connectionId) return null;
      handOut.delete(jobId);
      return entry.password.reveal();
    },
    forget: (connectionId) => {
      for (const [jobId, entry] of handOut) if (entry.connectionId === connectionId) handOut.delete(jobId);
    },
    connect: (target, connect) =>
      stored
        ? connectStored(target, stored, connect, () => underWay.has(loginName(target)), context.log)
        : connect(target),
  };
}

/** 48 signs of `ALPHABET`, each as likely as the others. */
export function newPassword(): string {
  return Array.from({ length: PASSWORD_CHARACTERS }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

interface Rotation {
  readonly target: ConnectionTarget;
  readonly login: Login;
  readonly password: Secret;
  readonly verifier: string;
  readonly stored: StoredPasswords | null;
  readonly context: RotationContext;
}

interface Ends {
  /** From now on it can be taken. */
  readonly handOut: () => void;
  readonly over: () => void;
}

function rotationRun(rotation: Rotation, ends: Ends): AroundRun {
  return {
    fill: (sql) => sql.replace(PLACEHOLDER, () => quoteLiteral(rotation.verifier)),
    end: (seen) => settle(rotation, seen, ends.handOut).finally(ends.over),
  };
}

async function settle(
  { target, login, password, stored, context }: Rotation,
  seen: AroundOutcome,
  handOut: () => void,
): ReturnType<AroundRun['end']> {
  if (seen === 'not done') {
    await stored?.discard(login, password);
    return { outcome: seen, notes: ['The old password stays; the new one was forgotten.'] };
  }
  const verdict = await tryPassword({ ...target, user: login.user }, password);
  const outcome: AroundOutcome =
    seen === 'done' || verdict === 'works' ? 'done' : verdict === 'wrong' ? 'not done' : 'unknown';
  if (outcome === 'not done') {
    await stored?.discard(login, password);
    return {
      outcome,
      notes: ['The connection was lost and the old password stays: the server refuses the new one.'],
    };
  }
  handOut();
  if (outcome === 'unknown')
    return {
      outcome,
      notes: [`Nobody knows whether the server took the new password. ${keptBoth(stored)}`],
    };
  // Kept as pending: where the role has only expired, it works once that is mended.
  if (verdict === 'wrong')
    return { outcome, notes: [`The server took it, but refuses a login with it. ${OTHER_METHOD}`] };
  await stored?.promote(login, password);
  context.changed(login, password);
  return {
    outcome,
    notes: [
      verdict === 'works'
        ? 'A login with the new password works.'
        : `The server took the new password; whether a login with it works could not be tried from here.`,
      stored
        ? `The new password is kept in this computer's keychain for ${login.user} on ${describeAddress(login)}.`
        : 'PgVitals keeps the new password nowhere: copy it from the result.',
    ],
  };
}

const OTHER_METHOD =
  'Its pg_hba.conf may use another method for this role (LDAP, certificates), or the role has expired.';

function keptBoth(stored: StoredPasswords | null): string {
  return stored
    ? 'Both are kept: the next time you connect, the one that works is found out.'
    : 'Copy the new one from the result, and try it first, then the old one.';
}

type Verdict = 'works' | 'wrong' | 'unknown';

/** SQLSTATEs that come after the password was found right: no CONNECT, no such database, a database that lets nobody in. */
const PAST_THE_PASSWORD = new Set(['42501', '3D000', '55000']);

/** Logs in and out. Only a login for which the server checked a SCRAM proof says anything: `trust` lets in everybody. */
async function tryPassword(target: ConnectionTarget, password: Secret): Promise<Verdict> {
  try {
    const connection = await connectTarget(
      { ...target, password, allowedAuth: target.allowedAuth ?? new Set(['scram-sha-256']) },
      { applicationName: 'pgvitals/password' },
    );
    await connection.close();
    return 'works';
  } catch (error) {
    if (!(error instanceof EngineError) || error.sqlState === null) return 'unknown';
    if (PAST_THE_PASSWORD.has(error.sqlState)) return 'works';
    return error.sqlState === '28P01' ? 'wrong' : 'unknown';
  }
}

/** scram_iterations is there from 16 on. Not more than PgVitals itself agrees to when it logs in. */
async function iterationsOf(session: WriteSession): Promise<number> {
  const [[iterations = null] = []] = await session.rows(
    `SELECT pg_catalog.current_setting('scram_iterations', true)`,
  );
  return typeof iterations === 'string' && iterations !== ''
    ? Math.min(Number(iterations), SCRAM_MAX_ITERATIONS)
    : SCRAM_ITERATIONS;
}

async function connectStored<T>(
  target: ConnectionTarget,
  stored: StoredPasswords,
  connect: (target: ConnectionTarget) => Promise<T>,
  isUnderWay: () => boolean,
  log: (message: string) => void,
): Promise<T> {
  const known = await stored.read(target).catch((error: unknown): KnownPasswords => {
    log(`the keychain could not be read: ${error instanceof Error ? error.message : String(error)}`);
    return { current: null, pending: [] };
  });
  for (const pending of known.pending) {
    const verdict = await tryPassword(target, pending);
    if (verdict === 'works') {
      await stored.promote(target, pending);
      return connect({ ...target, password: pending });
    }
    if (verdict === 'wrong' && !isUnderWay()) await stored.discard(target, pending);
  }
  try {
    return await connect(target);
  } catch (error) {
    const isRefused = error instanceof EngineError && /^(AUTH_FAILED|PASSWORD_REQUIRED)$/.test(error.code);
    if (!isRefused || !known.current || known.current.reveal() === target.password?.reveal()) throw error;
    return connect({ ...target, password: known.current });
  }
}

function twice(role: string): EngineError {
  return new EngineError(
    'JOB_RUNNING',
    `${role} is being given a new password already.`,
    'Wait until that is over.',
  );
}
