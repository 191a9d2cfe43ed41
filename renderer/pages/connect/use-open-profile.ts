import { useState } from 'react';
import type { UserError } from '#shared/model/error-codes.ts';
import type { ProfileRow } from '#shared/model/profile.ts';
import { useBackend } from '#renderer/api/client.ts';
import { toUserError } from '#renderer/api/errors.ts';
import type { Diagnosis } from './use-diagnosis.ts';
import { useEnterConnection } from './use-open-connection.ts';

interface Asked {
  readonly profile: ProfileRow;
  /** Null where no password was given yet. */
  readonly error: unknown;
}

/** Opens a saved connection; asks for the password where one is wanted, and says which step failed otherwise. */
export function useOpenProfile(diagnosis: Diagnosis) {
  const { client } = useBackend();
  const enter = useEnterConnection();
  const [busyId, setBusyId] = useState<string | null>(null);
  const [asked, setAsked] = useState<Asked | null>(null);
  const [failed, setFailed] = useState<{ readonly name: string; readonly error: UserError } | null>(null);

  const attempt = async (
    profile: ProfileRow,
    password: string | null,
    keepPassword: boolean,
  ): Promise<void> => {
    setBusyId(profile.id);
    setFailed(null);
    diagnosis.reset();
    try {
      const connection = await client.profiles.open({
        id: profile.id,
        keepPassword,
        ...(password === null ? {} : { password }),
      });
      setAsked(null);
      await enter(connection);
    } catch (reason) {
      const error = toUserError(reason);
      if (error.code === 'PASSWORD_REQUIRED') setAsked({ profile, error: null });
      else if (error.code === 'AUTH_FAILED' && password !== null) setAsked({ profile, error: reason });
      else {
        setAsked(null);
        setFailed({ name: profile.name, error });
        void diagnosis.run({ id: profile.id, ...(password === null ? {} : { password }) });
      }
    } finally {
      setBusyId(null);
    }
  };

  return {
    busyId,
    asked,
    error: failed?.error ?? null,
    errorName: failed?.name ?? '',
    open: (profile: ProfileRow) => void attempt(profile, null, false),
    answer: (password: string, keep: boolean) => {
      if (asked) void attempt(asked.profile, password, keep);
    },
    dismiss: () => setAsked(null),
  };
}
