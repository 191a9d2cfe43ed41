/** Exit codes are part of the interface: scripts depend on them. */
export const EXIT = {
  ok: 0,
  /** Findings at or above --fail-on, a grade under --min-grade, or new ones against the baseline. */
  findings: 1,
  usage: 2,
  connection: 3,
  /** --require-complete, and something was skipped or cut off. */
  incomplete: 4,
  fixFailed: 5,
  interrupted: 130,
} as const;
