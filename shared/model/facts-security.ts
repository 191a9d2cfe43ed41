/** Facts about roles, grants, policies, functions, host-based authentication and extensions. Conventions: `facts.ts`. */

export interface RoleFact {
  readonly oid: number;
  readonly name: string;
  readonly isSuperuser: boolean;
  readonly canLogin: boolean;
  readonly canCreateRole: boolean;
  readonly canCreateDatabase: boolean;
  readonly canReplicate: boolean;
  readonly bypassesRls: boolean;
  readonly connectionLimit: number;
  readonly validUntil: string | null;
  /** Direct memberships. */
  readonly memberOf: readonly string[];
  /** pg_* and provider roles. */
  readonly isSystem: boolean;
}

/** From pg_authid; the verifier itself never leaves the collector. */
export interface RolePassword {
  readonly roleOid: number;
  readonly role: string;
  readonly kind: 'scram-sha-256' | 'md5' | 'none' | 'other';
  /** Which guess matched the stored verifier: in the list of default passwords, or the role's or database's own name. */
  readonly weakness: 'default' | 'role-name' | 'database-name' | null;
}

export interface RoleSetting {
  /** Null = all roles. */
  readonly role: string | null;
  /** Null = all databases. */
  readonly database: string | null;
  readonly settings: Readonly<Record<string, string>>;
}

export interface SchemaFact {
  readonly oid: number;
  readonly name: string;
  readonly owner: string;
  readonly publicCanCreate: boolean;
  readonly publicCanUse: boolean;
  /** The database's, or some role's, search_path names it. */
  readonly isInSearchPath: boolean;
  readonly acl: string | null;
}

export interface PublicGrant {
  readonly relationOid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: 'r' | 'p' | 'm' | 'v' | 'f';
  /** SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER, MAINTAIN. */
  readonly privileges: readonly string[];
  /** Null = the whole relation; else the column that the grant is on. */
  readonly column: string | null;
  readonly isExtensionOwned: boolean;
}

export interface FunctionFact {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** pg_get_function_identity_arguments. */
  readonly identityArguments: string;
  /** f function, p procedure, a aggregate, w window. */
  readonly kind: 'f' | 'p' | 'a' | 'w';
  readonly owner: string;
  readonly ownerIsSuperuser: boolean;
  /** proconfig entries, "name=value". */
  readonly settings: readonly string[];
  readonly publicCanExecute: boolean;
  readonly acl: string | null;
  readonly isExtensionOwned: boolean;
}

export interface PolicyFact {
  readonly oid: number;
  readonly tableOid: number;
  readonly name: string;
  /** r select, a insert, w update, d delete, * all. */
  readonly command: 'r' | 'a' | 'w' | 'd' | '*';
  readonly isPermissive: boolean;
  /** ["public"] for PUBLIC. */
  readonly roles: readonly string[];
  readonly using: string | null;
  readonly withCheck: string | null;
}

export interface ViewFact {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly owner: string;
  /** 15+. */
  readonly isSecurityInvoker: boolean;
  /** Tables that its rule reads, directly. */
  readonly tableOids: readonly number[];
  /** Roles other than the owner that may SELECT; "public" for PUBLIC. */
  readonly readers: readonly string[];
  readonly isExtensionOwned: boolean;
}

export interface HbaRule {
  readonly lineNumber: number;
  /** 16+; null before. */
  readonly fileName: string | null;
  readonly type: string | null;
  readonly databases: readonly string[];
  readonly users: readonly string[];
  readonly address: string | null;
  readonly netmask: string | null;
  readonly method: string | null;
  readonly options: readonly string[];
  readonly error: string | null;
}

export interface FileSettingError {
  readonly file: string;
  readonly line: number;
  readonly name: string | null;
  readonly error: string;
}

/** A line of a configuration file that sets something. */
export interface FileSetting {
  readonly file: string;
  readonly line: number;
  /** Null for a line that could not be understood. */
  readonly name: string | null;
  /** As written, without quotes and passwords. */
  readonly value: string | null;
  /** False for errors and where a later line sets the same. */
  readonly isApplied: boolean;
  readonly error: string | null;
}

export interface ExtensionFact {
  readonly name: string;
  /** Null when not installed here. */
  readonly installedVersion: string | null;
  readonly defaultVersion: string | null;
  /** The installed version is among the versions the server still offers. */
  readonly isInstalledVersionAvailable: boolean;
  readonly schema: string | null;
}

/** Who is in which role, with the options of the grant. */
export interface RoleMembership {
  readonly role: string;
  readonly member: string;
  readonly grantor: string;
  readonly canAdmin: boolean;
  /** Before 16 the member's own INHERIT decides. */
  readonly inherits: boolean;
  /** May SET ROLE to it; always so before 16. */
  readonly canSet: boolean;
}

/** Rights on a table that somebody other than its owner holds. */
export interface TableAccess {
  readonly tableOid: number;
  /** Null = PUBLIC. */
  readonly role: string | null;
  /** SELECT, INSERT, UPDATE, DELETE. */
  readonly privileges: readonly string[];
  /** It may use the schema too; without that the rights are of no use. */
  readonly canUseSchema: boolean;
}

/** What PUBLIC may do beside schemas, relations and columns. */
export interface PublicPrivileges {
  readonly objects: readonly PublicPrivilege[];
  /** Functions and procedures of users that PUBLIC may execute, which is PostgreSQL's default. */
  readonly executableFunctions: number;
}

export interface PublicPrivilege {
  readonly kind:
    | 'database'
    | 'language'
    | 'sequence'
    | 'foreign server'
    | 'foreign data wrapper'
    | 'tablespace'
    | 'parameter'
    | 'default privileges';
  readonly schema: string | null;
  readonly name: string;
  /** Of default privileges: who makes the objects, and of which kind (TABLES, SEQUENCES, FUNCTIONS, TYPES, SCHEMAS). */
  readonly creator: string | null;
  readonly objects: string | null;
  readonly privileges: readonly string[];
  /** PostgreSQL gives PUBLIC this by itself. */
  readonly isBuiltIn: boolean;
}

/** Relations (without indexes), functions and schemas of users in this database. */
export interface OwnedObjects {
  readonly role: string;
  readonly count: number;
}

export interface TriggerFunction {
  readonly triggerOid: number;
  /** INSERT, UPDATE, DELETE: what it fires for. */
  readonly events: readonly string[];
  /** First 8,192 characters of the body; "" for languages without one. */
  readonly source: string;
}

/** Rights of the role that is connected, in the database that it is connected to. */
export interface OwnRights {
  readonly databaseOwner: string;
  /** It is the owner, or may act as the owner. */
  readonly ownsDatabase: boolean;
  readonly mayConnect: boolean;
  readonly mayCreate: boolean;
  readonly mayTemp: boolean;
  /** So may everybody. */
  readonly publicMayTemp: boolean;
  /** Null = none. */
  readonly connectionLimit: number | null;
  readonly canCreateRole: boolean;
  readonly canCreateDatabase: boolean;
  readonly canReplicate: boolean;
  readonly bypassesRls: boolean;
  /** As the server sees us; null = a local socket. Behind a pooler it is the pooler's. */
  readonly clientAddress: string | null;
  /** default_transaction_read_only is on, for the role or the database. */
  readonly isReadOnlyByDefault: boolean;
  /** Tables and materialized views of users, and those of them that it may SELECT from. */
  readonly tables: number;
  readonly readableTables: number;
  /** It may run the functions of pgstattuple; null = the extension is not installed here. */
  readonly measuresBloat: boolean | null;
  readonly readsLog: boolean;
}
