import type {
  BackupDetails,
  BackupJob,
  BackupPlanPreview,
  BackupRow,
  BackupsOverview,
  PlannedRemoval,
} from '#shared/model/backup.ts';
import {
  formatAgo,
  formatBytes,
  formatCount,
  formatCountOf,
  formatDuration,
  formatInstant,
  formatPercent,
  UNKNOWN,
} from '#shared/model/format.ts';
import { visible } from '#engine/reports/visible.ts';

const MARKS = { ok: 'ok     ', note: 'note   ', warning: 'WARNING', stop: 'STOP   ' } as const;

/** The backups of the connected database, newest first; names of the database cannot control the terminal. */
export function renderBackups(overview: BackupsOverview, nowMs: number): string {
  const { database, recovery, tools, replaced } = overview;
  const own = overview.backups.filter((row) => row.database === database.name);
  const others = overview.backups.length - own.length;
  const rows = own.map((row) => rowCells(row, nowMs));
  return text([
    ...(rows.length === 0
      ? [`There is no backup of ${visible(database.name)}.`]
      : columns(
          [['Id', 'Made', 'State', 'Size', 'Saved', 'Rows', 'Last proven', 'Holds'], ...rows],
          NUMERIC,
        )),
    ...(others > 0
      ? [`${formatCountOf(others, 'backup')} of other databases of this server are in -f json.`]
      : []),
    '',
    recovery.pointAgeMs === null
      ? 'If the database were gone now, everything would be lost.'
      : `If the database were gone now: the last ${formatDuration(recovery.pointAgeMs)} would be lost, ${recovery.timeMs === null ? 'and how long a restore takes was never measured' : `and a restore takes ${formatDuration(recovery.timeMs)}`}.`,
    ...replaced
      .filter(({ isThere }) => isThere)
      .map(
        ({ id, oldName, replacedAt }) =>
          `Kept since a restore of ${formatInstant(replacedAt)}: ${visible(oldName)} (--swap-back ${id}, --drop-old ${id}).`,
      ),
    ...(tools.refusal === null ? [] : [visible(`${tools.refusal.message} ${tools.refusal.nextStep}`)]),
    ...overview.notices.map((notice) => visible(notice)),
  ]);
}

/** What would be written, renamed, dropped or deleted. */
export function renderBackupPlan(plan: BackupPlanPreview, { asks }: { readonly asks: boolean }): string {
  const { title, risk, target, steps, sql, preflight, removes, keeps, mustAccept, phrase, undo } = plan;
  return text([
    `${visible(title)} (${risk})`,
    ...target.map(({ label, value }) => `  ${visible(label)}: ${visible(value)}`),
    '',
    ...steps.map((step, at) => `  ${at + 1}. ${visible(step)}`),
    ...sql.map((statement) => `     ${visible(statement)};`),
    ...removals('Goes:', removes),
    ...removals('Stays:', keeps),
    ...(preflight.length > 0 ? ['', 'Before it runs:'] : []),
    ...preflight.map(
      ({ verdict, text: words, nextStep }) =>
        `  ${MARKS[verdict]}  ${visible(words)}${nextStep ? ` ${visible(nextStep)}` : ''}`,
    ),
    ...(mustAccept.length > 0 ? ['', 'Only you can know (--accept):'] : []),
    ...mustAccept.map(({ id, text: words }) => `  "${visible(id)}": ${visible(words)}`),
    '',
    visible(undo),
    ...(asks ? [howToRun(phrase)] : []),
  ]);
}

/** How it ended, and what came of it. */
export function renderBackupJob(job: BackupJob, backup: BackupDetails | null): string {
  const { title, outcome, steps, error, notes, database, kind } = job;
  return text([
    `${visible(title)}: ${outcome}`,
    ...steps.map(({ title: step, state, durationMs, detail }) =>
      [
        `  ${STEP_MARKS[state]}  ${visible(step)}`,
        durationMs === null ? '' : ` (${formatDuration(durationMs)})`,
        detail === null ? '' : `: ${visible(detail)}`,
      ].join(''),
    ),
    ...notes.map((note) => `  ${visible(note)}`),
    ...(error ? [visible(`${error.message}${error.nextStep === null ? '' : ` ${error.nextStep}`}`)] : []),
    ...(database === null ? [] : [`Database ${visible(database)}`]),
    ...(backup !== null && (kind === 'create' || kind === 'verify') ? backupLines(backup) : []),
  ]);
}

const STEP_MARKS = { waiting: '·', running: '…', done: 'ok', failed: 'FAILED', 'not run': '–' } as const;
const NUMERIC = new Set([3, 4, 5]);

function backupLines(backup: BackupDetails): readonly string[] {
  const { id, trust, sizeBytes, tables, rows, folder, notices, lastVerification } = backup;
  const restoreMs = lastVerification?.restoreMs ?? null;
  return [
    `Backup ${id}: ${trust}, ${formatBytes(sizeBytes)}, ${formatCountOf(tables, 'table')}, ${formatCountOf(rows, 'row')}`,
    `  ${visible(folder)}`,
    ...(restoreMs === null
      ? []
      : [
          `  Restored on ${visible(lastVerification?.restoredOn ?? UNKNOWN)} in ${formatDuration(restoreMs)}.`,
        ]),
    ...notices.map((notice) => `  ${visible(notice)}`),
  ];
}

function rowCells(row: BackupRow, nowMs: number): readonly string[] {
  const { id, startedAt, trust, trashedAt, isPinned, sizeBytes, databaseBytes, rows, note, busy } = row;
  const saved = databaseBytes === null || databaseBytes === 0 ? null : 100 * (1 - sizeBytes / databaseBytes);
  const state = [
    trust,
    ...(isPinned ? ['pinned'] : []),
    ...(trashedAt ? ['in the trash'] : []),
    ...(busy ? [busy] : []),
  ];
  return [
    id,
    formatInstant(startedAt),
    state.join(', '),
    formatBytes(sizeBytes),
    saved === null || saved < 0 ? '' : formatPercent(Math.round(saved)),
    formatCount(rows),
    row.lastRestoreTestAt === null ? 'never' : formatAgo(nowMs - Date.parse(row.lastRestoreTestAt)),
    visible(`${holds(row)}${note === '' ? '' : ` (${note})`}`),
  ];
}

function holds({ scope, tables }: BackupRow): string {
  switch (scope.kind) {
    case 'database':
      return formatCountOf(tables, 'table');
    case 'schemas':
      return `schemas ${scope.schemas.join(', ')}`;
    case 'tables':
      return scope.tables.map(({ schema, name }) => `${schema}.${name}`).join(', ');
  }
}

function removals(title: string, list: readonly PlannedRemoval[]): readonly string[] {
  if (list.length === 0) return [];
  return [
    '',
    title,
    ...list.map(
      ({ id, title: name, sizeBytes, reason }) =>
        `  ${id}  ${visible(name)}  ${formatBytes(sizeBytes)}  ${visible(reason)}`,
    ),
  ];
}

function howToRun(phrase: string | null): string {
  return phrase === null
    ? 'Nothing was changed. To run it, add --yes.'
    : `Nothing was changed. To run it, add --yes --confirm "${visible(phrase)}".`;
}

function columns(rows: readonly (readonly string[])[], numeric: ReadonlySet<number>): readonly string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, at) => (numeric.has(at) ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

function text(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}
