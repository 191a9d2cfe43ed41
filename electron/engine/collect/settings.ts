import type { FileSettingError, RoleSetting, SettingFact } from '#shared/model/facts.ts';
import type { Row } from '#engine/postgres/read-session.ts';
import { number, numberOrNull, options, text, textOrNull } from './decode.ts';
import type { SharedFamily } from './family.ts';
import { grantMonitor, grantSuperuserView, hasReachableSuperuser, seesAllSettings } from './grants.ts';
import { unreadFact } from './unread.ts';

/** pg_settings with the values that other sessions would get: ours are set for our transaction only. */
export const settingsFamily: SharedFamily = {
  facts: ['settings', 'restrictedSettings'],
  label: 'settings',
  async read(transaction, { capabilities }) {
    const rows = await transaction.rows(SETTINGS_SQL);
    return () => {
      const settings = rows.map(toSetting);
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
    if (
      !capabilities.canSelect('pg_file_settings') ||
      !capabilities.canExecute('pg_show_all_file_settings()')
    ) {
      const reason = hasReachableSuperuser(capabilities)
        ? 'Only superusers may read pg_file_settings.'
        : 'This service does not let its customers read pg_file_settings.';
      const grant = grantSuperuserView(capabilities, 'pg_file_settings', 'pg_show_all_file_settings()');
      return () => ({ facts: {}, unread: [unreadFact('fileSettingErrors', 'privilege', reason, grant)] });
    }
    const rows = await transaction.rows(FILE_ERRORS_SQL);
    return () => ({ facts: { fileSettingErrors: rows.map(toFileError) } });
  },
};

function toSetting(row: Row): SettingFact {
  const [name, setting, unit, source, boot, context, file, line, pending, reset] = row;
  // "session" is us: what the server has for everybody else is the value that RESET would bring back, and where that
  // comes from is no longer shown.
  const isOurs = source === 'session';
  return {
    name: text(name),
    setting: text(isOurs ? (reset ?? setting) : setting),
    unit: textOrNull(unit),
    source: isOurs ? (reset === boot ? 'default' : 'override') : text(source),
    bootValue: textOrNull(boot),
    context: text(context),
    sourceFile: textOrNull(file),
    sourceLine: numberOrNull(line),
    pendingRestart: pending === true,
  };
}

function toRoleSetting([role, database, settings]: Row): RoleSetting {
  return { role: textOrNull(role), database: textOrNull(database), settings: options(settings) };
}

function toFileError([file, line, name, error]: Row): FileSettingError {
  return { file: text(file), line: number(line), name: textOrNull(name), error: text(error) };
}

// transaction_isolation and its like describe our own transaction, nothing else.
const SETTINGS_SQL = `SELECT name, setting, unit, source, boot_val, context, sourcefile, sourceline,
    pending_restart, reset_val
  FROM pg_catalog.pg_settings WHERE name NOT IN ('transaction_isolation', 'transaction_read_only', 'transaction_deferrable')`;

const ROLE_SETTINGS_SQL = `SELECT r.rolname, d.datname, s.setconfig
  FROM pg_catalog.pg_db_role_setting s
  LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
  LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase`;

const FILE_ERRORS_SQL = `SELECT sourcefile, sourceline, name, error
  FROM pg_catalog.pg_file_settings WHERE error IS NOT NULL ORDER BY seqno`;
