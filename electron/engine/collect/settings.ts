import type {
  FactName,
  FileSetting,
  FileSettingError,
  RoleSetting,
  SettingFact,
} from '#shared/model/facts.ts';
import type { Unread } from '#shared/model/snapshot.ts';
import type { Capabilities } from '#engine/postgres/capabilities.ts';
import { KEEPALIVE_SETTINGS, OWN_SETTINGS } from '#engine/postgres/read-only.ts';
import type { Row } from '#engine/postgres/read-session.ts';
import { number, numberOrNull, options, text, textOrNull } from './decode.ts';
import type { SharedFamily } from './family.ts';
import { grantMonitor, grantSuperuserView, hasReachableSuperuser, seesAllSettings } from './grants.ts';
import { withoutSecrets } from './redact.ts';
import { unreadFact } from './unread.ts';

/**
 * pg_settings as our session began with it. What our transaction sets would hide value, origin, file and line, so it is
 * put back for the time of reading, and set again behind it.
 */
export const settingsFamily: SharedFamily = {
  facts: ['settings', 'restrictedSettings'],
  label: 'settings',
  async read(transaction, { capabilities }) {
    const read = await transaction.rows(SETTINGS_SQL, [UNCOVERED]);
    const ours = read.filter(isOurs);
    await transaction.rows(RESTORE_SQL, [ours.map(([name]) => name), ours.map(([, value]) => value)]);
    return () => {
      const settings = read.filter((row) => !isOurs(row)).map(toSetting);
      if (!seesAllSettings(capabilities)) {
        const reason =
          'Settings that only superusers may read are hidden from this role, shared_preload_libraries among them.';
        const hidden = unreadFact('restrictedSettings', 'privilege', reason, grantMonitor(capabilities));
        return { facts: { settings }, unread: [hidden] };
      }
      const restrictedSettings = settings.map((s) => s.name).filter((name) => RESTRICTED.has(name));
      return { facts: { settings, restrictedSettings } };
    };
  },
};

/** GUC_SUPERUSER_ONLY in guc_tables.c; no catalog column tells. */
const RESTRICTED: ReadonlySet<string> = new Set([
  'config_file',
  'data_directory',
  'dynamic_library_path',
  'external_pid_file',
  'hba_file',
  'ident_file',
  'krb_server_keyfile',
  'log_directory',
  'log_filename',
  'session_preload_libraries',
  'shared_preload_libraries',
  'unix_socket_directories',
]);

export const roleSettingsFamily: SharedFamily = {
  facts: ['roleSettings'],
  label: 'settings of roles',
  async read(transaction) {
    const rows = await transaction.rows(ROLE_SETTINGS_SQL);
    return () => ({ facts: { roleSettings: rows.map(toRoleSetting) } });
  },
};

/** Errors in the configuration files: superusers only, unless granted. */
export const fileSettingErrorsFamily: SharedFamily = {
  facts: ['fileSettingErrors'],
  label: 'errors in configuration files',
  async read(transaction, { capabilities }) {
    const closed = closedFiles('fileSettingErrors', capabilities);
    if (closed) return () => ({ facts: {}, unread: [closed] });
    const rows = await transaction.rows(FILE_ERRORS_SQL);
    return () => ({ facts: { fileSettingErrors: rows.map(toFileError) } });
  },
};

/** All that the configuration files say, also what has no effect; with the same rights as their errors. */
export const fileSettingsFamily: SharedFamily = {
  facts: ['fileSettings'],
  label: 'configuration files',
  isForPagesOnly: true,
  async read(transaction, { capabilities }) {
    const closed = closedFiles('fileSettings', capabilities);
    if (closed) return () => ({ facts: {}, unread: [closed] });
    const rows = await transaction.rows(FILES_SQL);
    return () => ({ facts: { fileSettings: rows.map(toFileSetting) } });
  },
};

