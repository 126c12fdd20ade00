/** Why a connection with TLS did not come about, in words that say what to do; a certificate is never passed over. */
import { LabkeepError } from './labkeep-error.ts';

interface Objection {
  readonly found: string;
  readonly expected: string;
  readonly advice: string;
}

const unknown = {
  expected: 'one that is trusted here',
  advice:
    'If it is the server’s own, trust it: --ca FILE or LABKEEP_CA; in a program NODE_EXTRA_CA_CERTS. If not, do not go on.',
};
const selfSigned: Objection = { found: 'one that it has signed itself', ...unknown };
const ofStranger: Objection = { found: 'one of an authority that is not known here', ...unknown };
const outOfTime = {
  expected: 'one that is valid now',
  advice: 'Look at the date of this machine; if it is right, give the server another certificate.',
};

/** By the codes of OpenSSL, as Node tells them. */
const objections: Readonly<Record<string, Objection>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: selfSigned,
  SELF_SIGNED_CERT_IN_CHAIN: ofStranger,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ofStranger,
  UNABLE_TO_GET_ISSUER_CERT: ofStranger,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ofStranger,
  CERT_UNTRUSTED: ofStranger,
  CERT_SIGNATURE_FAILURE: { found: 'one whose signature is not that of its authority', ...unknown },
  CERT_HAS_EXPIRED: { found: 'one that has expired', ...outOfTime },
  CERT_NOT_YET_VALID: { found: 'one that is not valid yet', ...outOfTime },
};

/** Null where the failure is another. */
export function untrusted(url: string, error: unknown): LabkeepError | null {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const code = 'code' in cause ? String(cause.code) : '';
    const objection = code === 'ERR_TLS_CERT_ALTNAME_INVALID' ? ofAnother(url, cause) : objections[code];
    if (objection !== undefined) {
      const detail = `The certificate of ${url} is not accepted`;
      return new LabkeepError({ code: 'certificate_refused', detail, ...objection }, error);
    }
    if (code === 'EPROTO' || code === 'ERR_SSL_WRONG_VERSION_NUMBER') {
      const advice = `If it is the server all the same, call it ${url.replace('https:', 'http:')}.`;
      return new LabkeepError(
        {
          code: 'server_away',
          detail: `What answers at ${url} does not speak TLS, or none that is understood here.`,
          advice,
        },
        error,
      );
    }
  }
  return null;
}

function ofAnother(url: string, cause: Error): Objection {
  const certificate: unknown = Reflect.get(cause, 'cert');
  const names: unknown =
    typeof certificate === 'object' && certificate !== null
      ? Reflect.get(certificate, 'subjectaltname')
      : undefined;
  const found = typeof names === 'string' ? names.replaceAll(/\b(DNS|IP Address):/g, '') : 'no name';
  return {
    found: `one for ${found}`,
    expected: `one for ${new URL(url).hostname}`,
    advice: 'Call the server by a name that its certificate has, or give it a certificate for this name too.',
  };
}
