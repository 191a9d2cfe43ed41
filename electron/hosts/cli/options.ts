import { InvalidArgumentError } from 'commander';
import { SEVERITIES, type Severity } from '#shared/model/finding.ts';
import { LETTERS, type Letter } from '#shared/model/grade.ts';

export const FORMATS = ['human', 'json', 'md', 'html', 'csv'] as const;
export type Format = (typeof FORMATS)[number];

export type FailOn = Severity | 'never';

export interface SshFlags {
  readonly ssh?: string;
  readonly sshKey?: string;
  readonly sshTrust?: string;
}

export interface ConnectionFlags extends SshFlags {
  readonly dbname?: string;
  readonly host?: string;
  readonly port?: string;
  readonly username?: string;
  readonly service?: string;
  /** The name of a saved connection. */
  readonly connection?: string;
  /** A .env file. */
  readonly dotenv?: string;
}

export interface AuditFlags extends ConnectionFlags {
  readonly format: Format;
  readonly output: readonly OutputFile[];
  readonly failOn: FailOn;
  readonly minGrade?: Letter;
  readonly maxFindings?: number;
  readonly only: readonly string[];
  readonly skip: readonly string[];
  readonly set: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly baseline?: string;
  readonly newOnly?: boolean;
  readonly requireComplete?: boolean;
  readonly save?: string;
  readonly snapshot?: string;
  readonly redact?: boolean;
  readonly timeout?: number;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly color: boolean;
}

export interface OutputFile {
  readonly format: Exclude<Format, 'human'>;
  readonly path: string;
}

export function parseFormat(text: string): Format {
  return oneOf(text, FORMATS);
}

export function parseFailOn(text: string): FailOn {
  return oneOf(text, [...SEVERITIES.filter((s) => s !== 'info'), 'never']);
}

export function parseGrade(text: string): Letter {
  return oneOf(text.toUpperCase(), LETTERS);
}

export function parseCount(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0)
    throw new InvalidArgumentError('It has to be a whole number of 0 or more.');
  return value;
}

/** "30", "30s" or "2m" → milliseconds. */
export function parseTimeout(text: string): number {
  const match = /^(\d+)(ms|s|m)?$/.exec(text);
  const factor = { ms: 1, s: 1000, m: 60_000 }[match?.[2] ?? 's'];
  const value = Number(match?.[1] ?? Number.NaN) * (factor ?? Number.NaN);
  if (!(value > 0)) throw new InvalidArgumentError('It has to be a time such as 30s or 2m.');
  return value;
}

export function collectList(text: string, before: readonly string[]): string[] {
  return [
    ...before,
    ...text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  ];
}

/** "json=audit.json". */
export function collectOutput(text: string, before: readonly OutputFile[]): OutputFile[] {
  const at = text.indexOf('=');
  const path = text.slice(at + 1);
  if (at < 1 || path === '')
    throw new InvalidArgumentError('It has to be format=path, for example html=report.html.');
  const format = oneOf(
    text.slice(0, at),
    FORMATS.filter((f) => f !== 'human'),
  );
  return [...before, { format, path }];
}

/** "unused-index.minimumSizeBytes=1048576". */
export function collectThreshold(text: string, before: AuditFlags['set']): AuditFlags['set'] {
  const match = /^([a-z0-9-]+)\.([A-Za-z0-9]+)=(-?\d+(?:\.\d+)?)$/.exec(text);
  const [, check, name, value] = match ?? [];
  if (!check || !name || value === undefined) {
    throw new InvalidArgumentError(
      'It has to be check.threshold=number; pgvitals explain <check> lists the thresholds.',
    );
  }
  return { ...before, [check]: { ...before[check], [name]: Number(value) } };
}

export function oneOf<const T extends string>(text: string, allowed: readonly T[]): T {
  const found = allowed.find((value) => value === text);
  if (!found) throw new InvalidArgumentError(`It has to be one of ${allowed.join(', ')}.`);
  return found;
}
