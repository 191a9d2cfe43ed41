import type { Provider } from '#shared/model/facts.ts';
import type { Severity } from '#shared/model/finding.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { guidedFix } from '#engine/audit/fixes.ts';
import { serverRef } from '#engine/audit/object-refs.ts';
import {
  minorsBehind,
  RELEASES,
  RELEASES_AS_OF,
  RELEASES_GO_STALE_DAYS,
  releaseOf,
} from '#engine/audit/releases.ts';
import { isManaged, PROVIDER_WORDS } from '#engine/postgres/provider-words.ts';

const DAY_MS = 86_400_000;
/** Providers that number their own patch releases or keep a major alive for longer than the community does. */
const OWN_CALENDAR =
  'This provider has a release calendar of its own: extended support and patches may differ.';

export const serverVersionRisk = defineCheck({
  id: 'server-version-risk',
  title: 'The PostgreSQL version misses fixes',
  category: 'configuration',
  topic: 'config',
  severity: 'high',
  why: 'After its end of life a major version gets no fixes, not even for security holes. Each minor release repairs bugs that can corrupt data or let an attacker in, and needs no migration.',
  rule: 'High past the end of life, medium in its last 183 days or when 2 or more minor releases are missing, info when one is missing. Judged by a table of releases that PgVitals carries; evidence names its date.',
  remedy:
    'Install the latest minor release and restart. Plan the move to a newer major with pg_upgrade or logical replication before support ends.',
  docs: 'https://www.postgresql.org/support/versioning/',
  needs: ['server'],
  thresholds: { endOfLifeNearDays: 183, minorsBehindMedium: 2 },
  evaluate({ server }, { limit, nowMs }) {
    const major = Math.floor(server.versionNum / 10_000);
    const minor = server.versionNum % 10_000;
    const release = releaseOf(major);
    const tableAgeDays = Math.floor((nowMs - Date.parse(RELEASES_AS_OF)) / DAY_MS);
    if (!release && major >= (RELEASES[0]?.major ?? 0)) {
      const reason = `PostgreSQL ${major} is newer than the release table of ${RELEASES_AS_OF}: update PgVitals.`;
      return { findings: [], unknown: [{ reason, grant: null }] };
    }
    const unknown =
      tableAgeDays > RELEASES_GO_STALE_DAYS
        ? [
            {
              reason: `The release table is ${tableAgeDays} days old: newer minor releases may exist.`,
              grant: null,
            },
          ]
        : [];
    const endOfLifeOn = release?.endOfLifeOn ?? null;
    const daysLeft = endOfLifeOn === null ? null : Math.ceil((Date.parse(endOfLifeOn) - nowMs) / DAY_MS);
    const behind = release ? minorsBehind(release, minor) : null;
    const isOver = !release || (daysLeft !== null && daysLeft < 0);
    const isNear = daysLeft !== null && !isOver && daysLeft < limit('endOfLifeNearDays');

    const parts: string[] = [];
    if (isOver)
      parts.push(endOfLifeOn ? `is past its end of life (${endOfLifeOn})` : 'is long past its end of life');
    if (isNear) parts.push(`reaches its end of life in ${daysLeft} days (${endOfLifeOn})`);
    if (behind)
      parts.push(
        `is ${behind} minor ${behind === 1 ? 'release' : 'releases'} behind ${major}.${release?.latestMinor}`,
      );
    if (parts.length === 0) return { findings: [], unknown };

    const severity: Severity = isOver
      ? 'high'
      : isNear || (behind ?? 0) >= limit('minorsBehindMedium')
        ? 'medium'
        : 'info';
    const isOwnCalendar = isManaged(server.provider);
    const finding = {
      severity,
      confidence: isOwnCalendar ? ('likely' as const) : ('certain' as const),
      confidenceReason: isOwnCalendar
        ? OWN_CALENDAR
        : `Version of the running server against the release table of ${RELEASES_AS_OF}.`,
      object: serverRef(),
      message: `PostgreSQL ${server.version} ${parts.join(' and ')}.`,
      evidence: {
        version: server.version,
        latestMinorKnown: release ? `${major}.${release.latestMinor}` : null,
        minorsBehind: behind,
        endOfLifeOn,
        endOfLifeInDays: daysLeft,
        releaseTableOf: RELEASES_AS_OF,
      },
      gain: { text: 'Gets the fixes for known bugs and security holes' },
      fix: upgradeNotes(server.provider, isOver || isNear, behind ?? 0),
    };
    return { findings: [finding], unknown };
  },
});

function upgradeNotes(provider: Provider, needsMajor: boolean, behind: number): ReturnType<typeof guidedFix> {
  const words = PROVIDER_WORDS[provider];
  const notes: string[] = [];
  if (behind > 0) {
    notes.push(words.minorUpgrade);
  }
  if (needsMajor) {
    notes.push(
      `Major release: move to ${RELEASES.at(-2)?.major} or newer. Read the release notes of every major between, test the application on a copy, and take a verified backup first.`,
      words.majorUpgrade,
    );
  }
  return guidedFix(needsMajor ? 'Upgrade PostgreSQL' : 'Install the latest minor release', notes);
}
