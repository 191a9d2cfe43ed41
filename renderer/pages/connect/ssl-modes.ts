/** libpq's modes in words. The engine's own list is out of the page's reach. */
export const SSL_MODES = [
  { mode: 'disable', title: 'disable: never encrypt' },
  { mode: 'allow', title: 'allow: encrypt if the server insists' },
  { mode: 'prefer', title: 'prefer: encrypt if the server can' },
  { mode: 'require', title: 'require: encrypt, do not verify' },
  { mode: 'verify-ca', title: 'verify-ca: verify the certificate' },
  { mode: 'verify-full', title: 'verify-full: verify certificate and host' },
] as const;
