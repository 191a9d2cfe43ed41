/** What a client says of itself. */
export interface ToolVersion {
  /** "16.14", "19beta1". */
  readonly text: string;
  /** As `server_version_num`: 160014; a pre-release counts as minor 0. */
  readonly num: number;
  readonly isPreRelease: boolean;
}

/** Reads `pg_dump (PostgreSQL) 16.14 (Debian …)`, of the named tool only; null for anything else. */
export function parseToolVersion(output: string, tool: string): ToolVersion | null {
  const match =
    /^(\w+) \([^()]+\) (\d{1,3})(?:\.(\d{1,3}))?(?:\.(\d{1,3}))?((?:devel|alpha|beta|rc)\d*)?(?![\w.])/.exec(
      output.trim(),
    );
  if (match === null || match[1] !== tool) return null;
  const [major = 0, second = 0, third = 0] = [match[2], match[3], match[4]].map((part) => Number(part ?? 0));
  const suffix = match[5] ?? '';
  // Up to 9.6 the first two numbers were the major version.
  const num = major >= 10 ? major * 10_000 + second : major * 10_000 + second * 100 + third;
  const numbers = [match[2], match[3], match[4]].filter((part) => part !== undefined);
  return { text: `${numbers.join('.')}${suffix}`, num, isPreRelease: suffix !== '' };
}

/** 16 of 160014; 9 of 90624. */
export function majorOf(versionNum: number): number {
  return Math.floor(versionNum / 10_000);
}

export function isPreRelease(version: string): boolean {
  return /[a-z]/.test(version);
}
