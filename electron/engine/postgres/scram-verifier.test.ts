import { createHash, createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import { scramVerifier } from './scram-verifier.ts';

/** The exchange of RFC 7677 §3: the client's proof has to check against the verifier, and the server's signature has to be the one there. */
it('is what a server needs for the exchange in RFC 7677', () => {
  const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
  const verifier = scramVerifier('pencil', { iterations: 4096, salt });
  const [, storedKey = '', serverKey = ''] =
    /^SCRAM-SHA-256\$4096:W22ZaJ0SNY7soEsUEjb6gQ==\$([^:]+):(.+)$/.exec(verifier) ?? [];
  const nonce = 'rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0';
  const message = `n=user,r=rOprNGfwEbeRWgbNEkqO,r=${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=${nonce}`;
  const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
  const signature = hmac(Buffer.from(storedKey, 'base64'), message);
  const proof = Buffer.from('dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=', 'base64');
  const clientKey = Buffer.from(proof.map((byte, at) => byte ^ (signature[at] ?? 0)));
  expect(createHash('sha256').update(clientKey).digest('base64')).toBe(storedKey);
  expect(hmac(Buffer.from(serverKey, 'base64'), message).toString('base64')).toBe(
    '6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
  );
  // Another password has another one.
  expect(scramVerifier('Pencil', { iterations: 4096, salt })).not.toBe(verifier);
});

it('has a salt of its own each time, and takes nothing that would need SASLprep', () => {
  expect(scramVerifier('a')).not.toBe(scramVerifier('a'));
  for (const password of ['', 'é', 'a\u00a0b', 'line\nbreak'])
    expect(() => scramVerifier(password)).toThrow(RangeError);
});
