import { ambiguousPath } from './ambiguous-path.ts';
import { caAsLeaf } from './ca-as-leaf.ts';
import { chainTooDeep } from './chain-too-deep.ts';
import { clientAlert } from './client-alert.ts';
import { clientClosed } from './client-closed.ts';
import { crlStale } from './crl-stale.ts';
import { crowdedOut } from './crowded-out.ts';
import type { CauseCode } from './evidence.ts';
import { expired } from './expired.ts';
import type { Diagnosis } from './finding.ts';
import { handshakeTimeout } from './handshake-timeout.ts';
import { hostMismatch } from './host-mismatch.ts';
import { malformed } from './malformed.ts';
import { malformedCertificate } from './malformed-certificate.ts';
import { missingIntermediate } from './missing-intermediate.ts';
import { nameConstraint } from './name-constraint.ts';
import { noCertificate } from './no-certificate.ts';
import { noRoute } from './no-route.ts';
import { noSharedParameters } from './no-shared-parameters.ts';
import { noUpstream } from './no-upstream.ts';
import { noUserMatches } from './no-user-matches.ts';
import { notYetValid } from './not-yet-valid.ts';
import { otherProtocol } from './other-protocol.ts';
import { pinMismatch } from './pin-mismatch.ts';
import { plainHttp } from './plain-http.ts';
import { revoked } from './revoked.ts';
import { serverCertificate } from './server-certificate.ts';
import { sniUnknown } from './sni-unknown.ts';
import { unknownIssuer } from './unknown-issuer.ts';
import { unverifiable } from './unverifiable.ts';
import { userNotAllowed } from './user-not-allowed.ts';
import { weakSignature } from './weak-signature.ts';
import { wrongPurpose } from './wrong-purpose.ts';

/** Every kind of finding: no cause code is without one. In the order in which they are shown side by side. */
export const catalogue: Readonly<Record<CauseCode, Diagnosis>> = {
  'no-certificate': noCertificate,
  revoked: revoked,
  expired: expired,
  'not-yet-valid': notYetValid,
  'missing-intermediate': missingIntermediate,
  'unknown-issuer': unknownIssuer,
  'ca-as-leaf': caAsLeaf,
  'wrong-purpose': wrongPurpose,
  'chain-too-deep': chainTooDeep,
  'name-constraint': nameConstraint,
  'weak-signature': weakSignature,
  'crl-stale': crlStale,
  'pin-mismatch': pinMismatch,
  'malformed-certificate': malformedCertificate,
  unverifiable: unverifiable,
  'no-user-matches': noUserMatches,
  'user-not-allowed': userNotAllowed,
  'sni-unknown': sniUnknown,
  'host-mismatch': hostMismatch,
  'no-shared-parameters': noSharedParameters,
  'plain-http': plainHttp,
  'other-protocol': otherProtocol,
  'handshake-timeout': handshakeTimeout,
  'client-alert': clientAlert,
  'client-closed': clientClosed,
  malformed: malformed,
  'crowded-out': crowdedOut,
  'no-upstream': noUpstream,
  'server-certificate': serverCertificate,
  'no-route': noRoute,
  'ambiguous-path': ambiguousPath,
};
