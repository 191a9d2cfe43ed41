import type { BackupsOverview } from '#shared/model/backup.ts';
import type { Facts } from '#shared/model/facts.ts';
import type { Block } from '#engine/reports/document.ts';
import type { SshHop } from '#engine/postgres/tunnel/hop.ts';
import type { Manifest } from './manifest.ts';

/** What the parts of a recovery plan are made of. */

export interface RecoveryInput {
  readonly overview: Pick<BackupsOverview, 'backups' | 'locations' | 'recovery' | 'database'>;
  /** The backup to restore from: the newest intact one of the whole database; null = there is none. */
  readonly best: { readonly folder: string; readonly manifest: Manifest } | null;
  readonly server: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly version: string;
    readonly usesTls: boolean | null;
    /** The SSH server in between; `host` and `port` are as it sees them. */
    readonly ssh?: SshHop | null;
  };
  /** What is known of the server; each part may be missing. */
  readonly facts: Partial<Pick<Facts, 'databases' | 'settings' | 'archiver' | 'replicationSlots'>>;
  readonly toolVersion: string;
  readonly now: Date;
}

export function heading(title: string): Block {
  return { type: 'heading', level: 2, text: title };
}

export function text(words: string): Block {
  return { type: 'text', text: words };
}

export function list(items: readonly string[]): Block {
  return { type: 'list', items };
}

export function sh(label: string, commands: string): Block {
  return { type: 'code', label, text: commands, language: 'sh' };
}

export function figures(rows: readonly (readonly [string, string])[]): Block {
  return { type: 'table', columns: [{ label: 'What' }, { label: 'Value' }], rows };
}
