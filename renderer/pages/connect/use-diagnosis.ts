import { useEffect, useRef, useState } from 'react';
import type { ConnectionInput } from '#shared/contract/connections.ts';
import type { DiagnosisStep } from '#shared/model/connection.ts';
import type { UserError } from '#shared/model/error-codes.ts';
import { useBackend } from '#renderer/api/client.ts';
import { isAbort, toUserError } from '#renderer/api/errors.ts';
import type { LoginAnswer } from './LoginQuestion.tsx';

export interface Diagnosis {
  readonly steps: readonly DiagnosisStep[];
  readonly isRunning: boolean;
  readonly error: UserError | null;
  /** By its input, or the id of a saved one. */
  run(
    input: ConnectionInput | (LoginAnswer & { readonly id: string; readonly password?: string }),
  ): Promise<void>;
  reset(): void;
}

const IDLE = { steps: [] as readonly DiagnosisStep[], isRunning: false, error: null as UserError | null };

/** Goes through the steps of connecting; leaving the page or changing the input ends it. */
export function useDiagnosis(): Diagnosis {
  const { client } = useBackend();
  const [state, setState] = useState(IDLE);
  const controller = useRef<AbortController | null>(null);
  useEffect(() => () => controller.current?.abort(), []);

  const reset = (): void => {
    controller.current?.abort();
    controller.current = null;
    setState(IDLE);
  };

  const run: Diagnosis['run'] = async (input) => {
    reset();
    const own = new AbortController();
    controller.current = own;
    const steps = new Map<string, DiagnosisStep>();
    const show = (isRunning: boolean, error: UserError | null = null): void => {
      if (controller.current === own) setState({ steps: [...steps.values()], isRunning, error });
    };
    show(true);
    try {
      const found = await ('id' in input
        ? client.profiles.diagnose(input, { signal: own.signal })
        : client.connections.diagnose(input, { signal: own.signal }));
      for await (const step of found) {
        steps.set(step.id, step);
        show(true);
      }
      show(false);
    } catch (error) {
      show(false, isAbort(error, own.signal) ? null : toUserError(error));
    }
  };

  return { ...state, run, reset };
}
