import { SEVERITIES } from '#shared/model/finding.ts';
import type {
  AuditingRow,
  DefinerRow,
  ExtensionRow,
  HbaRow,
  PublicGrantRow,
  RoleRow,
  RowSecurityRow,
  SessionGroup,
  Verdict,
} from '#shared/model/security.ts';
import { countColumn, nameColumn, textColumn } from '#renderer/components/columns.tsx';
import type { Column } from '#renderer/components/DataTable.tsx';
import { type Mark, MARK_WORD, SeverityMark } from '#renderer/components/SeverityMark.tsx';

const yesNo = (is: boolean): string => (is ? 'yes' : 'no');

/** The worst that the checks say; empty where they say nothing. */
function verdictColumn<Row extends { readonly verdicts: readonly Verdict[] }>(): Column<Row> {
  const worst = (row: Row) => SEVERITIES.find((s) => row.verdicts.some((v) => v.severity === s));
  return {
    id: 'verdict',
    header: 'Verdict',
    minWidth: 96,
    value: (row) => {
      const severity = worst(row);
      return severity ? MARK_WORD[severity] : '';
    },
    sortValue: (row) => {
      const severity = worst(row);
      return severity ? SEVERITIES.length - SEVERITIES.indexOf(severity) : 0;
    },
    cell: (row) => {
      const severity = worst(row);
      return severity ? <SeverityMark mark={severity} /> : '–';
    },
  };
}

/** A mark with its word where a role may do something; every other cell stays quiet. */
function rightColumn(attribute: string, header: string, minWidth: number, isWide = false): Column<RoleRow> {
  const has = (row: RoleRow): boolean => row.attributes.includes(attribute);
  return {
    id: attribute.toLowerCase(),
    header,
    minWidth,
    value: (row) => yesNo(has(row)),
    sortValue: (row) => (has(row) ? 1 : 0),
    cell: (row) => {
      if (!has(row)) return '–';
      return isWide ? <SeverityMark mark="medium" word="yes" size={12} /> : 'yes';
    },
  };
}

export const ROLE_COLUMNS: readonly Column<RoleRow>[] = [
  nameColumn(
    'name',
    'Role',
    (r) => r.name,
    () => null,
    { minWidth: 116, grow: 2 },
  ),
  verdictColumn(),
  {
    id: 'login',
    header: 'Login',
    minWidth: 58,
    value: (r) => yesNo(r.canLogin),
    sortValue: (r) => (r.canLogin ? 1 : 0),
    cell: (r) => (r.canLogin ? 'yes' : '–'),
  },
  rightColumn('SUPERUSER', 'Superuser', 84, true),
  rightColumn('BYPASSRLS', 'Skips RLS', 78, true),
  rightColumn('REPLICATION', 'Replicates', 80),
  rightColumn('CREATEROLE', 'Makes roles', 90),
  rightColumn('CREATEDB', 'Makes DBs', 84),
  {
    id: 'password',
    header: 'Password',
    minWidth: 126,
    value: passwordWord,
    cell: (r) => {
      const word = passwordWord(r);
      if (r.isPasswordWeak) return <SeverityMark mark="critical" word={word ?? ''} size={12} />;
      if (r.password === 'md5') return <SeverityMark mark="medium" word={word ?? ''} size={12} />;
      return word ?? '–';
    },
  },
  textColumn('until', 'Valid until', (r) => (r.validUntil === null ? null : r.validUntil.slice(0, 10)), {
    minWidth: 100,
    grow: 0,
  }),
  textColumn('member', 'Member of', (r) => r.memberOf.map((m) => m.role).join(', ') || null, {
    minWidth: 96,
  }),
];

function passwordWord({ password, isPasswordWeak }: RoleRow): string | null {
  if (password === null) return null;
  const word = { 'scram-sha-256': 'SCRAM', md5: 'MD5', none: 'none', other: 'other' }[String(password)];
  return `${word ?? 'not readable'}${isPasswordWeak ? ', weak' : ''}`;
}

export const GRANT_COLUMNS: readonly Column<PublicGrantRow>[] = [
  nameColumn('name', 'Object', (r) => r.name),
  verdictColumn(),
  textColumn('kind', 'Kind', (r) => r.kind, { minWidth: 150, grow: 0 }),
  textColumn('privileges', 'PUBLIC may', (r) => r.privileges.join(', '), { minWidth: 160, grow: 2 }),
  textColumn('origin', 'Because', (r) => (r.isBuiltIn ? "PostgreSQL's default" : 'granted'), {
    minWidth: 150,
    grow: 0,
  }),
];

export const DEFINER_COLUMNS: readonly Column<DefinerRow>[] = [
  nameColumn('name', 'Function', (r) => r.name),
  verdictColumn(),
  textColumn('owner', 'Runs as', (r) => (r.ownerIsSuperuser ? `${r.owner} (superuser)` : r.owner)),
  textColumn('path', 'search_path', (r) => r.searchPath ?? "the caller's", { grow: 2 }),
  textColumn('public', 'PUBLIC may execute', (r) => yesNo(r.publicCanExecute), { minWidth: 140 }),
];

