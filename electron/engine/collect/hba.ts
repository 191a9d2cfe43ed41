import type { HbaRule } from '#shared/model/facts.ts';
import type { Row } from '#engine/postgres/read-session.ts';
import type { Capabilities } from '#engine/postgres/capabilities.ts';
import { list, number, textOrNull } from './decode.ts';
import type { SharedFamily } from './family.ts';
import { grantSuperuserView, hasReachableSuperuser } from './grants.ts';
import { unreadFact } from './unread.ts';

/** pg_hba.conf as the server would read it now: superusers only, unless granted. */
export const hbaFamily: SharedFamily = {
  facts: ['hbaRules'],
  label: 'host-based authentication',
  async read(transaction, { capabilities }) {
    if (!capabilities.canSelect('pg_hba_file_rules') || !capabilities.canExecute('pg_hba_file_rules()')) {
      const reason = hasReachableSuperuser(capabilities)
        ? 'Only superusers may read pg_hba_file_rules.'
        : 'This service does not let its customers read pg_hba_file_rules.';
      const grant = grantSuperuserView(capabilities, 'pg_hba_file_rules', 'pg_hba_file_rules()');
      return () => ({ facts: {}, unread: [unreadFact('hbaRules', 'privilege', reason, grant)] });
    }
    const rows = await transaction.rows(hbaSql(capabilities));
    return () => ({ facts: { hbaRules: rows.map(toRule) } });
  },
};

function toRule([
  line,
  file,
  type,
  databases,
  users,
  address,
  netmask,
  method,
  options,
  error,
]: Row): HbaRule {
  return {
    lineNumber: number(line),
    fileName: textOrNull(file),
    type: textOrNull(type),
    databases: list(databases),
    users: list(users),
    address: textOrNull(address),
    netmask: textOrNull(netmask),
    method: textOrNull(method),
    options: list(options),
    error: textOrNull(error),
  };
}

function hbaSql({ has }: Capabilities): string {
  const file = has('pg_hba_file_rules', 'file_name') ? 'file_name' : 'NULL';
  // Included files interrupt the numbering by line: on 16+ rule_number says in which order rules match. Lines with an
  // error have none, and never match.
  const order = has('pg_hba_file_rules', 'rule_number') ? 'rule_number NULLS LAST' : 'error IS NOT NULL';
  return `SELECT line_number, ${file}, type, database, user_name, address, netmask, auth_method, options, error
    FROM pg_catalog.pg_hba_file_rules ORDER BY ${order}, 2, 1`;
}
