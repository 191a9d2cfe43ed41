import type { BackupFacts, KnownBackup } from '#shared/model/facts.ts';
import type { BackupRow, BackupsOverview } from '#shared/model/backup.ts';

/** The newest and the five before it, whose median tells a size that is out of the ordinary. */
const RECENT = 6;

/** What an audit is told of the backups of one database: those of the whole of it, outside the trash. Pure. */
export function backupFactsOf(
  {
    backups,
    database,
    locations,
    tools,
  }: Pick<BackupsOverview, 'backups' | 'database' | 'locations' | 'tools'>,
  now: Date,
): BackupFacts {
  const own = backups
    .filter(
      (row) => row.database === database.name && row.scope.kind === 'database' && row.trashedAt === null,
    )
    .filter(({ trust }) => trust !== 'foreign' && trust !== 'missing')
    .toSorted((a, b) => b.seq - a.seq)
    .map((row) => ({ isGood: row.trust === 'intact' || row.trust === 'verified', known: knownOf(row) }));
  const good = own.filter(({ isGood }) => isGood).map(({ known }) => known);
  const proven = good
    .filter(({ provenAt }) => provenAt !== null)
    .toSorted((a, b) => Date.parse(b.provenAt ?? '') - Date.parse(a.provenAt ?? ''));
  return {
    readAt: now.toISOString(),
    newestGood: good.at(0) ?? null,
    lastProven: proven.at(0) ?? null,
    recent: own.slice(0, RECENT).map(({ known }) => known),
    placesNotThere: locations.filter(({ unavailable }) => unavailable !== null).length,
    client: tools.chosen && { version: tools.chosen.version, versionNum: tools.chosen.versionNum },
    clientsFound: tools.found.map(({ version, versionNum }) => ({ version, versionNum })),
    clientRefusal: tools.refusal?.message ?? null,
  };
}

function knownOf(row: BackupRow): KnownBackup {
  return {
    madeAt: row.startedAt,
    trust: row.trust,
    shape: row.shape,
    sizeBytes: row.sizeBytes,
    databaseBytes: row.databaseBytes,
    // A restore that failed later takes the proof back.
    provenAt: row.trust === 'verified' ? row.lastRestoreTestAt : null,
  };
}
