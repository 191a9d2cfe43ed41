import type { PublicationFact } from '#shared/model/facts.ts';
import type { Row } from '#engine/postgres/read-session.ts';
import type { Capabilities } from '#engine/postgres/capabilities.ts';
import { SYSTEM_SCHEMAS } from './catalog-names.ts';
import { numberList, text } from './decode.ts';
import type { SharedFamily } from './family.ts';

/**
 * Publications with their tables. From the catalogs and not from pg_publication_tables, whose function opens each
 * table since 15 and would wait for locks. Partitions of a published table are published with it.
 */
export const publicationsFamily: SharedFamily = {
  facts: ['publications'],
  label: 'publications',
  async read(transaction, { capabilities }) {
    const rows = await transaction.rows(publicationsSql(capabilities));
    return () => ({ facts: { publications: rows.map(toPublication) } });
  },
};

function toPublication([name, publishesUpdates, publishesDeletes, tableOids]: Row): PublicationFact {
  return {
    name: text(name),
    publishesUpdates: publishesUpdates === true,
    publishesDeletes: publishesDeletes === true,
    tableOids: numberList(tableOids),
  };
}

function publicationsSql({ has }: Capabilities): string {
  // 19: FOR ALL TABLES EXCEPT (…) lists the exceptions in pg_publication_rel.
  const named = has('pg_publication_rel', 'prexcept') ? 'AND NOT r.prexcept' : '';
  const excepted = has('pg_publication_rel', 'prexcept')
    ? `AND NOT EXISTS (SELECT FROM pg_catalog.pg_publication_rel r
        WHERE r.prpubid = p.oid AND r.prrelid = c.oid AND r.prexcept)`
    : '';
  const bySchema = has('pg_publication_namespace', 'pnpubid')
    ? `UNION SELECT c.oid FROM pg_catalog.pg_publication_namespace s JOIN pg_catalog.pg_class c
        ON c.relnamespace = s.pnnspid AND c.relkind IN ('r', 'p') AND c.relpersistence = 'p' WHERE s.pnpubid = p.oid`
    : '';
  return `
    SELECT p.pubname, p.pubupdate, p.pubdelete, ARRAY (
      WITH RECURSIVE published (oid) AS (
        SELECT * FROM (
          SELECT r.prrelid FROM pg_catalog.pg_publication_rel r WHERE r.prpubid = p.oid ${named}
          ${bySchema}
          UNION SELECT c.oid FROM pg_catalog.pg_class c WHERE p.puballtables AND c.relkind IN ('r', 'p')
            AND c.relpersistence = 'p' AND c.relnamespace NOT IN ${SYSTEM_SCHEMAS} ${excepted}) direct
        UNION SELECT h.inhrelid FROM published u JOIN pg_catalog.pg_inherits h ON h.inhparent = u.oid
          JOIN pg_catalog.pg_class c ON c.oid = h.inhrelid AND c.relispartition)
      SELECT oid FROM published)
    FROM pg_catalog.pg_publication p ORDER BY p.pubname`;
}
