import type { Provider } from '#shared/model/facts.ts';

export interface ProviderSigns {
  readonly roles: readonly string[];
  /** Prefixes of custom settings: "rds" of rds.extensions. */
  readonly settings: readonly string[];
  readonly schemas: readonly string[];
  readonly host: string;
}

/** Roles that only the provider itself creates. */
export const PROVIDER_ROLES = [
  'rdsadmin',
  'rds_superuser',
  'cloudsqladmin',
  'cloudsqlsuperuser',
  'alloydbadmin',
  'alloydbsuperuser',
  'azuresu',
  'azure_superuser',
  'azure_pg_admin',
  'supabase_admin',
  'neon_superuser',
  'crunchy_superuser',
  'doadmin',
] as const;

/**
 * Names the managed service, by what its servers have and nobody else's; the host name only where nothing else tells.
 * Aurora before RDS and AlloyDB before Cloud SQL: each has the signs of the other too.
 */
export function detectProvider({ roles, settings, schemas, host }: ProviderSigns): Provider {
  const has = (...names: (typeof PROVIDER_ROLES)[number][]): boolean =>
    names.some((name) => roles.includes(name));
  const sets = (prefix: string): boolean => settings.includes(prefix);
  if (sets('aurora')) return 'aurora';
  if (has('rdsadmin') || sets('rds')) return isAuroraHost(host) ? 'aurora' : 'rds';
  if (has('alloydbadmin', 'alloydbsuperuser') || sets('alloydb')) return 'alloydb';
  if (has('cloudsqladmin', 'cloudsqlsuperuser') || sets('cloudsql')) return 'cloud-sql';
  if (has('azuresu', 'azure_superuser', 'azure_pg_admin') || sets('azure')) return 'azure';
  if (has('neon_superuser') || sets('neon')) return 'neon';
  if (has('supabase_admin')) return 'supabase';
  if (has('crunchy_superuser')) return 'crunchy';
  if (has('doadmin')) return 'digitalocean';
  if (schemas.includes('heroku_ext')) return 'heroku';
  return HOSTS.find(([suffix]) => host.toLowerCase().endsWith(suffix))?.[1] ?? 'self-managed';
}

/** Cluster endpoints: name.cluster-abc123.region.rds.amazonaws.com. */
function isAuroraHost(host: string): boolean {
  return /\.cluster-[^.]+\.[^.]+\.rds\.amazonaws\.com$/i.test(host);
}

const HOSTS: ReadonlyArray<readonly [suffix: string, provider: Provider]> = [
  ['.rds.amazonaws.com', 'rds'],
  ['.postgres.database.azure.com', 'azure'],
  ['.supabase.co', 'supabase'],
  ['.supabase.com', 'supabase'],
  ['.neon.tech', 'neon'],
  ['.postgresbridge.com', 'crunchy'],
  ['.db.ondigitalocean.com', 'digitalocean'],
];
