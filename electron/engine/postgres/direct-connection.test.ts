import { expect, it } from 'vitest';
import type { Provider } from '#shared/model/facts.ts';
import { directConnection } from './direct-connection.ts';
import { PROVIDER_WORDS } from './provider-words.ts';

it.each<[Provider, string, number, RegExp]>([
  ['neon', 'ep-cool-1-pooler.eu.aws.neon.tech', 5432, /^Connect to ep-cool-1\.eu\.aws\.neon\.tech,/],
  [
    'supabase',
    'aws-0-eu.pooler.supabase.com',
    6543,
    /port 5432 instead of 6543.*db\.<project>\.supabase\.co/,
  ],
  [
    'azure',
    'app.postgres.database.azure.com',
    6432,
    /Here that is app\.postgres\.database\.azure\.com:5432\.$/,
  ],
  ['crunchy', 'p.abc.db.postgresbridge.com', 5431, /Here that is p\.abc\.db\.postgresbridge\.com:5432\.$/],
  ['digitalocean', 'db-1.db.ondigitalocean.com', 25061, /db\.ondigitalocean\.com:25060\.$/],
  ['rds', 'app.proxy-x.eu.rds.amazonaws.com', 5432, /endpoint of the instance instead of that of RDS Proxy/],
  ['self-managed', 'db.example.com', 6432, /own port.*Here that is db\.example\.com:5432\.$/],
  // A pooler on this machine tells nothing of where its server is.
  ['self-managed', '127.0.0.1', 6432, /own port .*PgBouncer: 6432\)\.$/],
])('past the pooler of %s at %s:%i', (provider, host, port, sentence) => {
  expect(directConnection(provider, { host, port })).toMatch(sentence);
});

it('has a way of its own for every service', () => {
  const ways = Object.values(PROVIDER_WORDS);
  expect(new Set(ways.map(({ direct }) => direct)).size).toBe(ways.length);
  for (const [provider, words] of Object.entries(PROVIDER_WORDS)) {
    const all = Object.values(words).filter((text) => text !== null);
    if (provider !== 'self-managed') expect(JSON.stringify(all)).not.toMatch(/ALTER SYSTEM|postgresql\.conf/);
  }
});
