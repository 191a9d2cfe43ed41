import { formatCountOf } from '#shared/model/format.ts';
import { firstNames, percentOf, type Practice } from './practice.ts';

/** How the server is set up and looked after. */
export const SERVER_PRACTICES: readonly Practice[] = [
  {
    id: 'row-level-security',
    title: 'Row-level security isolates rows',
    judge({ tables, policies }) {
      if (!tables || !policies) return null;
      const withPolicy = new Set(policies.map((p) => p.tableOid));
      const guarded = tables.filter((t) => t.rowSecurity && withPolicy.has(t.oid) && !t.isExtensionOwned);
      if (guarded.length === 0) return null;
      return {
        message: `${formatCountOf(guarded.length, 'table')} with row-level security and policies.`,
        evidence: {
          tables: guarded.length,
          forced: guarded.filter((t) => t.forceRowSecurity).length,
          names: firstNames(guarded),
        },
      };
    },
  },
  {
    id: 'autovacuum-tuned',
    title: 'Autovacuum is tuned per table',
    judge({ tables }) {
      const tuned = (tables ?? []).filter((t) =>
        Object.keys(t.options).some(
          (name) => name.startsWith('autovacuum_') && name !== 'autovacuum_enabled',
        ),
      );
      if (tuned.length === 0) return null;
      return {
        message: `${formatCountOf(tuned.length, 'table')} with autovacuum settings of their own.`,
        evidence: { tables: tuned.length, names: firstNames(tuned) },
      };
    },
  },
  {
    id: 'statement-statistics',
    title: 'Statements are measured',
    judge({ statements }) {
      if (!statements) return null;
      return {
        message: `pg_stat_statements ${statements.extensionVersion} is installed and readable.`,
        evidence: { extensionVersion: statements.extensionVersion, since: statements.statisticsSince },
      };
    },
  },
  {
    id: 'data-checksums',
    title: 'Data checksums are on',
    judge(_facts, catalog) {
      if (catalog.setting('data_checksums')?.setting !== 'on') return null;
      return { message: 'Damaged pages are noticed when they are read.', evidence: { dataChecksums: 'on' } };
    },
  },
  {
    id: 'scram-passwords',
    title: 'Every password is stored as SCRAM',
    judge({ rolePasswords }, catalog) {
      const stored = (rolePasswords ?? []).filter((p) => p.kind !== 'none');
      const encryption = catalog.setting('password_encryption')?.setting;
      if (stored.length === 0 || encryption !== 'scram-sha-256') return null;
      if (!stored.every((p) => p.kind === 'scram-sha-256')) return null;
      return {
        message: `${formatCountOf(stored.length, 'password')} stored as SCRAM-SHA-256, and new ones will be.`,
        evidence: { passwords: stored.length, passwordEncryption: encryption },
      };
    },
  },
  {
    id: 'tls-sessions',
    title: 'Remote sessions use TLS',
    judge({ activity }, catalog) {
      if (!activity || catalog.setting('ssl')?.setting !== 'on') return null;
      // Null = hidden from this role: nothing is proven then.
      if (activity.some((a) => a.usesTls === null && (a.backendType === null || a.clientAddress !== null)))
        return null;
      const clients = activity.filter((a) => a.clientAddress !== null);
      const remote = clients.filter((a) => !a.isLoopback);
      const encrypted = clients.filter((a) => a.usesTls);
      if (encrypted.length === 0 || remote.some((a) => !a.usesTls)) return null;
      return {
        message: `${encrypted.length} of ${formatCountOf(clients.length, 'network session')} use TLS, all remote ones among them.`,
        evidence: {
          networkSessions: clients.length,
          remoteSessions: remote.length,
          encryptedPercent: percentOf(encrypted.length, clients.length),
        },
      };
    },
  },
];
