import { EngineError } from '#engine/errors.ts';
import { quoteServer } from '#engine/postgres/failures.ts';
import type { ToolEnd } from './tool-process.ts';

/** Why pg_restore stopped, from what it and the server said: TOOL_FAILED, PERMISSION_DENIED or BACKUP_DAMAGED. */
export function restoreFailure(end: ToolEnd, said: string): EngineError {
  for (const [pattern, explain] of REASONS) {
    const match = pattern.exec(said);
    if (match) {
      const [code, message, nextStep] = explain(
        ...match.slice(1).map((part: string | undefined) => quoteServer(part ?? '')),
      );
      return new EngineError(code, message, nextStep);
    }
  }
  return new EngineError(
    'TOOL_FAILED',
    said === '' ? `pg_restore failed (exit code ${end.code}).` : `pg_restore failed: ${quoteServer(said)}`,
    'Nothing of it is left, and no other database was touched. Mend the cause, then try again.',
  );
}

type Explained = readonly [code: EngineError['code'], message: string, nextStep: string];

/** Of servers with English messages; others are quoted as they are. The first that fits counts. */
const REASONS: ReadonlyArray<readonly [pattern: RegExp, explain: (...parts: string[]) => Explained]> = [
  [
    /No space left on device|disk full/i,
    () => ['TOOL_FAILED', 'The disk of the server is full.', 'Make room on the server, then try again.'],
  ],
  [
    /(?:could not open extension control file ".*\/([^/"]+)\.control"|extension "([^"]+)" is not available)/,
    (file = '', name = '') => [
      'TOOL_FAILED',
      `The server does not have the extension ${file || name}.`,
      'Install its package on the server, or choose a server that has it.',
    ],
  ],
  [
    /role "([^"]+)" does not exist/,
    (role = '') => [
      'TOOL_FAILED',
      `The role ${role} does not exist on the server.`,
      'Create the role there (globals.sql of the backup has it), then try again.',
    ],
  ],
  [
    /tablespace "([^"]+)" does not exist/,
    (tablespace = '') => [
      'TOOL_FAILED',
      `The tablespace ${tablespace} does not exist on the server.`,
      'Create it there, or restore without tablespaces.',
    ],
  ],
  [
    /ERROR:\s+((?:permission denied|must be|only superusers?).*?)(?: (?:HINT|DETAIL|Command was):|$)/i,
    (why = '') => [
      'PERMISSION_DENIED',
      `The server does not permit all of it: ${why}.`,
      'Connect as a role that may create what the backup holds.',
    ],
  ],
  [
    /(could not (?:uncompress|decompress) data.*|could not read from input file.*|found unexpected block ID.*|error during file seek.*|unexpected end of file.*)/,
    (why = '') => ['BACKUP_DAMAGED', `pg_restore cannot read the archive: ${why}.`, 'Use another backup.'],
  ],
  [
    /server closed the connection unexpectedly|terminating connection|connection to server (?:at|on) .* failed|SSL SYSCALL error|could not receive data from server/,
    () => [
      'CONNECTION_LOST',
      'The connection to the server was lost during the restore.',
      'Look after the server, then try again.',
    ],
  ],
];
