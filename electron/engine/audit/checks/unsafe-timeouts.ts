import type { RoleFact, RoleSetting } from '#shared/model/facts.ts';
import type { Fix } from '#shared/model/finding.ts';
import { quoteIdentifier, quoteLiteral } from '#engine/postgres/quote.ts';
import type { Draft } from '#engine/audit/check.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { statementFix } from '#engine/audit/fixes.ts';
import { roleRef } from '#engine/audit/object-refs.ts';
import { serverWideSetting } from '#engine/audit/server-settings.ts';
import { onPrimary } from '#engine/audit/standby.ts';

/** Name → what to suggest. transaction_timeout (17) bounds the same harm, so it counts where it is set. */
const TIMEOUTS = {
  lock_timeout: '5s',
  statement_timeout: '60s',
  idle_in_transaction_session_timeout: '5min',
} as const;
const COUNTED = [...Object.keys(TIMEOUTS), 'transaction_timeout'];

export const unsafeTimeouts = defineCheck({
  id: 'unsafe-timeouts',
  title: 'An application role waits without limit',
  category: 'configuration',
  topic: 'config',
  severity: 'low',
  why: 'Without any timeout one forgotten transaction or one queue behind a lock can hold up everybody else until a person notices.',
  rule: 'Low for a login role that is no superuser where lock_timeout, statement_timeout and idle_in_transaction_session_timeout are all 0 in this database, after settings of the role, of the database and of the server. transaction_timeout (17+) counts as a limit too.',
  remedy: 'Set the timeouts for the role; jobs that need longer can raise them for their own session.',
  docs: 'https://www.postgresql.org/docs/current/runtime-config-client.html',
  needs: ['settings', 'roles', 'roleSettings'],
  thresholds: {},
  evaluate({ server, roles, roleSettings, activity }, { catalog }) {
    const applications = roles.filter(
      // A role that may only replicate runs no statements of its own.
      (r) => r.canLogin && !r.isSuperuser && !r.isSystem && !r.canReplicate && r.connectionLimit !== 0,
    );
    if (applications.length === 0) {
      return { notApplicable: 'There is no login role that is neither superuser nor for replication.' };
    }
    const layers = new Map(roleSettings.map((s) => [layerKey(s.role, s.database), s]));
    const ownLayers = [
      layers.get(layerKey(server.role, server.database)),
      layers.get(layerKey(server.role, null)),
    ];
    const serverValues = new Map(
      COUNTED.map((name) => {
        // What our own role sets hides the server's value from us.
        const isHidden = ownLayers.some((layer) => layer?.settings[name] !== undefined);
        return [name, isHidden ? null : serverWideSetting(catalog.setting(name))];
      }),
    );
    const sessions = new Map<string, number>();
    for (const { role } of activity ?? [])
      if (role !== null) sessions.set(role, (sessions.get(role) ?? 0) + 1);

    const findings: Draft[] = [];
    let notJudged = 0;
    for (const role of applications) {
      const values = COUNTED.flatMap((name) => {
        const set = effective(name, role.name, server.database, layers);
        if (set !== undefined) return [set];
        return catalog.setting(name) ? [serverValues.get(name) ?? null] : [];
      });
      if (values.some((v) => v !== null && !isZero(v))) continue;
      if (values.includes(null)) notJudged += 1;
      else findings.push(draftOf(role));
    }
    const reason = `The server-wide timeouts are hidden behind settings of our own session: ${notJudged} roles were not judged.`;
    return { findings, unknown: notJudged > 0 ? [{ reason, grant: null }] : [] };

    function draftOf(role: RoleFact): Draft {
      return {
        severity: 'low',
        confidence: 'likely',
        confidenceReason: 'Settings are certain; an application may still set timeouts in its own sessions.',
        object: roleRef(role.name, role.oid),
        message: `${role.name} has no lock, statement or idle-in-transaction timeout in ${server.database}.`,
        evidence: {
          ...Object.fromEntries(Object.keys(TIMEOUTS).map((name) => [name, '0'])),
          sessionsNow: activity ? (sessions.get(role.name) ?? 0) : null,
          database: server.database,
        },
        gain: { text: 'One stuck session no longer holds up the others' },
        fix: onPrimary(setTimeouts(role.name, server.database, layers), server),
      };
    }
  },
});

/** ALTER ROLE … IN DATABASE beats ALTER ROLE, which beats ALTER DATABASE, which beats ALTER ROLE ALL (ALTER ROLE's notes). */
function effective(
  name: string,
  role: string,
  database: string,
  layers: ReadonlyMap<string, RoleSetting>,
): string | undefined {
  const order = [
    layerKey(role, database),
    layerKey(role, null),
    layerKey(null, database),
    layerKey(null, null),
  ];
  return order.map((key) => layers.get(key)?.settings[name]).find((value) => value !== undefined);
}

/** A role's own setting wins over the server's, but one in this database wins over it: written where it will count. */
function setTimeouts(role: string, database: string, layers: ReadonlyMap<string, RoleSetting>): Fix {
  const inDatabase = layers.get(layerKey(role, database))?.settings;
  const isInDatabase = Object.keys(TIMEOUTS).some((name) => inDatabase?.[name] !== undefined);
  const before = isInDatabase ? inDatabase : layers.get(layerKey(role, null))?.settings;
  const target = `ALTER ROLE ${quoteIdentifier(role)}${isInDatabase ? ` IN DATABASE ${quoteIdentifier(database)}` : ''}`;
  const names = Object.entries(TIMEOUTS);
  return statementFix({
    title: `Set timeouts for the role ${role}`,
    sql: names.map(([name, value]) => `${target} SET ${name} = ${quoteLiteral(value)}`),
    undo: names.map(([name]) => {
      const old = before?.[name];
      return old === undefined ? `${target} RESET ${name}` : `${target} SET ${name} = ${quoteLiteral(old)}`;
    }),
    risk: 'R4',
    lock: 'none',
    lockInWords:
      'No table is locked. New sessions of the role get the limits; open ones keep what they have.',
    notes: [
      'Choose values above the longest statement that the application needs; a statement that runs into one is cancelled with an error.',
      'A pooler keeps old sessions: reconnect it to make the limits count.',
    ],
  });
}

function layerKey(role: string | null, database: string | null): string {
  return JSON.stringify([role, database]);
}

/** "0", "0s", "0ms". */
function isZero(value: string): boolean {
  return Number.parseFloat(value) === 0;
}
