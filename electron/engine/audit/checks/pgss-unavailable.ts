import type { ExtensionFact, Facts } from '#shared/model/facts.ts';
import type { Fix, Severity } from '#shared/model/finding.ts';
import type { CheckContext, Draft, Unknown } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { guidedFix, statementFix } from '#engine/audit/fixes.ts';
import { setServerSetting } from '#engine/audit/setting-fixes.ts';
import { extensionRef } from '#engine/audit/object-refs.ts';
import { addPreloadLibrary, preloadedLibraries } from '#engine/audit/preload-library.ts';
import { onPrimary } from '#engine/audit/standby.ts';
import { quoteIdentifier } from '#engine/postgres/quote.ts';

const NAME = 'pg_stat_statements';

export const pgssUnavailable = defineCheck({
  id: 'pgss-unavailable',
  title: 'Statements are not measured',
  category: 'performance',
  topic: 'queries',
  severity: 'medium',
  why: 'pg_stat_statements records which statements take the time. Without it nobody can say what is slow, and checks on statements can not run.',
  rule: 'Medium where pg_stat_statements is not loaded at server start, not installed in this database, or set to record nothing; low where its installed version is older than the one the server offers, or where it throws out entries more than once an hour for lack of room.',
  remedy:
    'Load it at server start, create the extension in this database, update it after an upgrade, and raise pg_stat_statements.max where entries are thrown out.',
  docs: 'https://www.postgresql.org/docs/current/pgstatstatements.html',
  needs: ['extensions'],
  wants: ['settings'],
  thresholds: { evictionsPerHour: 1, minimumHours: 1 },
  evaluate(facts, context) {
    const { server } = facts;
    const extension = facts.extensions.find((e) => e.name === NAME);
    const libraries = preloadedLibraries(context.catalog);
    const unknown: Unknown[] = [];
    if (libraries === null && facts.settings) {
      unknown.push({
        reason: 'Whether the server loads pg_stat_statements at start is hidden from this role.',
        grant: grantOf(server),
      });
    }
    if (extension?.installedVersion && libraries?.includes(NAME) && !facts.statements) {
      unknown.push({
        reason: 'pg_stat_statements is installed and loaded, but its rows could not be read.',
        grant: null,
      });
    }
    const state = judge(facts, extension, libraries, context);
    if (!state) return { findings: [], unknown };
    const finding: Draft = {
      severity: state.severity,
      confidence: 'certain',
      confidenceReason: 'Read from the running server.',
      object: extensionRef(NAME),
      message: state.message,
      evidence: {
        installedVersion: extension?.installedVersion ?? null,
        offeredVersion: extension?.defaultVersion ?? null,
        schema: extension?.schema ?? null,
        isPreloaded: libraries?.includes(NAME) ?? null,
        track: context.catalog.setting('pg_stat_statements.track')?.setting ?? null,
        maximumEntries: context.catalog.numericSetting('pg_stat_statements.max'),
        evictions: facts.statements?.evictions ?? null,
        countingSince: facts.statements?.statisticsSince ?? null,
      },
      gain: { text: 'Slow and frequent statements become visible' },
      fix: state.fix,
    };
    return { findings: [finding], unknown };
  },
});

interface State {
  readonly severity: Severity;
  readonly message: string;
  readonly fix: Fix;
}

/** The first thing that is in the way; the next one shows when it is mended. */
function judge(
  facts: Pick<Facts, 'server'> & Partial<Facts>,
  extension: ExtensionFact | undefined,
  libraries: readonly string[] | null,
  { catalog, limit, nowMs }: CheckContext,
): State | null {
  const { server, statements } = facts;
  const medium = (message: string, fix: Fix): State => ({ severity: 'medium', message, fix });
  const low = (message: string, fix: Fix): State => ({ severity: 'low', message, fix });
  if (!extension) {
    return medium(
      'pg_stat_statements is not available on this server.',
      guidedFix('Install pg_stat_statements', [
        'Install the contrib package of this PostgreSQL version on the server, load it at start, then CREATE EXTENSION.',
      ]),
    );
  }
  if (libraries && !libraries.includes(NAME)) {
    return medium(
      'pg_stat_statements is not loaded when the server starts.',
      addPreloadLibrary(NAME, catalog, server.provider),
    );
  }
  if (extension.installedVersion === null) {
    return medium('pg_stat_statements is not installed in this database.', onPrimary(createFix(), server));
  }
  const { setting: track } = catalog.setting('pg_stat_statements.track') ?? {};
  if (track === 'none') {
    return medium(
      'pg_stat_statements records nothing: pg_stat_statements.track is none.',
      setServerSetting('pg_stat_statements.track', 'top', catalog, server.provider),
    );
  }
  if (catalog.setting('compute_query_id')?.setting === 'off') {
    return medium(
      'pg_stat_statements records nothing: compute_query_id is off.',
      setServerSetting('compute_query_id', 'auto', catalog, server.provider),
    );
  }
  if (isOlder(extension.installedVersion, extension.defaultVersion)) {
    return low(
      `pg_stat_statements is version ${extension.installedVersion}; the server offers ${extension.defaultVersion}.`,
      onPrimary(updateFix(), server),
    );
  }
  const since = statements?.statisticsSince ?? null;
  const hours = since === null ? 0 : (nowMs - Date.parse(since)) / 3_600_000;
  const perHour = hours >= limit('minimumHours') ? (statements?.evictions ?? 0) / hours : 0;
  if (perHour <= limit('evictionsPerHour')) return null;
  const max = catalog.numericSetting('pg_stat_statements.max') ?? 5000;
  return low(
    `pg_stat_statements throws out its rarest entries ${perHour.toFixed(1)} times an hour: figures of rare statements are lost.`,
    setServerSetting('pg_stat_statements.max', String(max * 2), catalog, server.provider, [
      'Statements that differ only in the length of an IN list fill it too: bind an array instead.',
    ]),
  );
}

function createFix(): Fix {
  return statementFix({
    title: 'Install pg_stat_statements in this database',
    sql: [`CREATE EXTENSION ${NAME}`],
    undo: [`DROP EXTENSION ${NAME}`],
    risk: 'R1',
    lock: 'none',
    lockInWords: 'No table of yours is locked.',
  });
}

function updateFix(): Fix {
  return statementFix({
    title: 'Update pg_stat_statements',
    sql: [`ALTER EXTENSION ${NAME} UPDATE`],
    undo: [],
    risk: 'R2',
    lock: 'none',
    lockInWords: 'No table of yours is locked.',
    notes: ['Views that select from pg_stat_statements may have to be dropped and made again.'],
  });
}

function grantOf(server: Facts['server']): string {
  return `GRANT pg_read_all_settings TO ${quoteIdentifier(server.role)}`;
}

/** Extension versions are numbers with dots: "1.9" comes before "1.10". */
function isOlder(installed: string, offered: string | null): boolean {
  if (offered === null) return false;
  const [a, b] = [installed, offered].map((version) => version.split('.').map(Number));
  for (const [at, part] of (b ?? []).entries()) {
    const own = a?.[at] ?? 0;
    if (own !== part) return own < part;
  }
  return false;
}
