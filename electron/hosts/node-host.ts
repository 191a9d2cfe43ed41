import type { Host } from '#engine/host.ts';
import { formatLogLine } from './log-line.ts';

export interface NodeHostOptions {
  readonly kind: 'loopback' | 'in-process';
  readonly toolVersion: string;
  /** Default: nothing is kept. */
  readonly dataDir?: string | null;
  /** Default: empty. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Receives finished lines; the CLI sends them to stderr or drops them with --quiet. */
  readonly writeLogLine?: (line: string) => void;
}

/** The host of a plain Node process: no keychain and no dialogs, so the page downloads and passwords are asked for. */
export function createNodeHost(options: NodeHostOptions): Host {
  const write = options.writeLogLine ?? ((line: string) => process.stderr.write(`${line}\n`));
  return {
    kind: options.kind,
    toolVersion: options.toolVersion,
    dataDir: options.dataDir ?? null,
    environment: options.environment ?? {},
    secrets: null,
    saveFile: null,
    folders: null,
    savePdf: null,
    confirmCommand: null,
    log: (level, message) => write(formatLogLine(level, message, new Date())),
  };
}
