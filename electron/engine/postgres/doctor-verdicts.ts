import { type ConnectionTarget, isLocal } from './target.ts';
import type { Capabilities } from './capabilities.ts';
import type { OpenConnection } from './connection.ts';
import { directConnection } from './direct-connection.ts';
import { isManaged, PROVIDER_WORDS } from './provider-words.ts';
import { quoteIdentifier } from './quote.ts';

/** What to say of a step that went through; with a warning, what would mend it. */
export interface Verdict {
  readonly detail: string | null;
  readonly warning?: string | null;
}

export function aboutTls(target: ConnectionTarget, detail: string | null): Verdict {
  if (detail !== null) return { detail };
  if (isLocal(target) && target.ssh !== null)
    return { detail: 'None of its own: SSH encrypts it as far as the server that the database runs on.' };
  return isLocal(target)
    ? { detail: 'None; the connection stays on this machine.' }
    : {
        detail: `None (sslmode=${target.sslMode}): data and queries can be read on the way.`,
        warning: 'Switch ssl on at the server and connect with sslmode=verify-full.',
      };
}

export function aboutVersion(connection: OpenConnection): Verdict {
  const { serverParameters, notices } = connection.facts;
  const detail = ['PostgreSQL', serverParameters.get('server_version') ?? ''].join(' ');
  return notices.length === 0
    ? { detail }
    : { detail: notices.join(' '), warning: 'Upgrade to a supported version.' };
}

export function aboutRights(target: ConnectionTarget, capabilities: Capabilities): Verdict {
  const { role, isSuperuser, memberOf, isPooled, isStandby, provider } = capabilities;
  const kind = isSuperuser
    ? `Role ${JSON.stringify(role)} is a superuser; pg_monitor would be enough.`
    : memberOf.has('pg_monitor')
      ? `Role ${JSON.stringify(role)} is a member of pg_monitor.`
      : `Role ${JSON.stringify(role)} is no member of pg_monitor: some checks cannot be run.`;
  const cures: string[] = [];
  if (!isSuperuser && !memberOf.has('pg_monitor'))
    cures.push(`GRANT pg_monitor TO ${quoteIdentifier(role)};`);
  if (isPooled) cures.push(`For maintenance and backups: ${directConnection(provider, target)}`);
  const detail = [
    kind,
    isPooled ? 'A pooler in transaction mode stands in between.' : '',
    isStandby ? 'The server is a standby: it can only be read.' : '',
  ];
  return {
    detail: detail.filter((sentence) => sentence !== '').join(' '),
    warning: cures.length === 0 ? null : cures.join(' '),
  };
}

export function aboutExtensions({ extensions, isStatementsLoaded, provider }: Capabilities): Verdict {
  const statements = extensions.get('pg_stat_statements');
  const words = PROVIDER_WORDS[provider];
  const preload = isManaged(provider)
    ? (words.preload ?? `Load it with shared_preload_libraries in ${words.settings} and restart the server`)
    : "Load it with shared_preload_libraries = 'pg_stat_statements' and restart the server";
  const load = preload.replace(/\.$/, '');
  if (statements !== undefined && isStatementsLoaded) {
    return {
      detail: `pg_stat_statements ${statements.version} in schema ${JSON.stringify(statements.schema)}.`,
    };
  }
  if (statements !== undefined) {
    return {
      detail: 'pg_stat_statements is installed but not loaded: checks of statements cannot be run.',
      warning: `${load}.`,
    };
  }
  return {
    detail: 'pg_stat_statements is not installed in this database: checks of statements cannot be run.',
    warning: isStatementsLoaded
      ? 'CREATE EXTENSION pg_stat_statements;'
      : `${load}, then CREATE EXTENSION pg_stat_statements;`,
  };
}
