import type { ExtensionFact } from '#shared/model/facts.ts';
import type { Row } from '#engine/postgres/read-session.ts';
import { text, textOrNull } from './decode.ts';
import type { SharedFamily } from './family.ts';

/** Installed extensions, and those that the server has at hand. */
export const extensionsFamily: SharedFamily = {
  facts: ['extensions'],
  label: 'extensions',
  async read(transaction) {
    const rows = await transaction.rows(EXTENSIONS_SQL);
    return () => ({ facts: { extensions: rows.map(toExtension) } });
  },
};

function toExtension([name, installed, offered, isAvailable, schema]: Row): ExtensionFact {
  return {
    name: text(name),
    installedVersion: textOrNull(installed),
    defaultVersion: textOrNull(offered),
    isInstalledVersionAvailable: isAvailable === true,
    schema: textOrNull(schema),
  };
}

const EXTENSIONS_SQL = `
  SELECT coalesce(e.extname, a.name), e.extversion, a.default_version,
    EXISTS (SELECT FROM pg_catalog.pg_available_extension_versions() v
      WHERE v.name = e.extname AND v.version = e.extversion), n.nspname
  FROM pg_catalog.pg_extension e
  LEFT JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
  FULL JOIN pg_catalog.pg_available_extensions() a ON a.name = e.extname
  ORDER BY 1`;
