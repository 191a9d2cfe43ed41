import { useMemo } from 'react';
import type { CheckInfo } from '#shared/model/audit.ts';
import { useChecks } from '../api/queries.ts';

/** Title of a check; its id where this engine does not know it (a newer audit file). */
export function useCheckTitles(): (check: string) => string {
  const { data } = useChecks();
  return useMemo(() => {
    const titles = new Map((data ?? []).map((info: CheckInfo) => [info.id, info.title]));
    return (check) => titles.get(check) ?? check;
  }, [data]);
}