/** Ids are fields of the row: the engine sorts. */
export const ROW_SECURITY_COLUMNS: readonly Column<RowSecurityRow>[] = [
  nameColumn(
    'name',
    'Table or view',
    (r) => r.name,
    () => null,
    { minWidth: 170 },
  ),
  {
    id: 'weight',
    header: 'Verdict',
    minWidth: 100,
    value: (r) => (r.worst ? MARK_WORD[r.worst] : ''),
    cell: (r) => (r.worst ? <SeverityMark mark={r.worst} /> : '–'),
  },
  textColumn('isEnabled', 'Row security', rowSecurityState, { minWidth: 140, grow: 0 }),
  countColumn('policies', 'Policies', (r) => r.policies, { minWidth: 78 }),
  textColumn('owner', 'Owner', (r) => r.owner, { minWidth: 130 }),
  textColumn('usedBy', 'Others that use it', (r) => r.usedBy, { minWidth: 150, grow: 2 }),
  textColumn('sensitiveColumns', 'Sensitive columns', (r) => r.sensitiveColumns, { minWidth: 140, grow: 2 }),
];

export function rowSecurityState({ kind, isEnabled, isForced }: RowSecurityRow): string {
  if (kind === 'view') return 'view: goes around it';
  if (!isEnabled) return isForced ? 'off (forced later)' : 'off';
  return isForced ? 'on, owner too' : 'on';
}

export const SESSION_COLUMNS: readonly Column<SessionGroup>[] = [
  nameColumn(
    'name',
    'Role',
    (r) => r.name,
    () => null,
    { minWidth: 130 },
  ),
  verdictColumn(),
  {
    id: 'encryption',
    header: 'Encryption',
    minWidth: 120,
    value: (r) => r.tlsVersion ?? r.encryption,
    sortValue: (r) => ['hidden', 'TLS', 'plain'].indexOf(r.encryption),
    cell: (r) => {
      if (r.encryption === 'TLS') return <SeverityMark mark="pass" word={r.tlsVersion ?? 'TLS'} size={12} />;
      if (r.encryption === 'hidden') return 'hidden';
      return <SeverityMark mark={isExposed(r) ? 'high' : 'info'} word="plain text" size={12} />;
    },
  },
  textColumn('cipher', 'Cipher', (r) => r.tlsCipher, { minWidth: 170, grow: 2 }),
  textColumn(
    'from',
    'From',
    (r) => {
      if (r.address === null) return r.encryption === 'hidden' ? null : 'local socket';
      return r.isLoopback ? `${r.address} (this machine)` : r.address;
    },
    { minWidth: 196 },
  ),
  textColumn('application', 'Application', (r) => r.application || null, { minWidth: 120, grow: 2 }),
  textColumn('rule', 'Let in by', (r) => r.rule && `line ${r.rule.line}`, { minWidth: 84 }),
  countColumn('count', 'Sessions', (r) => r.count, { minWidth: 80 }),
];

/** Others on the network could listen. */
function isExposed({ address, isLoopback }: SessionGroup): boolean {
  return address !== null && !isLoopback;
}

const METHODS: Readonly<Record<string, { readonly mark: Mark; readonly words: string }>> = {
  trust: { mark: 'high', words: 'trust: asks for nothing' },
  password: { mark: 'high', words: 'password: sent as it is' },
  md5: { mark: 'medium', words: 'md5: outdated' },
};

export const HBA_COLUMNS: readonly Column<HbaRow>[] = [
  countColumn('turn', 'Turn', (r) => (r.error === null ? r.turn : null), { minWidth: 60 }),
  countColumn('line', 'Line', (r) => r.line, { minWidth: 60 }),
  nameColumn('name', 'Rule', (r) => r.name),
  verdictColumn(),
  {
    id: 'method',
    header: 'Method',
    minWidth: 180,
    value: (r) => r.method,
    cell: (r) => {
      const method = METHODS[r.method ?? ''];
      return method ? <SeverityMark mark={method.mark} word={method.words} size={12} /> : (r.method ?? '–');
    },
  },
  textColumn('reach', 'Lets in from', (r) => r.reach),
  textColumn('note', 'Note', (r) => {
    if (r.error !== null) return r.error;
    return r.shadowedByLine === null ? null : `never used: line ${r.shadowedByLine} comes first`;
  }),
];

export const EXTENSION_COLUMNS: readonly Column<ExtensionRow>[] = [
  nameColumn('name', 'Extension', (r) => r.name),
  verdictColumn(),
  textColumn('installed', 'Installed', (r) => r.installed),
  textColumn('offered', 'The server offers', (r) => r.offered),
  textColumn('schema', 'Schema', (r) => r.schema),
];

export const AUDITING_COLUMNS: readonly Column<AuditingRow>[] = [
  nameColumn('name', 'Table', (r) => r.name, undefined, { minWidth: 150, grow: 2 }),
  {
    id: 'verdict',
    header: 'Audited',
    minWidth: 116,
    value: (r) => r.coverage,
    // What should be audited and is not comes first.
    sortValue: (r) => (r.expected === null ? 0 : 1 + ['likely', 'partly', 'none found'].indexOf(r.coverage)),
    cell: (r) => (
      <SeverityMark
        mark={r.coverage === 'likely' ? 'pass' : r.expected === null ? 'info' : 'medium'}
        word={r.coverage}
        size={12}
      />
    ),
  },
  textColumn('expected', 'Should be', (r) => (r.expected === null ? 'not asked for' : r.expected), {
    minWidth: 140,
    grow: 0,
  }),
  textColumn('events', 'Recorded', (r) => r.events.join(', ') || null, { minWidth: 150 }),
  textColumn('sensitive', 'Sensitive columns', (r) => r.sensitiveColumns.join(', ') || null, {
    minWidth: 130,
  }),
  textColumn('reason', 'Because', (r) => r.reason, { minWidth: 200, grow: 4 }),
];
