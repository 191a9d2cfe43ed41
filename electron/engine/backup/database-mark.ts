import { TRASH_DAYS } from '#shared/model/backup.ts';
import { formatInstant } from '#shared/model/format.ts';

/**
 * What stands in the comment of a database that PgVitals made or put aside, so that it is known again without any
 * file of ours. It counts only where `oid` is the oid of the database that bears it: a copied comment means nothing.
 */
export interface DatabaseMark {
  /**
   * `new`: being restored, dropped when that fails. `verify`: a test restore, always dropped. `old`: was replaced, never
   * dropped by itself.
   */
  readonly kind: 'new' | 'verify' | 'old';
  /** The name that it had, or is to have. */
  readonly of: string;
  readonly oid: number;
  /** 16 hexadecimal digits. */
  readonly token: string;
  readonly jobId: string;
  /** Where its contents came from, or whose contents took its place. */
  readonly backupId: string;
  /** Put aside when the database that it had replaced got its name back. */
  readonly isSwappedBack: boolean;
  /** ISO 8601, clock of this machine. */
  readonly at: string;
  readonly keepUntil: string | null;
  /** Set while `ALLOW_CONNECTIONS` is off because of us: the database that is to be given them back. */
  readonly blockedOid: number | null;
  /** What the comment was before: an old database gets it back with its name. */
  readonly comment: string | null;
}

/** The comment of a database that is put aside. */
export function oldMarkOf(
  live: { readonly name: string; readonly oid: number },
  by: Pick<DatabaseMark, 'token' | 'jobId' | 'backupId' | 'comment'> & { readonly at: Date },
): DatabaseMark {
  return {
    kind: 'old',
    of: live.name,
    oid: live.oid,
    token: by.token,
    jobId: by.jobId,
    backupId: by.backupId,
    isSwappedBack: false,
    at: by.at.toISOString(),
    keepUntil: new Date(by.at.getTime() + TRASH_DAYS * 86_400_000).toISOString(),
    blockedOid: null,
    comment: by.comment,
  };
}

/** A sentence for people, and the mark in its last line. */
export function markText(mark: DatabaseMark): string {
  return `${sentenceOf(mark)}\n${PREFIX}${JSON.stringify(mark)}`;
}

/** The mark of the database with this oid; null where the comment has none, or another database's. */
export function readMark(comment: string | null, oid: number): DatabaseMark | null {
  const line = comment?.split('\n').at(-1) ?? '';
  if (!line.startsWith(PREFIX)) return null;
  let parsed: unknown;
  try {
    parsed = JSON.parse(line.slice(PREFIX.length));
  } catch {
    return null;
  }
  return isMark(parsed) && parsed.oid === oid ? parsed : null;
}

/**
 * `shop__pgv_new_1a2b3c4d`: the name is cut between characters, so that all of it stays within PostgreSQL's 63 bytes. A
 * test restore is `pgv_verify_1a2b3c4d`.
 */
export function sideName(name: string, kind: DatabaseMark['kind'], token: string): string {
  if (kind === 'verify') return `pgv_verify_${token.slice(0, 8)}`;
  const suffix = `__pgv_${kind}_${token.slice(0, 8)}`;
  let kept = '';
  for (const character of name) {
    if (Buffer.byteLength(kept + character + suffix) > MOST_BYTES) break;
    kept += character;
  }
  return `${kept}${suffix}`;
}

function sentenceOf({ kind, of, at, backupId, isSwappedBack, keepUntil }: DatabaseMark): string {
  const name = of.replaceAll(/\s+/g, ' ');
  const when = formatInstant(at);
  if (kind === 'new')
    return `PgVitals is restoring ${name} into this database since ${when}. It is dropped if that fails.`;
  if (kind === 'verify')
    return `PgVitals proves the backup ${backupId} of ${name} in this database since ${when}, and drops it then.`;
  const what = isSwappedBack
    ? `This was ${name}, restored from the backup ${backupId}, until PgVitals swapped the former database back on ${when}.`
    : `This was ${name} until PgVitals replaced it on ${when} with the backup ${backupId}.`;
  return `${what} Keep it until ${formatInstant(keepUntil ?? at)}; nothing drops it by itself.`;
}

const PREFIX = 'pgvitals: ';
/** NAMEDATALEN - 1. */
const MOST_BYTES = 63;

function isMark(value: unknown): value is DatabaseMark {
  if (typeof value !== 'object' || value === null) return false;
  const mark = value as Readonly<Record<string, unknown>>;
  const isTextOrNull = (field: unknown): boolean => field === null || typeof field === 'string';
  return (
    ['new', 'verify', 'old'].includes(String(mark['kind'])) &&
    ['of', 'jobId', 'backupId'].every((field) => typeof mark[field] === 'string') &&
    typeof mark['at'] === 'string' &&
    !Number.isNaN(Date.parse(mark['at'])) &&
    typeof mark['token'] === 'string' &&
    /^[0-9a-f]{16}$/.test(mark['token']) &&
    typeof mark['oid'] === 'number' &&
    typeof mark['isSwappedBack'] === 'boolean' &&
    (mark['blockedOid'] === null || typeof mark['blockedOid'] === 'number') &&
    isTextOrNull(mark['keepUntil']) &&
    isTextOrNull(mark['comment'])
  );
}
