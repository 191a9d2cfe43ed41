import type { Facts } from '#shared/model/facts.ts';
import type { AuditingRow } from '#shared/model/security.ts';
import type { Catalog } from '#engine/audit/catalog.ts';
import { preloadedLibraries } from '#engine/audit/preload-library.ts';
import { auditReason } from './audit-trigger.ts';
import { ownTables, sensitiveColumns } from './row-security.ts';

const EVENTS = ['INSERT', 'UPDATE', 'DELETE'] as const;

/**
 * Tables whose changes should leave a trace, and tables where they do, as far as triggers and pgaudit show. Should:
 * those that match a pattern of the user, or without patterns those with sensitive columns.
 */
export function auditingRows(
  facts: Partial<Facts>,
  catalog: Catalog,
  patterns: readonly string[] | null,
): readonly AuditingRow[] {
  const hasPgaudit = preloadedLibraries(catalog)?.includes('pgaudit') ?? false;
  const triggers = auditTriggers(facts);
  const isDefined = matcher(patterns ?? []);
  return ownTables(facts).flatMap((table): AuditingRow[] => {
    const columns = sensitiveColumns(table, catalog);
    const own = triggers.get(table.oid) ?? [];
    const expected =
      patterns === null
        ? columns.length > 0
          ? 'sensitive columns'
          : null
        : isDefined(table.schema, table.name)
          ? 'defined'
          : null;
    if (expected === null && own.length === 0) return [];
    const events = EVENTS.filter((event) => own.some((t) => t.events.includes(event)));
    const missing = EVENTS.filter((event) => !events.includes(event));
    return [
      {
        key: String(table.oid),
        name: catalog.label(table),
        expected,
        sensitiveColumns: columns,
        coverage:
          missing.length === 0 || (own.length === 0 && hasPgaudit)
            ? 'likely'
            : events.length > 0
              ? 'partly'
              : 'none found',
        events,
        reason:
          own.length > 0
            ? own.map((t) => t.reason).join('; ')
            : hasPgaudit
              ? 'pgaudit is loaded; whether it covers this table depends on its settings'
              : 'no enabled row trigger writes to what looks like an audit table',
        verdicts: [],
      },
    ];
  });
}

interface AuditTrigger {
  readonly events: readonly string[];
  readonly reason: string;
}

function auditTriggers(facts: Partial<Facts>): ReadonlyMap<number, readonly AuditTrigger[]> {
  const functions = new Map((facts.triggerFunctions ?? []).map((f) => [f.triggerOid, f]));
  const found = new Map<number, AuditTrigger[]>();
  for (const trigger of facts.triggers ?? []) {
    // Replica triggers fire on a subscriber only.
    if (trigger.enabled !== 'O' && trigger.enabled !== 'A') continue;
    const called = functions.get(trigger.oid);
    const reason = auditReason(called?.source ?? '');
    if (!called || reason === null) continue;
    const audit = {
      events: called.events,
      reason: `${trigger.name} calls ${trigger.functionName}, which ${reason}`,
    };
    const known = found.get(trigger.tableOid);
    if (known) known.push(audit);
    else found.set(trigger.tableOid, [audit]);
  }
  return found;
}

/** `schema.table`, or `table` in any schema; `*` stands for any text. */
function matcher(patterns: readonly string[]): (schema: string, table: string) => boolean {
  const expressions = patterns.map(
    (pattern) =>
      new RegExp(
        `^${(pattern.includes('.') ? pattern : `*.${pattern}`)
          .split('*')
          .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
          .join('.*')}$`,
      ),
  );
  return (schema, table) => expressions.some((expression) => expression.test(`${schema}.${table}`));
}
