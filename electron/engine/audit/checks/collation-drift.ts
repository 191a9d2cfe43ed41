import type { CollationFact, DatabaseFact, IndexFact } from '#shared/model/facts.ts';
import type { Fix, ObjectRef } from '#shared/model/finding.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';
import type { Catalog } from '#engine/audit/catalog.ts';
import type { Draft, Unknown } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { statementFix } from '#engine/audit/fixes.ts';

/** pg_collation's fixed oid of "default": the collation of the database. */
const DEFAULT_COLLATION = 100;

export const collationDrift = defineCheck({
  id: 'collation-drift',
  title: 'Text sorts differently than when its indexes were built',
  category: 'reliability',
  topic: 'indexes',
  severity: 'high',
  why: 'Indexes on text are stored in the order of the operating system or ICU library of their time. After an upgrade of that library PostgreSQL looks in the wrong place: rows are not found, and unique indexes let duplicates in.',
  rule: 'High where the version recorded for the database (15+) or for a collation in use differs from the version the library reports now; low where no index of this database depends on it. Only indexes whose order depends on it are listed.',
  remedy:
    'Rebuild the listed indexes, then record the new version. Never record it first: that hides the warning and keeps the damage.',
  docs: 'https://www.postgresql.org/docs/current/sql-altercollation.html#SQL-ALTERCOLLATION-NOTES',
  needs: ['collations', 'databases', 'indexes'],
  wants: ['tables'],
  thresholds: { listedIndexes: 200 },
  evaluate({ server, collations, databases, indexes }, { catalog, limit }) {
    const most = limit('listedIndexes');
    const own = databases.find((d) => d.oid === server.databaseOid);
    const findings: Draft[] = collations.map((collation) => {
      const name = catalog.label(collation);
      const affected = indexes.filter((i) => dependsOn(i, collation.oid));
      return draft(
        collationRef(collation),
        `The collation ${name}`,
        collation.version,
        collation.actualVersion,
        {
          affected,
          fix: rebuild(
            affected,
            most,
            `ALTER COLLATION ${catalog.quoted(collation)} REFRESH VERSION`,
            name,
            catalog,
          ),
          catalog,
        },
      );
    });
    if (
      own?.collationVersion &&
      own.collationActualVersion &&
      own.collationVersion !== own.collationActualVersion
    ) {
      const affected = indexes.filter((i) => dependsOn(i, DEFAULT_COLLATION));
      const refresh = `ALTER DATABASE ${quoteIdentifier(own.name)} REFRESH COLLATION VERSION`;
      const object: ObjectRef = { kind: 'database', oid: own.oid, schema: null, name: own.name, table: null };
      findings.push(
        draft(object, `The database ${own.name}`, own.collationVersion, own.collationActualVersion, {
          affected,
          fix: rebuild(affected, most, refresh, own.name, catalog),
          catalog,
        }),
      );
    }
    return { findings, unknown: unknownDefault(own, server.versionNum) };
  },
});

function draft(
  object: ObjectRef,
  subject: string,
  before: string,
  now: string,
  { affected, fix, catalog }: { affected: readonly IndexFact[]; fix: Fix; catalog: Catalog },
): Draft {
  const size = affected.reduce((sum, i) => sum + i.sizeBytes, 0);
  return {
    severity: affected.length > 0 ? 'high' : 'low',
    confidence: affected.length > 0 ? 'certain' : 'likely',
    confidenceReason:
      affected.length > 0
        ? 'Both versions are read from the catalog; which rows sort differently is not known.'
        : 'The versions differ, but no index of this database depends on this order.',
    object,
    message: `${subject} was recorded with collation version ${before}, and the library is now at ${now}: ${affected.length} ${affected.length === 1 ? 'index depends' : 'indexes depend'} on the old order.`,
    evidence: {
      recordedVersion: before,
      actualVersion: now,
      affectedIndexes: affected.length,
      affectedBytes: size,
      indexes: affected.slice(0, 20).map((i) => catalog.label(i)),
    },
    gain: { text: 'Rows are found again and unique indexes keep duplicates out' },
    fix,
  };
}

function rebuild(
  affected: readonly IndexFact[],
  most: number,
  refresh: string,
  name: string,
  catalog: Catalog,
): Fix {
  const isBlocking = affected.some((i) => i.isExclusion);
  const each = affected.map((i) =>
    // PostgreSQL refuses REINDEX CONCURRENTLY for exclusion constraints.
    i.isExclusion ? `REINDEX INDEX ${catalog.quoted(i)}` : `REINDEX INDEX CONCURRENTLY ${catalog.quoted(i)}`,
  );
  const isListed = affected.length <= most;
  return statementFix({
    title: `Rebuild ${affected.length} indexes and record the new version of ${name}`,
    sql: isListed ? [...each, refresh] : [],
    undo: [],
    risk: isBlocking ? 'R3' : 'R2',
    lock: isBlocking ? 'ACCESS EXCLUSIVE' : 'SHARE UPDATE EXCLUSIVE',
    lockInWords: isBlocking
      ? 'Reads and writes go on except for tables with exclusion constraints: writes there wait for the rebuild.'
      : 'Reads and writes go on; each rebuild needs room for a second copy of its index.',
    inTransaction: false,
    notes: [
      ...(isListed
        ? []
        : [`More than ${most} indexes: run REINDEX DATABASE CONCURRENTLY first, then ${refresh}.`]),
      'A rebuild of a unique index fails where duplicates got in: remove them, then run it again.',
      'Also check partition bounds and CHECK constraints on text: a rebuild does not reconsider them.',
      'Nothing to undo: the definitions stay the same.',
    ],
  });
}

/** Hash indexes and the *_pattern_ops classes do not use the collation's order. */
function dependsOn(index: IndexFact, collationOid: number): boolean {
  if (index.accessMethod === 'hash' || index.isPartitioned || !index.isValid) return false;
  return index.collations.some(
    (oid, at) => oid === collationOid && !/_pattern_ops"?$/.test(index.opclassNames[at] ?? ''),
  );
}

function unknownDefault(own: DatabaseFact | undefined, versionNum: number): Unknown[] {
  const cannotSay = (reason: string): Unknown[] => [{ reason, grant: null }];
  if (!own) return cannotSay('The collation of this database could not be read.');
  // C, POSIX and glibc's C.* sort by bytes, which no library changes; PostgreSQL records no version for them.
  if (/^(?:C|POSIX)$|^C\./i.test(own.collation ?? '')) return [];
  if (own.collationVersion && own.collationActualVersion) return [];
  if (versionNum < 150000) {
    return cannotSay(
      'Before version 15 PostgreSQL does not record with which version the default collation was built.',
    );
  }
  return cannotSay(
    own.collationActualVersion
      ? 'No version is recorded for the default collation of this database, so a change of it cannot be noticed.'
      : 'The operating system does not tell the version of the default collation.',
  );
}

function collationRef(collation: CollationFact): ObjectRef {
  return {
    kind: 'collation',
    oid: collation.oid,
    schema: collation.schema,
    name: collation.name,
    table: null,
  };
}
