import type { ClientContext, ClientLink } from '@orpc/client';
import { BackendGoneError } from './errors.ts';

/** A call on a closed port would hang for ever: refuse it, and end those under way. */
export function guardLink(link: ClientLink<ClientContext>, gone: AbortSignal): ClientLink<ClientContext> {
  return {
    call(path, input, options) {
      if (gone.aborted) return Promise.reject(new BackendGoneError());
      return new Promise((resolve, reject) => {
        const end = (): void => reject(new BackendGoneError());
        gone.addEventListener('abort', end, { once: true });
        link
          .call(path, input, options)
          .then(resolve, (error: unknown) => reject(gone.aborted ? new BackendGoneError() : error))
          .finally(() => gone.removeEventListener('abort', end));
      });
    },
  };
}
