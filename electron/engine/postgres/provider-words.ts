import type { Provider } from '#shared/model/facts.ts';

/**
 * How things are done where a server runs: what is a file, a superuser and a restart elsewhere is a form, an
 * administrator and a button there. One row per service; whoever words a fix takes it from here.
 */
export interface ProviderWords {
  /** As the service calls itself. */
  readonly name: string;
  /** Where server settings are changed, after "in": "the DB parameter group of the instance". */
  readonly settings: string;
  /** How shared_preload_libraries gets another library, a sentence; null: like any other setting. */
  readonly preload: string | null;
  /** A sentence. */
  readonly restart: string;
  /** What decides who may connect, and how; a sentence. */
  readonly access: string;
  /** Where the server's log is read, after "in". */
  readonly log: string;
  /** Who administers it, after "as". */
  readonly administrator: string;
  /** That role holds what an administrator may pass on; null: a superuser does. */
  readonly administratorRole: string | null;
  /** How a new minor version gets there, and a major one; sentences. */
  readonly minorUpgrade: string;
  readonly majorUpgrade: string;
  /** How a new role gets its password where psql's \\password will not do; a sentence. */
  readonly password: string | null;
  /** What makes roles where CREATE ROLE is not for customers; a sentence. */
  readonly newRole: string | null;
  /** How to get past the service's own pooler, or one in front of it; a sentence. */
  readonly direct: string;
}

