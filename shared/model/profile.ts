export const ENVIRONMENTS = ['development', 'staging', 'production'] as const;
/** What a database is for. On production, what blocks or destroys also asks for the name of the connection. */
export type Environment = (typeof ENVIRONMENTS)[number];

export const ENVIRONMENT_WORDS: Readonly<Record<Environment, string>> = {
  development: 'Development',
  staging: 'Staging',
  production: 'Production',
};

/** How to reach the server through another one, by OpenSSH. Its secrets are in the keychain, or asked for. */
export interface ProfileSsh {
  /** A host or an alias of ~/.ssh/config. */
  readonly destination: string;
  readonly port: number | null;
  readonly user: string | null;
  readonly keyFile: string | null;
}

/** A saved connection. It holds no secret. */
export interface ConnectionProfile {
  readonly id: string;
  readonly name: string;
  readonly environment: Environment;
  readonly group: string | null;
  readonly notes: string;
  /** By libpq's keywords: host, port, dbname, user, sslmode, service, … */
  readonly settings: Readonly<Record<string, string>>;
  readonly ssh: ProfileSsh | null;
  /** Prints the password; run by the shell at each login. */
  readonly passwordCommand: string | null;
  readonly createdAt: string;
  readonly lastUsedAt: string | null;
}

/** A saved connection as the list shows it. */
export interface ProfileRow extends ConnectionProfile {
  /** "role@host:port/database", or what cannot be understood of the settings. */
  readonly address: string;
  readonly hasStoredPassword: boolean;
  readonly lastAudit: { readonly at: string; readonly grade: string } | null;
  /** Its connection, while one is open. */
  readonly connectionId: string | null;
}

export interface ProfileList {
  readonly profiles: readonly ProfileRow[];
  /** Why some or all of them cannot be shown or changed; null where all is well. */
  readonly problem: string | null;
  /** False where nothing is kept, or where the file belongs to a newer version. */
  readonly canSave: boolean;
  readonly canStorePasswords: boolean;
  /** Commands that print a password can be set on this host: it asks its user outside of the page. */
  readonly canSetCommands: boolean;
}

export interface ProfileImport {
  readonly added: number;
  /** One sentence for each thing that was left out. */
  readonly notes: readonly string[];
}
