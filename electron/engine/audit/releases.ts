/** One PostgreSQL major version. Dates are days (ISO 8601). */
export interface Release {
  readonly major: number;
  readonly releasedOn: string;
  /** Day of the last minor release; null = not announced when the table was made. */
  readonly endOfLifeOn: string | null;
  readonly latestMinor: number;
  /** Minors that were numbered but never published. */
  readonly skippedMinors?: readonly number[];
}

/** The day this table was true. Nothing here is fetched: PgVitals works offline and says how old its table is. */
export const RELEASES_AS_OF = '2026-11-23';

/** Minor releases come at least every three months: past this age the table may miss one. */
export const RELEASES_GO_STALE_DAYS = 120;

/** https://www.postgresql.org/support/versioning/ */
export const RELEASES: readonly Release[] = [
  { major: 13, releasedOn: '2020-09-24', endOfLifeOn: '2025-11-13', latestMinor: 23 },
  { major: 14, releasedOn: '2021-09-30', endOfLifeOn: '2026-11-12', latestMinor: 25 },
  { major: 15, releasedOn: '2022-10-13', endOfLifeOn: '2027-11-11', latestMinor: 20 },
  { major: 16, releasedOn: '2023-09-14', endOfLifeOn: '2028-11-09', latestMinor: 16 },
  { major: 17, releasedOn: '2024-09-26', endOfLifeOn: '2029-11-08', latestMinor: 12 },
  { major: 18, releasedOn: '2025-09-25', endOfLifeOn: '2030-11-14', latestMinor: 7, skippedMinors: [5] },
  { major: 19, releasedOn: '2026-11-19', endOfLifeOn: null, latestMinor: 0 },
];

/** The row of a major version; undefined where the table does not know it. */
export function releaseOf(major: number): Release | undefined {
  return RELEASES.find((r) => r.major === major);
}

/** How many published minor releases came after this one. */
export function minorsBehind(release: Release, minor: number): number {
  const skipped = (release.skippedMinors ?? []).filter((s) => s > minor && s < release.latestMinor).length;
  return Math.max(0, release.latestMinor - minor - skipped);
}