/** Frozen, one for each provider that `detectProvider` names. */
export const PROVIDER_WORDS: Readonly<Record<Provider, ProviderWords>> = {
  'self-managed': {
    name: 'your own server',
    settings: 'postgresql.conf',
    preload: null,
    restart:
      'Restart in a quiet hour: pg_ctl restart -m fast, or the service of your system. Sessions are cut off, clients have to reconnect.',
    access: 'pg_hba.conf decides who may connect: the first line that matches.',
    log: 'the log of the server',
    administrator: 'a superuser',
    administratorRole: null,
    minorUpgrade:
      'Minor release: update the server packages on every node (standbys first), then restart. No dump, no pg_upgrade.',
    majorUpgrade:
      'pg_upgrade --check shows obstacles without changing anything; logical replication keeps the outage to seconds. Run ANALYZE afterwards on versions before 18: planner statistics do not move along.',
    password: null,
    newRole: null,
    direct:
      "Connect to the server's own port (5432, unless it was changed) instead of the pooler's (PgBouncer: 6432).",
  },
  rds: {
    name: 'Amazon RDS',
    settings: 'the DB parameter group of the instance',
    preload: null,
    restart: 'Reboot the instance in the Amazon RDS console (Actions, Reboot) in a quiet hour.',
    access:
      'There is no pg_hba.conf of yours: security groups decide who reaches the server, and the parameter rds.force_ssl whether TLS is needed.',
    log: 'the Amazon RDS console (Logs & events), or CloudWatch',
    administrator: 'the master user, a member of rds_superuser',
    administratorRole: 'rds_superuser',
    minorUpgrade:
      'Choose the newest minor version under Modify in the Amazon RDS console; it restarts the server.',
    majorUpgrade:
      'Take the major version under Modify, or a Blue/Green Deployment, which keeps the outage to a minute; a snapshot is kept to go back to.',
    password: null,
    newRole: null,
    direct:
      'Connect to the endpoint of the instance instead of that of RDS Proxy or of a PgBouncer of yours.',
  },
  aurora: {
    name: 'Amazon Aurora',
    settings: 'the DB cluster parameter group',
    preload: null,
    restart: 'Reboot the writer in the Amazon RDS console (Actions, Reboot) in a quiet hour.',
    access:
      'There is no pg_hba.conf of yours: security groups decide who reaches the server, and the parameter rds.force_ssl whether TLS is needed.',
    log: 'the Amazon RDS console (Logs & events), or CloudWatch',
    administrator: 'the master user, a member of rds_superuser',
    administratorRole: 'rds_superuser',
    minorUpgrade: 'Choose the newest minor version under Modify of the cluster; it restarts the instances.',
    majorUpgrade:
      'Take the major version under Modify of the cluster, or a Blue/Green Deployment, which keeps the outage to a minute.',
    password: null,
    newRole: null,
    direct:
      'Connect to the endpoint of the cluster (name.cluster-….rds.amazonaws.com) instead of that of RDS Proxy or of a PgBouncer of yours.',
  },
  'cloud-sql': {
    name: 'Cloud SQL',
    settings: 'the flags of the instance (Edit, Flags)',
    preload:
      'Cloud SQL loads libraries by flags of their own, such as cloudsql.enable_pg_cron; pg_stat_statements is loaded already.',
    restart: 'Restart the instance in the Google Cloud console in a quiet hour.',
    access:
      'There is no pg_hba.conf of yours: authorised networks, private IP and the Auth Proxy decide who reaches the server, and the SSL mode of the instance whether TLS is needed.',
    log: 'Cloud Logging',
    administrator: 'the user postgres, a member of cloudsqlsuperuser',
    administratorRole: 'cloudsqlsuperuser',
    minorUpgrade:
      'Minor versions come with maintenance: choose its window, or run self-service maintenance now.',
    majorUpgrade:
      'Run the in-place major version upgrade of the instance; it takes a backup before and after.',
    password: null,
    newRole: null,
    direct: "Connect to port 5432 instead of 6432, the port of Cloud SQL's Managed Connection Pooling.",
  },
  alloydb: {
    name: 'AlloyDB',
    settings: 'the flags of the instance',
    preload: 'AlloyDB loads libraries by flags of their own, such as alloydb.enable_pg_cron.',
    restart: 'Restart the instance in the Google Cloud console in a quiet hour.',
    access:
      'There is no pg_hba.conf of yours: the network of the cluster and the Auth Proxy decide who reaches the server, and the SSL mode of the instance whether TLS is needed.',
    log: 'Cloud Logging',
    administrator: 'the user postgres, a member of alloydbsuperuser',
    administratorRole: 'alloydbsuperuser',
    minorUpgrade: 'Minor versions come with maintenance: choose its window.',
    majorUpgrade: 'Run the in-place major version upgrade of the cluster; it takes a backup first.',
    password: null,
    newRole: null,
    direct: "Connect to port 5432 instead of 6432, the port of AlloyDB's managed connection pooling.",
  },
  azure: {
    name: 'Azure Database for PostgreSQL',
    settings: 'the server parameters of the instance',
    preload: null,
    restart: 'Restart the server in the Azure portal in a quiet hour.',
    access:
      'There is no pg_hba.conf of yours: firewall rules or the virtual network decide who reaches the server, and the parameter require_secure_transport whether TLS is needed.',
    log: 'the Azure portal (Server logs), or Azure Monitor',
    administrator: 'the server admin, a member of azure_pg_admin',
    administratorRole: 'azure_pg_admin',
    minorUpgrade: 'Minor versions come with maintenance: choose its window in the Azure portal.',
    majorUpgrade: 'Run the in-place major version upgrade in the Azure portal; it takes a backup first.',
    password: null,
    newRole: null,
    direct: "Connect to port 5432 instead of 6432, the port of Azure's built-in PgBouncer.",
  },
  supabase: {
    name: 'Supabase',
    settings: 'the Postgres configuration of the project (supabase postgres-config, or the dashboard)',
    preload:
      'Supabase decides which libraries are loaded; switch the extension on under Database, Extensions.',
    restart: 'Restart the project in the Supabase dashboard (Settings, General) in a quiet hour.',
    access:
      'There is no pg_hba.conf of yours: network restrictions decide who reaches the server, and "Enforce SSL" whether TLS is needed.',
    log: 'the Supabase dashboard (Logs, Postgres)',
    administrator: 'the role postgres',
    administratorRole: 'postgres',
    minorUpgrade:
      'Upgrade the project in the Supabase dashboard (Settings, Infrastructure); it is down meanwhile.',
    majorUpgrade:
      'Upgrade the project in the Supabase dashboard (Settings, Infrastructure); it is down meanwhile.',
    password: null,
    newRole: null,
    direct:
      "Connect to port 5432 instead of 6543: to db.<project>.supabase.co, or where only IPv4 is to be had to the pooler's host, which gives each client a session of its own on that port.",
  },
  neon: {
    name: 'Neon',
    settings:
      'the settings of the database or role (ALTER DATABASE, ALTER ROLE); the others are for Neon to change',
    preload:
      'Neon decides which libraries are loaded; more can be enabled for a project in its console or API.',
    restart: 'Restart the compute in the Neon console.',
    access:
      'There is no pg_hba.conf of yours: the IP allow list of the project decides who reaches the server, and TLS is always needed.',
    log: 'the Neon console (Monitoring)',
    administrator: 'a member of neon_superuser, such as the owner of the project',
    administratorRole: 'neon_superuser',
    minorUpgrade: 'Neon installs minor versions by itself when the compute restarts.',
    majorUpgrade:
      'Make a project with the newer major and move the data with logical replication or pg_dump.',
    password:
      'Neon takes no hashed passwords, which is what \\password sends: set it with ALTER ROLE in clear, or let the Neon console make one.',
    newRole: null,
    direct: 'Connect to the host name without "-pooler".',
  },
  heroku: {
    name: 'Heroku Postgres',
    settings: 'the settings of the add-on (heroku pg:settings); most are for Heroku to change',
    preload: 'Heroku decides which libraries are loaded; pg_stat_statements is among them.',
    restart: 'Ask for it with heroku pg:maintenance:run, in a quiet hour.',
    access: 'There is no pg_hba.conf of yours: Heroku lets in whoever has the credentials, over TLS only.',
    log: 'heroku logs --ps postgres',
    administrator: 'the default credential of the database',
    administratorRole: null,
    minorUpgrade: 'Minor versions come with maintenance: heroku pg:maintenance:run takes it now.',
    majorUpgrade: 'Use heroku pg:upgrade; it works on a follower, which becomes the database.',
    password: null,
    newRole:
      'Heroku makes roles by itself: heroku pg:credentials:create --name pgvitals_monitor; then attach it with read-only permission.',
    direct: 'Connect with DATABASE_URL instead of DATABASE_CONNECTION_POOL_URL.',
  },
  crunchy: {
    name: 'Crunchy Bridge',
    settings: 'the configuration parameters of the cluster (Settings)',
    preload: 'Crunchy Bridge decides which libraries are loaded; pg_stat_statements is among them.',
    restart: 'Restart the cluster in its dashboard in a quiet hour.',
    access:
      'There is no pg_hba.conf of yours: firewall rules of the network decide who reaches the server, and TLS is always needed.',
    log: 'the dashboard (Logs), or where they are sent to',
    administrator: 'the superuser postgres',
    administratorRole: null,
    minorUpgrade: 'Refresh the cluster in its dashboard: that brings the newest minor version.',
    majorUpgrade: 'Upgrade the cluster in its dashboard: it is done on a copy, which takes over.',
    password: null,
    newRole: null,
    direct: 'Connect to port 5432 instead of 5431, the port of its PgBouncer.',
  },
  digitalocean: {
    name: 'DigitalOcean',
    settings: 'the advanced configuration of the database cluster (control panel or API)',
    preload: 'DigitalOcean decides which libraries are loaded; pg_stat_statements is among them.',
    restart: 'DigitalOcean restarts a cluster when its configuration, size or version is changed.',
    access:
      'There is no pg_hba.conf of yours: trusted sources decide who reaches the server, and TLS is always needed.',
    log: 'the control panel (Logs & Queries)',
    administrator: 'the user doadmin',
    administratorRole: 'doadmin',
    minorUpgrade: 'Minor versions come with maintenance: choose its window in the control panel.',
    majorUpgrade: 'Upgrade the version of the cluster in the control panel.',
    password: null,
    newRole: null,
    direct: 'Connect to the port of the cluster (25060) instead of that of a connection pool (25061).',
  },
};

export function isManaged(provider: Provider): boolean {
  return provider !== 'self-managed';
}
