import type { Provider } from '#shared/model/facts.ts';
import { isManaged } from '#engine/postgres/provider-words.ts';

/** 18 knows a role of its own for the workers of autovacuum; services do not pass it on. */
export function signalGrants({
  versionNum,
  provider,
}: {
  readonly versionNum: number;
  readonly provider: Provider;
}): readonly string[] {
  return versionNum >= 180000 && !isManaged(provider)
    ? ['pg_signal_backend', 'pg_signal_autovacuum_worker']
    : ['pg_signal_backend'];
}
