export { der } from './der-writer.ts';
export { type BitString, DerError, type DerErrorCode, DerReader, readDer } from './der.ts';
export {
  type Attribute,
  type Name,
  NameError,
  type NameErrorCode,
  parseName,
  printName,
  printNameForHeader,
  type RDN,
} from './name.ts';
export { decodeName, encodeName, textAttribute } from './name-der.ts';
export { attributeShortName, attributeTypeByName, OID } from './oids.ts';
export { Certificate, parseCertificate } from './certificate.ts';
export { CertificateError, type CertificateErrorCode } from './certificate-error.ts';
export type {
  AccessDescription,
  AuthorityKeyIdentifier,
  BasicConstraints,
  DistributionPoint,
  Extension,
  Extensions,
  KeyUsage,
  NameConstraints,
} from './extensions.ts';
export { type GeneralName, printGeneralName } from './general-name.ts';
export type { PublicKeyFacts } from './public-key.ts';
export type { Digest, SignatureAlgorithm } from './signature-algorithm.ts';
export {
  judgePeer,
  type PeerCause,
  type PeerCauseCode,
  type PeerRequirements,
  type PeerVerdict,
  recheckPeer,
  type VerifiedPeer,
} from './peer.ts';
