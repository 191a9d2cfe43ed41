import { conninfoOf } from '#engine/postgres/conninfo.ts';
import { parseConnectionInput } from '#engine/postgres/url.ts';
import { runTool, type ToolEnd, type ToolRun } from '#engine/backup/tool-process.ts';

/** The real clients of this machine. */
export const CLIENT_FOLDER = '/usr/lib/postgresql/15/bin';
export const PG_DUMP = `${CLIENT_FOLDER}/pg_dump`;
export const PG_RESTORE = `${CLIENT_FOLDER}/pg_restore`;

export interface ClientRun extends ToolEnd {
  /** All of stderr. */
  readonly lines: readonly string[];
  readonly output: string;
}

/** Runs a client on a database, connected as the engine does it; `url` null = no connection. */
export async function runClient(
  path: string,
  url: string | null,
  args: readonly string[],
  change: Partial<ToolRun> = {},
): Promise<ClientRun> {
  const target = url === null ? null : parseConnectionInput(url);
  const lines: string[] = [];
  let output = '';
  const end = await runTool({
    path,
    args: [
      ...args,
      ...(target === null
        ? []
        : ['--no-password', `--dbname=${conninfoOf(target, 'pgvitals/backup:test', 150_000)}`]),
    ],
    password: target?.password ?? null,
    signal: new AbortController().signal,
    onLine: (line) => lines.push(line),
    onOutput: async (stream) => {
      for await (const chunk of stream.setEncoding('utf8')) output += String(chunk);
    },
    ...change,
  });
  return { ...end, lines, output };
}

/** A dump as SQL text. */
export async function scriptOf(archive: string): Promise<string> {
  const { code, output, lines } = await runClient(PG_RESTORE, null, ['--file=-', archive]);
  if (code !== 0) throw new Error(lines.join('\n'));
  return output;
}
