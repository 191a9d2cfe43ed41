import type { FunctionFact } from '#shared/model/facts.ts';
import type { Fix } from '#shared/model/finding.ts';
import { quoteIdentifier, quoteQualified } from '#engine/postgres/quote.ts';
import type { Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { statementFix } from '#engine/audit/fixes.ts';
import { inSchemaRef } from '#engine/audit/object-refs.ts';
import { onPrimary } from '#engine/audit/standby.ts';

export const secdefSearchPath = defineCheck({
  id: 'secdef-search-path',
  title: 'SECURITY DEFINER without a fixed search_path',
  category: 'security',
  topic: 'privileges',
  severity: 'high',
  why: "Such a function runs with its owner's rights but looks names up in the caller's search_path. A caller can put an object of the same name in front and have it run as the owner.",
  rule: 'Medium for a SECURITY DEFINER function or procedure that does not set search_path, high where PUBLIC may execute it or a superuser owns it. Functions of extensions are left out, and so are ordinary functions.',
  remedy: 'Give the function a search_path of its own, with pg_temp at the end.',
  docs: 'https://www.postgresql.org/docs/current/sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY',
  needs: ['functions'],
  wants: ['schemas'],
  thresholds: {},
  evaluate({ server, functions, schemas }) {
    const openSchemas = new Set((schemas ?? []).filter((s) => s.publicCanCreate).map((s) => s.name));
    return functions
      .filter((f) => !f.isExtensionOwned && !hasSearchPath(f))
      .map((f): Draft => {
        const reasons = [
          ...(f.publicCanExecute ? ['everybody may execute it'] : []),
          ...(f.ownerIsSuperuser ? [`superuser ${f.owner} owns it`] : []),
        ];
        const shown = `${f.schema}.${f.name}(${f.identityArguments})`;
        return {
          severity: reasons.length > 0 ? 'high' : 'medium',
          confidence: 'certain',
          confidenceReason:
            'Read from the catalog. Whether the body names its objects in full was not looked at.',
          object: inSchemaRef('function', f),
          message: `${shown} runs as ${f.owner} with the caller's search_path${reasons.length > 0 ? `, and ${reasons.join(' and ')}` : ''}.`,
          evidence: {
            arguments: f.identityArguments,
            owner: f.owner,
            ownerIsSuperuser: f.ownerIsSuperuser,
            publicCanExecute: f.publicCanExecute,
            acl: f.acl ?? '(default)',
            settings: f.settings,
          },
          gain: { text: "Callers can no longer run code with the owner's rights" },
          fix: onPrimary(setSearchPath(f, shown, openSchemas.has(f.schema)), server),
        };
      });
  },
});

/** proconfig holds "name=value" entries; names of built-in settings are stored in lower case. */
function hasSearchPath(f: FunctionFact): boolean {
  return f.settings.some((entry) => entry.toLowerCase().startsWith('search_path='));
}

function setSearchPath(f: FunctionFact, shown: string, isOpenSchema: boolean): Fix {
  const kind = f.kind === 'p' ? 'PROCEDURE' : 'FUNCTION';
  const target = `ALTER ${kind} ${quoteQualified(f.schema, f.name)}(${f.identityArguments})`;
  return statementFix({
    title: `Fix the search_path of ${shown}`,
    sql: [`${target} SET search_path = pg_catalog, ${quoteIdentifier(f.schema)}, pg_temp`],
    undo: [`${target} RESET search_path`],
    risk: 'R2',
    lock: 'none',
    lockInWords: 'No table is locked; calls that start afterwards use the new search_path.',
    notes: [
      'If the body uses objects of other schemas without naming them in full, add those schemas before pg_temp.',
      ...(isOpenSchema
        ? [`PUBLIC may create objects in schema ${f.schema}: revoke that first, or this does not help.`]
        : []),
    ],
  });
}
