import { EngineError } from '#engine/errors.ts';
import { quoteServer } from '#engine/postgres/failures.ts';
import type { ToolEnd } from './tool-process.ts';

/** What pg_dump complained about, in one sentence with the next step. The lines come from the server: they are quoted, never parsed for more. */
export function dumpFailure(tool: string, end: ToolEnd, folder: string): EngineError {
  const said = end.errors.join('\n');
  const fail = (code: EngineError['code'], message: string, nextStep: string): EngineError =>
    new EngineError(code, message, nextStep, { cause: new Error(said) });
  const table = /LOCK TABLE (.+?) IN ACCESS SHARE MODE/s.exec(said)?.[1];
  // --lock-wait-timeout is a statement timeout, which pg_dump sets for its locks alone.
  if (/(lock|statement) timeout/.test(said))
    return fail(
      'LOCK_TIMEOUT',
      table
        ? `The table ${quoteServer(table)} is locked by somebody: ${tool} waited 10 s for it.`
        : `${tool} waited 10 s for a lock.`,
      'Look under Activity & locks who holds it, then back up again.',
    );
  const denied = /permission denied for (\w+ .+)/.exec(said)?.[1];
  if (denied)
    return fail(
      'PERMISSION_DENIED',
      `The role may not read everything: permission denied for ${quoteServer(denied)}.`,
      'Back up as the owner, or grant the role pg_read_all_data (PostgreSQL 14 or newer); nothing is left out silently.',
    );
  if (/row-level security|row security policy/.test(said))
    return fail(
      'PERMISSION_DENIED',
      `Row security hides rows from this role: ${quoteServer(/table "(.+?)"/.exec(said)?.[0] ?? 'a table')}.`,
      'Back up as the owner of the table or as a role with BYPASSRLS: a backup of half the rows would be worse than none.',
    );
  if (/out of shared memory|max_locks_per_transaction/.test(said))
    return fail(
      'TOOL_FAILED',
      'The server has no room for a lock on every table.',
      'Raise max_locks_per_transaction and restart the server, or back up schema by schema.',
    );
  if (/No space left on device|file size limit|disk quota/i.test(said))
    return fail(
      'FILE_NOT_WRITABLE',
      `There is no space left in ${folder}.`,
      'Free some space or choose another location; the unfinished backup was removed.',
    );
  if (/server version mismatch/.test(said))
    return fail(
      'TOOL_MISSING',
      `${tool} is older than the server.`,
      'Install a PostgreSQL client of the server’s version or newer.',
    );
  if (/conflict with recovery/.test(said))
    return fail(
      'TOOL_FAILED',
      'The standby cancelled the dump: replaying changes of the primary came first.',
      'Back up the primary, or raise max_standby_streaming_delay on this standby.',
    );
  if (
    /(terminating connection|server closed the connection|connection .*(failed|refused)|SSL|could not (receive|send) data)/.test(
      said,
    )
  )
    return fail(
      'CONNECTION_LOST',
      `The server ended the connection of ${tool}: ${quoteServer(lastError(end))}.`,
      'Look into the log of the server, then back up again.',
    );
  if (end.killedBy !== null)
    return fail(
      'TOOL_FAILED',
      `${tool} was ended from outside (${end.killedBy}).`,
      'The system may have run out of memory; back up again.',
    );
  return fail(
    'TOOL_FAILED',
    `${tool} failed${end.errors.length > 0 ? `: ${quoteServer(lastError(end))}` : ` with exit code ${end.code}`}.`,
    'The log below has what it said; nothing was kept of this backup.',
  );
}

/** The last complaint, without who says it. */
function lastError({ errors }: ToolEnd): string {
  const line = errors.findLast((one) => /error|fatal/i.test(one)) ?? errors.at(-1) ?? '';
  return line.replace(/^\S*pg_\w+(\.exe)?: (error: |detail: )?(Error message from server: )?/, '');
}
