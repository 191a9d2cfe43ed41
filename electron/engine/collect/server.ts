import type { ServerFact } from '#shared/model/facts.ts';
import type { ReadSession } from '#engine/postgres/read-session.ts';
import { type CatalogNames, readCatalogNames } from './catalog-names.ts';
import { instant, number, text, textOrNull } from './decode.ts';
import { readLockedTables } from './locks.ts';

/** What must be known before anything else: the server itself, names of small catalogs, and who holds locks. */
export interface Prelude {
  readonly server: ServerFact;
  readonly names: CatalogNames;
}

/**
 * Reads the server's identity and clock. `databaseSizeBytes` is null here: it takes as long as a fifth of everything
 * else (the server looks at every file) and follows with the databases.
 */
export async function readPrelude(
  session: ReadSession,
  options: { readonly signal: AbortSignal | undefined; readonly ownPasswordIsDefault: boolean },
): Promise<Prelude> {
  const { capabilities } = session;
  return session.read(
    'server',
    async (transaction) => {
      const canIdentify = capabilities.canExecute('pg_control_system()');
      const [row = []] = await transaction.rows(serverSql(canIdentify), [capabilities.databaseOid]);
      const [sampledAt, startedAt, blockSize, isStandby, statisticsResetAt, systemIdentifier, ...ids] = row;
      const lockedTableOids = await readLockedTables(transaction, capabilities.databaseOid);
      const names = await readCatalogNames(transaction);
      const now = instant(sampledAt) ?? new Date().toISOString();
      const server: ServerFact = {
        versionNum: capabilities.versionNum,
        version: capabilities.version,
        systemIdentifier: textOrNull(systemIdentifier),
        database: capabilities.database,
        databaseOid: capabilities.databaseOid,
        role: capabilities.role,
        isSuperuser: capabilities.isSuperuser,
        memberOf: [...capabilities.memberOf],
        isStandby: isStandby === true,
        provider: capabilities.provider,
        isPooled: capabilities.isPooled,
        startedAt: instant(startedAt) ?? now,
        sampledAt: now,
        statisticsResetAt: instant(statisticsResetAt),
        nextXid: number(ids[0]),
        nextMxid: number(ids[1]),
        blockSizeBytes: number(text(blockSize)),
        databaseSizeBytes: null,
        usesTls: capabilities.usesTls,
        ownPasswordIsDefault: options.ownPasswordIsDefault,
        lockedTableOids,
      };
      return { server, names };
    },
    { signal: options.signal },
  );
}

function serverSql(canIdentify: boolean): string {
  return `SELECT pg_catalog.clock_timestamp()::text, pg_catalog.pg_postmaster_start_time()::text,
    pg_catalog.current_setting('block_size')::int, pg_catalog.pg_is_in_recovery(),
    (SELECT stats_reset::text FROM pg_catalog.pg_stat_database WHERE datid = $1::pg_catalog.oid),
    ${canIdentify ? '(SELECT system_identifier::text FROM pg_catalog.pg_control_system())' : 'NULL'},
    pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::float8, ${NEXT_MXID}`;
}

// There is no function that tells it to everybody, but one for its distance from any other, as a signed 32-bit number.
const NEXT_MXID = "(1 + (pg_catalog.mxid_age('1'::pg_catalog.xid) + 4294967296) % 4294967296)::float8";
