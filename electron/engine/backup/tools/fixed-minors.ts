/** A hole of the client programs, and the first minor release of each major that mends it. */
export interface ClientHole {
  readonly id: string;
  /** Goes on after the name of the program: "can be made to …". */
  readonly effect: string;
  readonly fixedIn: Readonly<Record<number, number>>;
}

/**
 * Holes that matter for whoever makes or restores backups (reliability.md §3). Majors above the table were released after
 * the fix; those below never got it. https://www.postgresql.org/support/security/
 */
export const CLIENT_HOLES: readonly ClientHole[] = [
  {
    id: 'CVE-2026-116314',
    effect: 'runs code that a crafted archive brings along',
    fixedIn: { 14: 25, 15: 20, 16: 16, 17: 12, 18: 7 },
  },
  {
    id: 'CVE-2025-8714',
    effect: 'writes code of the source server’s superuser into a plain dump, which runs at its restore',
    fixedIn: { 13: 22, 14: 19, 15: 14, 16: 10, 17: 6 },
  },
  {
    id: 'CVE-2025-8715',
    effect: 'lets line breaks in names of objects become statements at the restore',
    fixedIn: { 13: 22, 14: 19, 15: 14, 16: 10, 17: 6 },
  },
  {
    id: 'CVE-2024-7348',
    effect: 'runs functions of whoever replaces an object while it is dumped',
    fixedIn: { 12: 20, 13: 16, 14: 13, 15: 8, 16: 4 },
  },
];

/** The holes that this version still has. A pre-release is judged as minor 0. */
export function holesOf(versionNum: number, holes: readonly ClientHole[] = CLIENT_HOLES): ClientHole[] {
  const major = Math.floor(versionNum / 10_000);
  const minor = versionNum % 10_000;
  return holes.filter((hole) => {
    const fixed = hole.fixedIn[major];
    if (fixed !== undefined) return minor < fixed;
    return major < Math.max(...Object.keys(hole.fixedIn).map(Number));
  });
}
