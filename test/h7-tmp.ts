import { startEmbeddedPostgres } from '#engine/embedded/server.ts';
import { openReadSession } from '#engine/postgres/session.ts';
import { parseConnectionInput } from '#engine/postgres/url.ts';
import { collectSnapshot } from '#engine/collect/collect.ts';
import { auditSnapshot } from '#engine/audit/run.ts';
for (const major of [14, 16, 17, 18] as const) {
  const s = await startEmbeddedPostgres({ major, settings: { shared_preload_libraries: 'pg_stat_statements' } });
  try {
    const session = await openReadSession(parseConnectionInput(`postgresql://postgres:${s.password}@127.0.0.1:${s.port}/postgres`), { applicationName: 'pgvitals/collector' });
    const snapshot = await collectSnapshot(session, { toolVersion: 'x', ownPasswordIsDefault: false });
    await session.close();
    for await (const e of auditSnapshot(snapshot, { toolVersion: 'x', onCheckError: (c, e) => console.log('ERR', c, e) }))
      if (e.type === 'done') { console.log(major, e.audit.grade.overall, e.audit.findings.map((f) => f.check + ':' + f.severity).join(' ')); for (const k of e.audit.coverage.skipped) console.log('  skip', k.check, k.reason); for (const k of e.audit.coverage.notApplicable) console.log('  n/a', k.check, k.reason); }
  } finally { await s.stop(); }
}
