import type { FreezeKind } from './freeze-ladder.ts';

export const TRANSACTIONS: FreezeKind = {
  unit: 'transactions',
  heapAge: (table) => table.frozenXidAge,
  toastAge: (table) => table.toastFrozenXidAge,
  databaseAge: (database) => database.frozenXidAge,
  freezeMax: { setting: 'autovacuum_freeze_max_age', builtIn: 200_000_000 },
  failsafeSetting: 'vacuum_failsafe_age',
  isHeldBy: () => true,
};

export const MULTIXACTS: FreezeKind = {
  unit: 'multixacts',
  heapAge: (table) => table.minMxidAge,
  toastAge: (table) => table.toastMinMxidAge,
  databaseAge: (database) => database.minMxidAge,
  freezeMax: { setting: 'autovacuum_multixact_freeze_max_age', builtIn: 400_000_000 },
  failsafeSetting: 'vacuum_multixact_failsafe_age',
  // Slots and standbys keep rows visible, but no multixact alive.
  isHeldBy: (holder) => holder.kind === 'session' || holder.kind === 'prepared',
};
