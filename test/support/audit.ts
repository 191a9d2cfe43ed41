import type { Audit } from '#shared/model/audit.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { auditSession } from '#engine/audit/audit-session.ts';
import { openReadSession } from '#engine/postgres/session.ts';
import { parseConnectionInput } from '#engine/postgres/url.ts';

/** The whole path that users take: connect, read, judge, close. */
export async function auditUrl(
  url: string,
  options: { readonly signal?: AbortSignal; readonly onEvent?: (label: string) => void } = {},
): Promise<{ audit: Audit; snapshot: Snapshot; errors: readonly string[] }> {
  const errors: string[] = [];
  const session = await openReadSession(parseConnectionInput(url), {
    signal: options.signal,
    applicationName: 'pgvitals/collector',
  });
  try {
    const events = auditSession(session, {
      toolVersion: 'test',
      ownPasswordIsDefault: false,
      signal: options.signal,
      onCheckError: (check, error) =>
        errors.push(`${check}: ${error instanceof Error ? error.stack : String(error)}`),
    });
    for (;;) {
      const step = await events.next();
      if (step.done) return { ...step.value, errors };
      if (step.value.type === 'progress') options.onEvent?.(`${step.value.phase} ${step.value.label}`);
    }
  } finally {
    await session.close();
  }
}
