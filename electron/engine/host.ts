/** What the engine needs from the process it runs in. Desktop, loopback and CLI each bring one. */
export interface Host {
  readonly kind: 'desktop' | 'loopback' | 'in-process';
  readonly toolVersion: string;
  /** Folder for what PgVitals remembers (history, definitions per database); null = nothing is kept after the end. */
  readonly dataDir: string | null;
  /** Of the process as it was started: what it says of databases is offered, and never obeyed. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Keeps secrets in the keychain of the operating system; absent where there is none. */
  readonly secrets: SecretStore | null;
  /** Asks where to save and writes the file; null = cancelled. Absent where the page downloads instead. */
  readonly saveFile:
    | ((request: { fileName: string; mediaType: string; text: string }) => Promise<string | null>)
    | null;
  /** Folders of this machine; absent where there is no desktop. */
  readonly folders: {
    /** Null = cancelled. */
    choose(purpose: 'backups' | 'clients' | 'project'): Promise<string | null>;
    /** In the file manager. */
    show(path: string): Promise<void>;
  } | null;
  /** Asks the user outside of the page whether this computer shall run a command; absent where only the page could ask. */
  readonly confirmCommand: ((command: string) => Promise<boolean>) | null;
  /** A page as PDF, through the save dialog; absent where there is none. Null = cancelled. */
  readonly savePdf: ((request: { fileName: string; html: string }) => Promise<string | null>) | null;
  /** Writes one line to the log, without secrets. */
  log(level: 'info' | 'warning' | 'error', message: string): void;
}

export interface SecretStore {
  read(key: string): Promise<string | null>;
  write(key: string, value: string): Promise<void>;
  remove(key: string): Promise<void>;
}
