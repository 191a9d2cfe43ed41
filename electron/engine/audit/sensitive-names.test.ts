import { expect, test } from 'vitest';
import { isSensitiveName } from './sensitive-names.ts';

test.each([
  'password',
  'Password',
  'user_password',
  'password_hash',
  'hashed_password',
  'passwordDigest',
  'encrypted_password',
  'passwd',
  'api_key',
  'apiKey',
  'client_secret',
  'secret_value',
  'refresh_token',
  'token',
  'token_hash',
  'private_key_pem',
  'ssn',
  'credit_card_number',
  'iban',
  'cvv',
  'tax_id',
  'salt',
])('%s names a secret', (name) => {
  expect(isSensitiveName(name)).toBe(true);
});

test.each([
  'id',
  'email',
  'token_count',
  'tokens_used',
  'password_changed_at',
  'password_resets',
  'secret_rotated_at',
  'keyboard',
  'pinned',
  'secretary',
  'passwordless',
  'cardinality',
  'assault',
  'author_id',
  'hash',
])('%s does not', (name) => {
  expect(isSensitiveName(name)).toBe(false);
});
