/** Facts about the backups of this database that PgVitals knows. Conventions: `facts.ts`. Not read from the server. */
import type { BackupShape, BackupTrust } from './backup.ts';

/** As of `readAt`; all instants by the clock of the machine that keeps the list, not of the server. */
export interface BackupFacts {
  readonly readAt: string;
  /** Of the whole database and not in the trash: the newest that passed its proof, whether it was restored or not. */
  readonly newestGood: KnownBackup | null;
  /** Of these the one whose test restore is the latest. */
  readonly lastProven: KnownBackup | null;
  /** Of the whole database and not in the trash, newest first, at most six; damaged ones too. */
  readonly recent: readonly KnownBackup[];
  /** Places for backups that could not be looked into: what they hold is not known. */
  readonly placesNotThere: number;
  /** The pg_dump that would be used; null = none fits this server. */
  readonly client: BackupClient | null;
  /** Every pg_dump of that machine. */
  readonly clientsFound: readonly BackupClient[];
  /** Why none fits, in words; null where one does. */
  readonly clientRefusal: string | null;
}

export interface KnownBackup {
  readonly madeAt: string;
  readonly trust: BackupTrust;
  readonly shape: BackupShape;
  readonly sizeBytes: number;
  /** `pg_database_size` when it was made; null where it was not read. */
  readonly databaseBytes: number | null;
  /** When a test restore last matched; null = never. */
  readonly provenAt: string | null;
}

export interface BackupClient {
  /** "15.18". */
  readonly version: string;
  readonly versionNum: number;
}
