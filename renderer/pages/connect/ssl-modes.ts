import type { ConnectionInput } from '#shared/contract/connections.ts';

export type SslMode = Extract<ConnectionInput, { sslMode: unknown }>['sslMode'];

/** libpq's modes in words. The wire's own list would pull its schema library into the page. */
export const SSL_MODES: readonly { readonly mode: SslMode; readonly title: string }[] = [
  { mode: 'disable', title: 'disable: never encrypt' },
  { mode: 'allow', title: 'allow: encrypt if the server insists' },
  { mode: 'prefer', title: 'prefer: encrypt if the server can' },
  { mode: 'require', title: 'require: encrypt, do not verify' },
  { mode: 'verify-ca', title: 'verify-ca: verify the certificate' },
  { mode: 'verify-full', title: 'verify-full: verify certificate and host' },
];
