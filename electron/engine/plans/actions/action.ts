import type { FactName } from '#shared/model/facts.ts';
import type { LeftOut } from '#shared/model/plan.ts';
import type { ActionOf, ActionVerb } from '#shared/model/plan-request.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { Catalog } from '#engine/audit/catalog.ts';
import type { Abortable } from '#engine/engine.ts';
import { EngineError } from '#engine/errors.ts';
import type { ReadRows } from '../guards.ts';
import type { PasswordRotation } from '../password-rotation.ts';
import type { ActionDraft } from '../plan.ts';

/** Turns one kind of request into drafts, from facts that were read for it a moment ago. */
export interface ActionBuilder<V extends ActionVerb = ActionVerb> {
  readonly needs: readonly FactName[];
  /** Throws NOT_FOUND where the object is gone, PLAN_REFUSED where it must not be done at all. */
  build(request: ActionOf<V>, context: BuildContext): Promise<Built> | Built;
}

export interface BuildContext extends Abortable {
  readonly snapshot: Snapshot;
  readonly catalog: Catalog;
  /** For what no fact holds; on the pages' session, read-only. */
  readonly read: ReadRows;
  /** The same for what may take long: it is ended after so many milliseconds and rejects. */
  readonly readWithin: (statementTimeoutMs: number) => ReadRows;
  readonly connectionId: string;
  readonly passwords: PasswordRotation;
}

export interface Built {
  /** Verb and object; what the dialog is called. */
  readonly title: string;
  /** What the button says. */
  readonly verb: string;
  readonly drafts: readonly ActionDraft[];
  readonly leftOut?: readonly LeftOut[];
}

export function missing(what: string): EngineError {
  return new EngineError('NOT_FOUND', `${what} is not there any more.`, 'Read the page again.');
}

export function refused(message: string, nextStep: string | null): EngineError {
  return new EngineError('PLAN_REFUSED', message, nextStep);
}

/** "Vacuum orders", "Vacuum 3 tables". */
export function titleOf(verb: string, names: readonly string[], plural: string): string {
  return names.length === 1 ? `${verb} ${names[0]}` : `${verb} ${names.length} ${plural}`;
}
