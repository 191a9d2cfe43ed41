/** What the engine needs from the process it runs in. Desktop, loopback and CLI each bring one. */
export interface Host {
  readonly kind: 'desktop' | 'loopback' | 'in-process';
  readonly toolVersion: string;
  /** Folder for what PgVitals remembers (history, definitions per database); null = nothing is kept after the end. */
  readonly dataDir: string | null;
  /** Keeps secrets in the keychain of the operating system; absent where there is none. */
  readonly secrets: SecretStore | null;
  /** Asks where to save and writes the file; null = cancelled. Absent where the page downloads instead. */
  readonly saveFile:
    | ((request: { fileName: string; mediaType: string; text: string }) => Promise<string | null>)
    | null;
  /** Writes one line to the log, without secrets. */
  log(level: 'info' | 'warning' | 'error', message: string): void;
}

export interface SecretStore {
  read(key: string): Promise<string | null>;
  write(key: string, value: string): Promise<void>;
  remove(key: string): Promise<void>;
}
