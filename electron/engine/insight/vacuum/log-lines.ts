import type { VacuumLogRun } from '#shared/model/vacuum.ts';

export type LogFormat = 'stderr' | 'csvlog' | 'jsonlog';

interface Entry {
  readonly at: string | null;
  readonly message: string;
}

/**
 * The runs of autovacuum in a piece of the server's log, newest first, of one database. A piece may begin in the middle
 * of an entry: that one is left out. English messages only, which lc_messages decides.
 */
export function parseVacuumLog(text: string, format: LogFormat, database: string): VacuumLogRun[] {
  const entries =
    format === 'stderr' ? plainEntries(text) : format === 'csvlog' ? csvEntries(text) : jsonEntries(text);
  return entries.flatMap((entry, id) => runOf(entry, id, database)).reverse();
}

/** `automatic aggressive vacuum to prevent wraparound of table "db.schema.table": index scans: 1` */
const HEAD = /^automatic (aggressive )?(vacuum|analyze)( to prevent wraparound)? of table "(.+?)"(?::|\s|$)/;

function runOf({ at, message }: Entry, id: number, database: string): VacuumLogRun[] {
  const head = HEAD.exec(message);
  if (!head) return [];
  const [, aggressive, what, wraparound, name = ''] = head;
  // A name may hold dots of its own; the database stands before the first that fits.
  if (!name.startsWith(`${database}.`)) return [];
  const table = name.slice(database.length + 1);
  const tuples = /^\s*tuples: (\d+) removed, (\d+) remain(?:, (\d+) are dead but not yet removable)?/m.exec(
    message,
  );
  const elapsed = /elapsed: ([\d.]+) s/.exec(message);
  return [
    {
      id,
      at,
      what: what === 'analyze' ? 'analyze' : 'vacuum',
      kind: [aggressive, wraparound].flatMap((word) => word?.trim() ?? []).join(' ') || null,
      table: table.replace(/^public\./, ''),
      elapsedMs: elapsed ? Number(elapsed[1]) * 1000 : null,
      removedRows: count(tuples?.[1]),
      remainingRows: count(tuples?.[2]),
      notRemovableRows: count(tuples?.[3]),
    },
  ];
}

function count(digits: string | undefined): number | null {
  return digits === undefined ? null : Number(digits);
}

const SEVERITY =
  /(?:^|[\s:])(?:DEBUG\d?|LOG|INFO|NOTICE|WARNING|ERROR|FATAL|PANIC|STATEMENT|DETAIL|HINT|CONTEXT):  /;
const INSTANT = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?(?: [A-Z]{1,5}|[+-]\d\d(?::?\d\d)?)?/;

/** An entry begins with its prefix and severity; the lines after it begin with a tab. */
function plainEntries(text: string): Entry[] {
  const entries: { at: string | null; message: string }[] = [];
  for (const line of text.split(/\r?\n/)) {
    const begin = SEVERITY.exec(line);
    const last = entries.at(-1);
    if (line.startsWith('\t')) {
      if (last) last.message += `\n${line.slice(1)}`;
    } else if (begin) {
      const at = INSTANT.exec(line.slice(0, begin.index))?.[0] ?? null;
      entries.push({ at, message: line.slice(begin.index + begin[0].length) });
    }
  }
  return entries;
}

/** Position of message in https://www.postgresql.org/docs/current/runtime-config-logging.html#RUNTIME-CONFIG-LOGGING-CSVLOG */
const CSV_MESSAGE = 13;

function csvEntries(text: string): Entry[] {
  // The piece may begin inside a quoted field: begin at a line that begins an entry.
  const begin = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ [^,]+,/m.exec(text);
  if (!begin) return [];
  const entries: Entry[] = [];
  let fields: string[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^,\n]*))(,|\r?\n|$)/gy;
  field.lastIndex = begin.index;
  for (let match = field.exec(text); match && match[0] !== ''; match = field.exec(text)) {
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (match[3] === ',') continue;
    const message = fields[CSV_MESSAGE];
    if (message !== undefined) entries.push({ at: fields[0] ?? null, message });
    fields = [];
  }
  return entries;
}

function jsonEntries(text: string): Entry[] {
  return text.split('\n').flatMap((line) => {
    if (!line.startsWith('{')) return [];
    try {
      const entry: { timestamp?: unknown; message?: unknown } = JSON.parse(line);
      if (typeof entry.message !== 'string') return [];
      return [{ at: typeof entry.timestamp === 'string' ? entry.timestamp : null, message: entry.message }];
    } catch {
      // Cut off: being written, or before the piece.
      return [];
    }
  });
}
