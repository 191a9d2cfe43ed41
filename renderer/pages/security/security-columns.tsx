import { SEVERITIES } from '#shared/model/finding.ts';
import type {
  AuditingRow,
  DefinerRow,
  ExtensionRow,
  HbaRow,
  PlainSessions,
  PublicGrantRow,
  RoleRow,
  RowSecurityRow,
  Verdict,
} from '#shared/model/security.ts';
import { countColumn, nameColumn, textColumn } from '#renderer/components/columns.tsx';
import type { Column } from '#renderer/components/DataTable.tsx';
import { MARK_WORD, SeverityMark } from '#renderer/components/SeverityMark.tsx';

const yesNo = (is: boolean): string => (is ? 'yes' : 'no');

/** The worst that the checks say; empty where they say nothing. */
function verdictColumn<Row extends { readonly verdicts: readonly Verdict[] }>(): Column<Row> {
  const worst = (row: Row) => SEVERITIES.find((s) => row.verdicts.some((v) => v.severity === s));
  return {
    id: 'verdict',
    header: 'Verdict',
    minWidth: 104,
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

export const ROLE_COLUMNS: readonly Column<RoleRow>[] = [
  nameColumn('name', 'Role', (r) => r.name),
  verdictColumn(),
  textColumn('login', 'Login', (r) => yesNo(r.canLogin), { minWidth: 60, grow: 0 }),
  textColumn('attributes', 'May', (r) => r.attributes.join(', ') || null, { minWidth: 150, grow: 2 }),
  textColumn('password', 'Password', (r) =>
    r.password === null ? null : `${r.password}${r.isPasswordWeak ? ', weak' : ''}`,
  ),
  textColumn('member', 'Member of', (r) => r.memberOf.join(', ') || null, { grow: 2 }),
  textColumn('reaches', 'Through others', (r) => r.reaches.join(', ') || null),
  textColumn('limit', 'Sessions', (r) => (r.connectionLimit < 0 ? 'no limit' : String(r.connectionLimit)), {
    minWidth: 76,
    grow: 0,
  }),
  textColumn('until', 'Valid until', (r) => r.validUntil, { minWidth: 90 }),
  countColumn('owns', 'Owns', (r) => r.owns, { minWidth: 70 }),
];

export const GRANT_COLUMNS: readonly Column<PublicGrantRow>[] = [
  nameColumn('name', 'Object', (r) => r.name),
  verdictColumn(),
  textColumn('kind', 'Kind', (r) => r.kind),
  textColumn('privileges', 'PUBLIC may', (r) => r.privileges.join(', '), { grow: 3 }),
];

export const DEFINER_COLUMNS: readonly Column<DefinerRow>[] = [
  nameColumn('name', 'Function', (r) => r.name),
  verdictColumn(),
  textColumn('owner', 'Runs as', (r) => (r.ownerIsSuperuser ? `${r.owner} (superuser)` : r.owner)),
  textColumn('path', 'search_path', (r) => r.searchPath ?? "the caller's", { grow: 2 }),
  textColumn('public', 'PUBLIC may execute', (r) => yesNo(r.publicCanExecute), { minWidth: 140 }),
];

export const ROW_SECURITY_COLUMNS: readonly Column<RowSecurityRow>[] = [
  nameColumn('name', 'Table or view', (r) => r.name),
  verdictColumn(),
  textColumn('owner', 'Owner', (r) => r.owner),
  textColumn('enabled', 'Row security', (r) => stateOf(r), { minWidth: 120 }),
  countColumn('count', 'Policies', (r) => r.policies.length),
  textColumn('policies', 'What they admit', (r) => r.policies.join('; ') || null, { grow: 3 }),
  textColumn('sensitive', 'Sensitive columns', (r) => r.sensitiveColumns.join(', ') || null, { grow: 2 }),
];

function stateOf({ kind, isEnabled, isForced }: RowSecurityRow): string {
  if (kind === 'view') return 'view: goes around it';
  if (!isEnabled) return 'off';
  return isForced ? 'on, also for the owner' : 'on';
}

export const PLAIN_COLUMNS: readonly Column<PlainSessions>[] = [
  nameColumn('name', 'Role', (r) => r.name),
  verdictColumn(),
  textColumn('from', 'From', (r) => {
    if (r.address === null) return 'local socket';
    return r.isLoopback ? `${r.address} (this machine)` : r.address;
  }),
  textColumn('application', 'Application', (r) => r.application || null),
  countColumn('count', 'Sessions', (r) => r.count),
];

export const HBA_COLUMNS: readonly Column<HbaRow>[] = [
  countColumn('turn', 'Turn', (r) => r.turn, { minWidth: 60 }),
  countColumn('line', 'Line', (r) => r.line, { minWidth: 60 }),
  nameColumn('name', 'Rule', (r) => r.name),
  verdictColumn(),
  textColumn('method', 'Method', (r) => r.method),
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
  nameColumn('name', 'Table', (r) => r.name, undefined, { grow: 2 }),
  textColumn('verdict', 'Audited', (r) => r.coverage, { minWidth: 100, grow: 0 }),
  textColumn('sensitive', 'Sensitive columns', (r) => r.sensitiveColumns.join(', '), { grow: 2 }),
  textColumn('reason', 'Because', (r) => r.reason, { grow: 4 }),
];
