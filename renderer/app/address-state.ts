import { useSearchParams } from 'react-router';

/** What a page keeps in its address (tab, filter, open row): a link brings it back, and Back closes it. */
export function useAddressState(): {
  readonly get: (name: string) => string | null;
  /** Null removes. Opening something adds a step to go Back from; typing in a filter does not (`replace`). */
  readonly set: (changes: Readonly<Record<string, string | null>>, options?: { replace?: boolean }) => void;
} {
  const [params, setParams] = useSearchParams();
  return {
    get: (name) => params.get(name),
    set: (changes, options = {}) =>
      setParams((before) => {
        const next = new URLSearchParams(before);
        for (const [name, value] of Object.entries(changes)) {
          if (value === null || value === '') next.delete(name);
          else next.set(name, value);
        }
        return next;
      }, options),
  };
}
