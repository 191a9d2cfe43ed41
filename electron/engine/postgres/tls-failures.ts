import { type ConnectionTarget, describeAddress } from './target.ts';
import { EngineError } from '../errors.ts';
import { errorCode } from './failures.ts';

/** A TLS handshake that failed, by Node's code for it: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
export function handshakeFailure(error: unknown, target: ConnectionTarget): EngineError {
  const address = describeAddress(target);
  const fail = (message: string, nextStep: string): EngineError =>
    new EngineError('TLS_FAILED', message, nextStep, { cause: error });
  switch (errorCode(error)) {
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'CERT_UNTRUSTED':
    case 'CERT_SIGNATURE_FAILURE':
      return fail(
        `The certificate of ${address} is not signed by an authority you trust.`,
        'Give the root certificate of the server or provider with sslrootcert.',
      );
    case 'CERT_HAS_EXPIRED':
      return fail(
        `The certificate of ${address} has expired.`,
        'Renew it on the server, and check the clock of this machine.',
      );
    case 'CERT_NOT_YET_VALID':
      return fail(
        `The certificate of ${address} is not valid yet.`,
        'Check the clocks of the server and of this machine.',
      );
    case 'CERT_REVOKED':
      return fail(`The certificate of ${address} was revoked.`, 'Ask who runs the server.');
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return fail(
        `The certificate of ${address} was issued for another name than ${JSON.stringify(target.host)}.`,
        'Connect with the name in the certificate; sslmode=verify-ca does not compare names.',
      );
    case 'ECONNRESET':
    case 'EPIPE':
      return fail(
        `${address} broke off the TLS handshake.`,
        'It may ask for a client certificate (sslcert, sslkey), or for another version of TLS.',
      );
    default:
      return fail(
        `The TLS handshake with ${address} failed.`,
        'The versions or ciphers may not match, or a certificate file is damaged; the log of the server tells.',
      );
  }
}
