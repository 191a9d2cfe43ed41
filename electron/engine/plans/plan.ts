import type { ConnectionSummary } from '#shared/model/connection.ts';
import type { Fix, ObjectRef, Risk } from '#shared/model/finding.ts';
import type { Acceptance, PlanAction, PlanPreview, PreflightItem, WayBack } from '#shared/model/plan.ts';
import type { WriteSession } from '#engine/postgres/write-session.ts';
import type { DatabaseIdentity } from '#engine/store/identity.ts';
import type { GuardState } from './guards.ts';
import { policyOf } from './policy.ts';

/** What an action's builder hands in: the fix, what it is about, and what must not change before it runs. */
export interface ActionDraft {
  readonly fix: Fix;
  readonly object: ObjectRef;
  /** Besides `object`: what the statements rely on, and names that they create. */
  readonly guards?: readonly ObjectRef[];
  /** The statements make the object: its name must be free. Default: it has to be there. */
  readonly isNew?: boolean;
  readonly freedBytes?: number | null;
  /** A rough one. */
  readonly estimateMs?: number | null;
  readonly measures?: readonly MeasureSpec[];
  readonly preflight?: readonly PreflightItem[];
  readonly mustAccept?: readonly Acceptance[];
  /** The finding that asked for it: is it gone afterwards? */
  readonly finding?: FindingLink;
  /** Kept with the journal before it runs: what the statement destroys and no undo brings back. */
  readonly keep?: KeepSpec;
  /** What happens around the statements and is not SQL. */
  readonly around?: Around;
  /** Where it may fail for rows that break a rule: which ones. */
  readonly offenders?: OffenderQuery;
}

/** Rows that made a statement fail, read once it has failed and told with the result. */
export interface OffenderQuery {
  readonly sqlStates: readonly string[];
  /** "Keys without a row in customers". */
  readonly title: string;
  /** One column of text, a row for each. */
  readonly sql: string;
}

/** `sql` gives one column: each row as JSON text. */
export interface KeepSpec {
  readonly title: string;
  readonly sql: string;
}

/**
 * A secret that the statements need: it is made when they run, and put in where the text that is shown, filed and
 * exported has a placeholder.
 */
export interface Around {
  /** What is handed out once when it is done: "The new password of app". */
  readonly secretLabel: string;
  /** Before anything runs; what it throws ends the action. */
  begin(context: { readonly jobId: string; readonly session: WriteSession }): Promise<AroundRun>;
}

export interface AroundRun {
  /** The statement as it is sent; it is never logged. */
  fill(sql: string): string;
  /** Once, however the statements ended; `unknown` where the link was lost before the server answered. */
  end(
    outcome: AroundOutcome,
  ): Promise<{ readonly outcome: AroundOutcome; readonly notes: readonly string[] }>;
}

export type AroundOutcome = 'done' | 'not done' | 'unknown';

export interface FindingLink {
  readonly check: string;
  readonly fingerprint: string;
  readonly message: string;
}

/** A figure read before and after; `sql` gives one row of one column. */
export interface MeasureSpec {
  readonly label: string;
  readonly unit: 'bytes' | 'rows' | 'text';
  readonly sql: string;
  /** A fall of this figure is space given back. */
  readonly isFreed?: boolean;
  /** What it comes to when the change has worked, for what takes a moment: read again until then, for up to 5 s. */
  readonly settled?: { readonly value: string; readonly otherwise: string };
}

export interface PlannedAction extends PlanAction {
  readonly guards: readonly Guard[];
  readonly measures: readonly MeasureSpec[];
  readonly finding: FindingLink | null;
  readonly keep: KeepSpec | null;
  readonly around: Around | null;
  readonly offenders: OffenderQuery | null;
}

export interface Guard {
  readonly ref: ObjectRef;
  readonly state: GuardState;
}

/** A plan as the ledger keeps it until it is spent. */
export interface Plan extends Omit<PlanPreview, 'actions' | 'expiresInMs' | 'timeouts'> {
  readonly connectionId: string;
  readonly identity: DatabaseIdentity;
  readonly actions: readonly PlannedAction[];
  /** The job whose leftovers this one removes. */
  readonly clears: string | null;
}

/** Whether there is a way back: the undo, or nothing that would need one. */
export function wayBack(fix: Pick<Fix, 'sql' | 'undo'>): WayBack {
  if (fix.undo.length > 0) return 'exact';
  return fix.sql.every((sql) => policyOf(sql).way === 'none needed') ? 'none needed' : 'none';
}

const RISKS: readonly Risk[] = ['R1', 'R2', 'R3', 'R4'];

export function highestRisk(risks: readonly Risk[]): Risk {
  return RISKS[Math.max(0, ...risks.map((risk) => RISKS.indexOf(risk)))] ?? 'R4';
}

export function isAtMost(risk: Risk, limit: Risk): boolean {
  return RISKS.indexOf(risk) <= RISKS.indexOf(limit);
}

/**
 * What has to be typed before something that blocks or destroys runs: the name, or the count where there are several.
 * A name that nobody could type (line breaks, other scripts, invisible signs) is replaced by the count too.
 */
export function phraseOf(risk: Risk, actions: readonly { readonly object: ObjectRef }[]): string | null {
  if (risk !== 'R3' && risk !== 'R4') return null;
  const names = new Set(actions.map(({ object }) => object.name));
  const [name = ''] = names;
  return names.size === 1 && /^[\x21-\x7e]([\x20-\x7e]{0,61}[\x21-\x7e])?$/.test(name)
    ? name
    : String(actions.length);
}

/** On production the name of the connection is typed as well: a window that looks the same must not be enough. */
export function phraseOn(
  { name, environment }: Pick<ConnectionSummary, 'name' | 'environment'>,
  phrase: string | null,
): string | null {
  return phrase === null || environment !== 'production' ? phrase : `${phrase} on ${name}`;
}
