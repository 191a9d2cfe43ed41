import { base, output } from './base.ts';

export interface AppInfo {
  readonly name: string;
  readonly version: string;
  readonly host: 'desktop' | 'loopback' | 'in-process';
  /** The host shows a save dialog of its own; otherwise the page downloads the file. */
  readonly savesThroughDialog: boolean;
  readonly canStorePasswords: boolean;
  /** Connection to open first, for example the demo's. */
  readonly initialConnectionId: string | null;
  readonly demoAvailable: boolean;
}

export const app = {
  /** Who we are and what this host can do. */
  info: base.output(output<AppInfo>()),
};
