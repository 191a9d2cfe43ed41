import type { ActivityFact, Provider } from '#shared/model/facts.ts';
import { defineCheck } from '#engine/audit/check.ts';
import { guidedFix } from '#engine/audit/fixes.ts';
import { serverRef } from '#engine/audit/object-refs.ts';
import { isManaged, PROVIDER_WORDS } from '#engine/postgres/provider-words.ts';

/** RFC 1918, RFC 6598, RFC 4193 and link-local: addresses that the internet does not route. */
const PRIVATE =
  /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|169\.254\.|f[cd]|fe80:)/i;

export const plaintextSessions = defineCheck({
  id: 'plaintext-sessions',
  title: 'Remote sessions are not encrypted',
  category: 'security',
  topic: 'authentication',
  severity: 'high',
  why: 'Without TLS, whoever sits on the network path reads queries, results and MD5 or plain passwords, and can change them.',
  rule: 'High where a client or replication session comes from another machine and does not use TLS at this moment. Sockets and loopback addresses are left out.',
  remedy: 'Turn ssl on, make the clients use sslmode=verify-full, then allow only hostssl in pg_hba.conf.',
  docs: 'https://www.postgresql.org/docs/current/ssl-tcp.html',
  needs: ['activity'],
  thresholds: {},
  evaluate({ activity, server }, { catalog }) {
    const remote = activity.filter((a) => a.clientAddress !== null && !a.isLoopback);
    const plain = remote.filter((a) => a.usesTls === false);
    const hidden = remote.filter((a) => a.usesTls === null).length;
    const unknown =
      hidden > 0
        ? [{ reason: `Whether ${hidden} remote sessions use TLS is hidden from this role.`, grant: null }]
        : [];
    if (plain.length === 0) return { findings: [], unknown };

    const addresses = distinct(plain, (a) => a.clientAddress);
    const isPrivate = addresses.every((a) => PRIVATE.test(a));
    const ssl = catalog.setting('ssl')?.setting ?? null;
    const finding = {
      severity: 'high' as const,
      confidence: isPrivate ? ('likely' as const) : ('certain' as const),
      confidenceReason: isPrivate
        ? 'All addresses are private: whether others share that network, or a tunnel encrypts it, is not visible from here.'
        : 'Read from pg_stat_ssl at this moment. GSSAPI encryption is not looked at.',
      object: serverRef(),
      message: `${plain.length} of ${remote.length} remote sessions are not encrypted (${distinct(plain, (a) => a.role).join(', ')}).`,
      evidence: {
        plaintextSessions: plain.length,
        remoteSessions: remote.length,
        roles: distinct(plain, (a) => a.role),
        applications: distinct(plain, (a) => a.application),
        addresses,
        ssl,
        isOwnSessionAmongThem: plain.some((a) => a.isOwn),
      },
      gain: { text: 'Nobody on the network path can read or change the traffic' },
      fix: encrypt(ssl, server.provider),
    };
    return { findings: [finding], unknown };
  },
});

function encrypt(ssl: string | null, provider: Provider): ReturnType<typeof guidedFix> {
  const isElsewhere = isManaged(provider);
  return guidedFix('Encrypt remote sessions', [
    ...(ssl === 'off' && !isElsewhere
      ? [
          'Put a certificate and its key into the data directory (ssl_cert_file, ssl_key_file), set ssl = on and reload.',
        ]
      : []),
    'Give the clients sslmode=verify-full and the root certificate; sslmode=require encrypts but does not check who answers.',
    ...(isElsewhere
      ? [`When no plain session is left, refuse plain connections. ${PROVIDER_WORDS[provider].access}`]
      : [
          'When no plain session is left, turn host into hostssl in pg_hba.conf and reload: from then on a plain connection is refused.',
          'To go back, put the old pg_hba.conf in place and reload.',
        ]),
  ]);
}

function distinct(
  sessions: readonly ActivityFact[],
  pick: (session: ActivityFact) => string | null,
): readonly string[] {
  return [...new Set(sessions.map((s) => pick(s) ?? '(hidden)'))].sort().slice(0, 20);
}
