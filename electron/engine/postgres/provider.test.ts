import { expect, it } from 'vitest';
import { detectProvider } from './provider.ts';

const signs = { roles: [], settings: [], schemas: [], host: 'db.internal' };

it.each([
  [{}, 'self-managed'],
  [{ roles: ['rdsadmin', 'rds_superuser'], settings: ['rds'] }, 'rds'],
  [{ roles: ['rdsadmin'], settings: ['rds', 'aurora'] }, 'aurora'],
  [{ roles: ['rdsadmin'], host: 'x.cluster-abc.eu-west-1.rds.amazonaws.com' }, 'aurora'],
  [{ roles: ['cloudsqladmin', 'cloudsqlsuperuser'] }, 'cloud-sql'],
  [{ roles: ['cloudsqlsuperuser', 'alloydbadmin'] }, 'alloydb'],
  [{ roles: ['azure_pg_admin'] }, 'azure'],
  [{ roles: ['neon_superuser'] }, 'neon'],
  [{ roles: ['supabase_admin'] }, 'supabase'],
  [{ roles: ['doadmin'] }, 'digitalocean'],
  [{ roles: ['crunchy_superuser'] }, 'crunchy'],
  [{ schemas: ['heroku_ext'] }, 'heroku'],
  [{ host: 'aws-0-eu.pooler.supabase.com' }, 'supabase'],
  [{ host: 'evil-neon.tech.example' }, 'self-managed'],
])('%j is %s', (found, provider) => {
  expect(detectProvider({ ...signs, ...found })).toBe(provider);
});
