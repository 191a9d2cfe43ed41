import { type ConnectStage, connectTarget } from './connect.ts';
import { type ConnectionTarget, describeTarget } from './target.ts';
import { EngineError, isAbort } from '../errors.ts';
import { probeCapabilities } from './capabilities.ts';
import type { DiagnosisStep } from '#shared/model/connection.ts';
import { createEventQueue } from '../event-queue.ts';
import { describeHop } from './tunnel/hop.ts';
import { takeSeat } from './server-seats.ts';
import { withRoute } from './tunnel/route.ts';
import { type Verdict, aboutExtensions, aboutRights, aboutTls, aboutVersion } from './doctor-verdicts.ts';

/**
 * Connects step by step and says of each what came of it and what would mend it: each step is yielded as `running`,
 * then with its outcome; those after a failure as `skipped`. Never throws for a connection that fails; rejects with
 * CANCELLED when aborted. `source` is a target, or a function that understands the user's text (its error is a step).
 */
export async function* diagnose(
  source: ConnectionTarget | (() => ConnectionTarget | Promise<ConnectionTarget>),
  options: { readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<DiagnosisStep, void> {
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const queue = createEventQueue<DiagnosisStep>(() => stop.abort());
  const steps = new Steps((step) => queue.push(step));
  examine(source, steps, signal).then(
    () => queue.end(),
    (error: unknown) => {
      if (isAbort(error)) queue.fail(error);
      else {
        steps.fail(error);
        queue.end();
      }
    },
  );
  yield* queue.read();
}

const STEPS = [
  ['parse', 'Connection URL'],
  ['dns', 'Host name'],
  ['tcp', 'Network'],
  ['ssh', 'SSH tunnel'],
  ['tls', 'Encryption'],
  ['auth', 'Login'],
  ['database', 'Database'],
  ['version', 'Server version'],
  ['rights', 'Rights'],
  ['extensions', 'Extensions'],
] as const;
type StepId = (typeof STEPS)[number][0];

async function examine(
  source: ConnectionTarget | (() => ConnectionTarget | Promise<ConnectionTarget>),
  steps: Steps,
  signal: AbortSignal,
): Promise<void> {
  steps.start('parse');
  const target = withRoute(typeof source === 'function' ? await source() : source);
  const through = target.ssh === null ? '' : ` through the SSH server ${describeHop(target.ssh)}`;
  if (target.ssh !== null) steps.include('ssh');
  steps.finish('parse', { detail: [`${describeTarget(target)}${through}`, ...target.notes].join(' ') });
  try {
    await connectAndLook(target, steps, signal);
  } finally {
    await target.route?.close();
  }
}

async function connectAndLook(target: ConnectionTarget, steps: Steps, signal: AbortSignal): Promise<void> {
  const seat = await takeSeat(target, { who: `a test of ${target.database}`, signal }).catch(
    (error: unknown) => {
      steps.start('dns');
      throw error;
    },
  );
  const connection = await connectTarget(target, {
    seat,
    applicationName: 'pgvitals/doctor',
    signal,
    onStage: (stage, state, detail) => onStage(steps, target, stage, state, detail),
  });
  try {
    steps.finish('version', aboutVersion(connection));
    steps.start('rights');
    const capabilities = await probeCapabilities(connection, { signal });
    steps.finish('rights', aboutRights(target, capabilities));
    steps.start('extensions');
    steps.finish('extensions', aboutExtensions(capabilities));
  } finally {
    await connection.close();
  }
}

function onStage(
  steps: Steps,
  target: ConnectionTarget,
  stage: ConnectStage,
  state: 'started' | 'done',
  detail: string | null,
): void {
  const id = stage === 'login' ? 'auth' : stage;
  if (state === 'started') {
    steps.start(id);
    return;
  }
  if (stage === 'login') {
    steps.finish('auth', { detail: `Role ${JSON.stringify(target.user)}.` });
    steps.start('database');
    steps.finish('database', { detail: JSON.stringify(target.database) });
  } else if (stage === 'tls') steps.finish('tls', aboutTls(target, detail));
  else if (stage !== 'version') steps.finish(id, { detail });
}

/** Keeps the order and the clock; an outcome is said once. */
class Steps {
  readonly #push: (step: DiagnosisStep) => void;
  readonly #startedMs = new Map<StepId, number>();
  readonly #finished = new Set<StepId>(['ssh']);

  constructor(push: (step: DiagnosisStep) => void) {
    this.#push = push;
  }

  /** A step that not every connection has. */
  include(id: StepId): void {
    this.#finished.delete(id);
  }

  start(id: StepId): void {
    // A second try (sslmode=allow) goes through the network again.
    if (this.#finished.has(id)) return;
    this.#startedMs.set(id, performance.now());
    this.#say(id, { outcome: 'running', detail: null, cure: null, durationMs: null });
  }

  finish(id: StepId, { detail, warning = null }: Verdict): void {
    if (this.#finished.has(id)) return;
    this.#settle(id, { outcome: warning === null ? 'ok' : 'warning', detail, cure: warning });
  }

  /** Ends the step that runs as failed, and the rest as skipped. */
  fail(error: unknown): void {
    const failure = error instanceof EngineError ? error : null;
    // A login that ends for want of the database has succeeded as a login.
    if (failure !== null && isAboutDatabase(failure)) {
      this.finish('auth', { detail: 'The role may log in.' });
      this.start('database');
    }
    for (const [id] of STEPS) {
      if (this.#finished.has(id)) continue;
      if (this.#startedMs.has(id)) {
        const detail = failure?.message ?? 'An error that was not expected.';
        this.#settle(id, { outcome: 'failed', detail, cure: failure?.nextStep ?? null });
      } else this.#settle(id, { outcome: 'skipped', detail: null, cure: null });
    }
  }

  #settle(id: StepId, outcome: Pick<DiagnosisStep, 'outcome' | 'detail' | 'cure'>): void {
    const startedMs = this.#startedMs.get(id);
    this.#finished.add(id);
    this.#say(id, { ...outcome, durationMs: startedMs === undefined ? null : performance.now() - startedMs });
  }

  #say(id: StepId, step: Omit<DiagnosisStep, 'id' | 'label'>): void {
    this.#push({ id, label: STEPS.find(([known]) => known === id)?.[1] ?? id, ...step });
  }
}

/** No such database, no CONNECT on it, or closed to connections: the role itself was accepted before. */
function isAboutDatabase(failure: EngineError): boolean {
  return failure.code === 'DATABASE_MISSING' || failure.sqlState === '42501' || failure.sqlState === '55000';
}