/** Why this role cannot read the files; null where it can. */
function closedFiles(fact: FactName, capabilities: Capabilities): Unread | null {
  if (capabilities.canSelect('pg_file_settings') && capabilities.canExecute('pg_show_all_file_settings()'))
    return null;
  const reason = hasReachableSuperuser(capabilities)
    ? 'Only superusers may read pg_file_settings.'
    : 'This service does not let its customers read pg_file_settings.';
  const grant = grantSuperuserView(capabilities, 'pg_file_settings', 'pg_show_all_file_settings()');
  return unreadFact(fact, 'privilege', reason, grant);
}

function isOurs([, , , source]: Row): boolean {
  return source === OURS;
}

function toSetting(row: Row): SettingFact {
  const [name, setting, unit, source, boot, context, file, line, pending, reset] = row;
  // Of the two that stay set: what everybody else has is the value that RESET would bring back, and where that comes
  // from is not shown.
  const isCovered = source === 'session';
  return {
    name: text(name),
    setting: withoutSecrets(text(name), text(isCovered ? (reset ?? setting) : setting)),
    unit: textOrNull(unit),
    source: isCovered ? (reset === boot ? 'default' : 'override') : text(source),
    bootValue: textOrNull(boot),
    context: text(context),
    sourceFile: textOrNull(file),
    sourceLine: numberOrNull(line),
    pendingRestart: pending === true,
  };
}

function toRoleSetting([role, database, settings]: Row): RoleSetting {
  const all = Object.entries(options(settings));
  return {
    role: textOrNull(role),
    database: textOrNull(database),
    settings: Object.fromEntries(all.map(([name, value]) => [name, withoutSecrets(name, value)])),
  };
}

function toFileSetting([file, line, name, value, isApplied, error]: Row): FileSetting {
  return {
    file: text(file),
    line: number(line),
    name: textOrNull(name),
    value: value === null ? null : withoutSecrets(text(name), text(value)),
    isApplied: isApplied === true,
    error: textOrNull(error),
  };
}

function toFileError([file, line, name, error]: Row): FileSettingError {
  return { file: text(file), line: number(line), name: textOrNull(name), error: text(error) };
}

/** In the column of the source, where PostgreSQL has no such word. */
const OURS = 'ours';

// search_path stays empty, since it decides what names mean, and client_encoding is what we decode.
const UNCOVERED = [...OWN_SETTINGS, ...KEEPALIVE_SETTINGS.map(([name]) => name)].filter(
  (name) => name !== 'search_path' && name !== 'client_encoding',
);

/*
 * One statement, so that it runs under our own statement_timeout to its end. UNION ALL runs its parts in turn: first
 * ours are put back, then all are listed. transaction_isolation and its like describe our own transaction, nothing else.
 */
const SETTINGS_SQL = `
  WITH ours AS MATERIALIZED (
    SELECT name, pg_catalog.current_setting(name) AS value FROM pg_catalog.unnest($1::text[]) AS name)
  SELECT name, value, pg_catalog.set_config(name, NULL, true), '${OURS}', NULL::text, NULL::text, NULL::text,
    NULL::int4, NULL::bool, NULL::text FROM ours
  UNION ALL
  SELECT name, setting, unit, source, boot_val, context, sourcefile, sourceline, pending_restart, reset_val
  FROM pg_catalog.pg_settings
  WHERE name NOT IN ('transaction_isolation', 'transaction_read_only', 'transaction_deferrable')`;

const RESTORE_SQL = `SELECT pg_catalog.set_config(name, value, true)
  FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) AS ours (name, value)`;

const ROLE_SETTINGS_SQL = `SELECT r.rolname, d.datname, s.setconfig
  FROM pg_catalog.pg_db_role_setting s
  LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
  LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase`;

const FILE_ERRORS_SQL = `SELECT sourcefile, sourceline, name, error
  FROM pg_catalog.pg_file_settings WHERE error IS NOT NULL ORDER BY seqno`;

const FILES_SQL = `SELECT sourcefile, sourceline, name, setting, applied, error
  FROM pg_catalog.pg_file_settings ORDER BY seqno`;
