import type { ExtensionFact } from '#shared/model/facts.ts';
import type { Fix } from '#shared/model/finding.ts';
import type { Draft, Unknown } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { updateExtension } from '#engine/audit/extension-fixes.ts';
import { extensionRef } from '#engine/audit/object-refs.ts';
import { onPrimary } from '#engine/audit/standby.ts';

/** Extensions whose manuals ask for more than ALTER EXTENSION. */
const SPECIAL: Readonly<Record<string, string>> = {
  timescaledb: 'TimescaleDB wants this as the first statement of a fresh session (psql -X).',
  postgis: 'PostGIS recommends SELECT postgis_extensions_upgrade(), which also updates its companions.',
};

export const extensionOutdated = defineCheck({
  id: 'extension-outdated',
  title: 'An extension is older than the server offers',
  category: 'security',
  topic: 'extensions',
  severity: 'low',
  why: 'After an upgrade of the packages the SQL objects of an extension stay as they were: fixes, also for security holes, and new columns are missing until it is updated in each database.',
  rule: "Low where the installed version is lower than the server's default and is one of the versions that the server still offers, so that an update script exists.",
  remedy: 'Run ALTER EXTENSION … UPDATE in each database that has the extension.',
  docs: 'https://www.postgresql.org/docs/current/sql-alterextension.html',
  needs: ['extensions'],
  thresholds: {},
  evaluate({ server, extensions }) {
    const findings: Draft[] = [];
    const unknown: Unknown[] = [];
    for (const extension of extensions) {
      const { name, installedVersion, defaultVersion } = extension;
      if (installedVersion === null || installedVersion === defaultVersion) continue;
      if (defaultVersion === null || !extension.isInstalledVersionAvailable) {
        const offered = defaultVersion === null ? 'no version of it' : `${defaultVersion} by default`;
        const reason = `${name} ${installedVersion} is installed, but the server's files offer ${offered}: whether an update exists is not visible.`;
        unknown.push({ reason, grant: null });
      } else if (!isNewer(installedVersion, defaultVersion)) {
        findings.push(
          draftOf(extension, installedVersion, defaultVersion, onPrimary(update(extension), server)),
        );
      }
    }
    return { findings, unknown };
  },
});

function draftOf(extension: ExtensionFact, installed: string, offered: string, fix: Fix): Draft {
  return {
    severity: 'low',
    confidence: 'certain',
    confidenceReason: 'Read from the catalog and from the extension files of the server.',
    object: extensionRef(extension.name),
    message: `${extension.name} is ${installed} in this database; the server offers ${offered}.`,
    evidence: { installedVersion: installed, defaultVersion: offered, schema: extension.schema },
    gain: { text: 'Gets the fixes and functions of the newer version' },
    fix,
  };
}

function update({ name }: ExtensionFact): Fix {
  const special = SPECIAL[name];
  return updateExtension(name, null, special ? [special] : []);
}

/** Numeric parts in order; anything that is not a plain dotted number is not called newer. */
function isNewer(a: string, b: string): boolean {
  const [left, right] = [a, b].map((v) => (/^[\d.]+$/.test(v) ? v.split('.').map(Number) : []));
  if (!left?.length || !right?.length) return false;
  const at = left.findIndex((part, i) => part !== (right[i] ?? 0));
  return at >= 0 && (left[at] ?? 0) > (right[at] ?? 0);
}
