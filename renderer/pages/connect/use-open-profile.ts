import { useState } from 'react';
import type { UserError } from '#shared/model/error-codes.ts';
import type { ProfileRow } from '#shared/model/profile.ts';
import { useBackend } from '#renderer/api/client.ts';
import { toUserError } from '#renderer/api/errors.ts';
import { isLoginQuestion, type LoginAnswer, withAnswer } from './LoginQuestion.tsx';
import type { Diagnosis } from './use-diagnosis.ts';
import { useEnterConnection } from './use-open-connection.ts';

type Typed = LoginAnswer & { readonly password?: string };

/** A login that waits for an answer of the user. */
interface Asked {
  readonly profile: ProfileRow;
  readonly typed: Typed;
  readonly keep: boolean;
  readonly error: UserError;
  /** The error as it came. */
  readonly reason: unknown;
}

/** Opens a saved connection; asks for what is missing on the way, and says which step failed otherwise. */
export function useOpenProfile(diagnosis: Diagnosis) {
  const { client } = useBackend();
  const enter = useEnterConnection();
  const [busyId, setBusyId] = useState<string | null>(null);
  const [asked, setAsked] = useState<Asked | null>(null);
  const [error, setError] = useState<UserError | null>(null);

  const attempt = async (profile: ProfileRow, typed: Typed, keep: boolean): Promise<void> => {
    setBusyId(profile.id);
    setError(null);
    diagnosis.reset();
    try {
      const connection = await client.profiles.open({ id: profile.id, keepPassword: keep, ...typed });
      setAsked(null);
      await enter(connection);
    } catch (reason) {
      const failure = toUserError(reason);
      const isPassword =
        failure.code === 'PASSWORD_REQUIRED' ||
        (failure.code === 'AUTH_FAILED' && typed.password !== undefined);
      if (isPassword || isLoginQuestion(failure)) setAsked({ profile, typed, keep, error: failure, reason });
      else {
        setAsked(null);
        setError(failure);
        void diagnosis.run({ id: profile.id, ...typed });
      }
    } finally {
      setBusyId(null);
    }
  };

  return {
    busyId,
    asked,
    error,
    reset: () => setError(null),
    open: (profile: ProfileRow) => void attempt(profile, {}, false),
    answerPassword: (password: string, keep: boolean) => {
      if (asked) void attempt(asked.profile, { ...asked.typed, password }, keep);
    },
    answer: (answer: LoginAnswer, keep: boolean) => {
      if (asked) void attempt(asked.profile, withAnswer(asked.typed, answer), keep);
    },
    dismiss: () => setAsked(null),
  };
}
