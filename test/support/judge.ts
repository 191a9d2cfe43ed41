import type { Audit } from '#shared/model/audit.ts';
import type { Facts } from '#shared/model/facts.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { CHECKS } from '#engine/audit/registry.ts';
import { auditSnapshot } from '#engine/audit/run.ts';
import { collectSnapshot } from '#engine/collect/collect.ts';
import { openReadSession } from '#engine/postgres/session.ts';
import { parseConnectionInput } from '#engine/postgres/url.ts';

/** All facts of a database, read as the application reads them. */
export async function snapshotOf(url: string): Promise<Snapshot> {
  const session = await openReadSession(parseConnectionInput(url), { applicationName: 'pgvitals/collector' });
  try {
    return await collectSnapshot(session, { toolVersion: 'test', ownPasswordIsDefault: false });
  } finally {
    await session.close();
  }
}

/** One check on a snapshot; throws what the check throws. */
export async function judge(
  snapshot: Snapshot,
  check: string,
  options: {
    readonly thresholds?: Readonly<Record<string, number>> | undefined;
    readonly amend?: ((facts: Facts) => Partial<Facts>) | undefined;
  } = {},
): Promise<Audit> {
  const facts = { ...snapshot.facts, ...options.amend?.(snapshot.facts as Facts) };
  const events = auditSnapshot(
    { ...snapshot, facts },
    {
      toolVersion: 'test',
      checks: CHECKS.filter((c) => c.id === check),
      thresholds: { [check]: options.thresholds ?? {} },
      onCheckError: (_, error) => {
        throw error;
      },
    },
  );
  for await (const event of events) if (event.type === 'done') return event.audit;
  throw new Error('The audit did not finish.');
}
