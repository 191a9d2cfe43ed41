import type { SecurityOverview } from '#shared/model/security.ts';
import type { Snapshot } from '#shared/model/snapshot.ts';
import { Catalog } from '#engine/audit/catalog.ts';
import { judgeNow } from '#engine/audit/run.ts';
import { auditingRows } from './auditing.ts';
import { SECURITY_CHECKS } from './checks.ts';
import { definerRows, publicGrantRows } from './grant-rows.ts';
import { hbaRows } from './hba-rows.ts';
import { roleRows } from './role-rows.ts';
import { type RowSecurity, rowSecurity } from './row-security.ts';
import { sessionEncryption } from './sessions.ts';
import { verdictsOf } from './verdicts.ts';

export interface SecurityModel {
  readonly rowSecurity: RowSecurity;
  /** `auditedPatterns` null = infer which tables should be audited. */
  overview(auditedPatterns: readonly string[] | null): SecurityOverview;
}

/** Who may do what, and what the audit's checks say about it now. Password verifiers are not among the facts. */
export function securityModel(snapshot: Snapshot): SecurityModel {
  const { facts } = snapshot;
  const catalog = new Catalog(facts);
  const judge = verdictsOf(judgeNow(snapshot, SECURITY_CHECKS));
  const tables = rowSecurity(facts, catalog, judge);
  const roles = roleRows(facts, judge);
  return {
    rowSecurity: tables,
    overview: (auditedPatterns) => ({
      roles,
      weakPasswords: facts.rolePasswords ? roles.filter((r) => r.isPasswordWeak).length : null,
      publicGrants: publicGrantRows(facts, catalog, judge),
      ordinaryFunctions: ordinaryFunctions(facts),
      functions: definerRows(facts, judge),
      rowSecurity: tables.counts,
      sessions: sessionEncryption(facts, judge),
      hbaRules: facts.hbaRules ? hbaRows(facts.hbaRules, judge) : null,
      extensions: (facts.extensions ?? []).flatMap((e) =>
        e.installedVersion === null
          ? []
          : [
              {
                key: e.name,
                name: e.name,
                installed: e.installedVersion,
                offered: e.defaultVersion,
                schema: e.schema,
                verdicts: judge.named('extension', e.name),
              },
            ],
      ),
      availableExtensions:
        facts.extensions?.flatMap(({ name, installedVersion, defaultVersion }) =>
          installedVersion === null && defaultVersion !== null ? [{ name, version: defaultVersion }] : [],
        ) ?? null,
      auditing: auditingRows(facts, catalog, auditedPatterns),
      auditedPatterns,
    }),
  };
}

/** Without those that run with their owner's rights. */
function ordinaryFunctions({ publicPrivileges, functions = [] }: Snapshot['facts']): number {
  const definers = functions.filter((f) => f.publicCanExecute && !f.isExtensionOwned).length;
  return Math.max(0, (publicPrivileges?.executableFunctions ?? 0) - definers);
}
