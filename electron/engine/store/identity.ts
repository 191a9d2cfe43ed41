/** Which database: survives another address, a tunnel, a renamed connection. */
export interface DatabaseIdentity {
  /** `systemIdentifier/databaseOid`; `host:port/database` where this role may not read the identifier. */
  readonly key: string;
  /** For people: "shop on db.example:5432". */
  readonly label: string;
}
