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
export { type CertificateDescription, describeCertificate } from './describe-certificate.ts';
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
  type PeerVerdict,
  recheckPeer,
  type VerifiedPeer,
} from './peer.ts';
export type { Path } from './path.ts';
export type { Purpose } from './path-problem.ts';
export type { RevocationFault, RevocationSource } from './revocation.ts';
export {
  parseRevocationList,
  parseRevocationLists,
  type RevocationList,
  RevocationListError,
} from './revocation-list.ts';
export { type RevocationListOptions, RevocationLists } from './revocation-lists.ts';
export type { ListedReason, ListedRevocation } from './revoked-serials.ts';
export { matchesServerName } from './server-name.ts';
export { trustAnchorOfKey } from './trust-anchor.ts';
export {
  type ChainToVerify,
  type ChainVerdict,
  type PeerRequirements,
  verifyChain,
} from './verify-chain.ts';
export { verifyClientCertificate } from './verify-client-certificate.ts';
export {
  type ServerCause,
  type ServerVerdict,
  verifyServerCertificate,
} from './verify-server-certificate.ts';
export {
  decodeCertificates,
  decodePem,
  decodePemLabelled,
  encodePem,
  type PemBlock,
  PemError,
  type PemErrorCode,
  type PemLimits,
} from './pem.ts';
export {
  decodePrivateKey,
  decodePublicKey,
  describeKey,
  encodePrivateKey,
  encodePublicKey,
  generatePrivateKey,
  isKeyType,
  KeyError,
  type KeyErrorCode,
  keyMatches,
  type KeyType,
  keyTypes,
} from './keys.ts';
export { keySigner, type Signer } from './signer.ts';
export { type SignatureVerdict, type SigningAlgorithm, verifySignature } from './signature.ts';
export { encodeGeneralNames, ipAddressName, userPrincipalNameOf } from './general-name-writer.ts';
export {
  buildCertificate,
  buildRoot,
  type CertificateRole,
  type CertificateTemplate,
  type Issuer,
  keyIdentifierOf,
  randomSerialNumber,
} from './certificate-builder.ts';
export {
  buildCertificateRequest,
  type CertificateRequest,
  CertificateRequestError,
  parseCertificateRequest,
  verifyCertificateRequest,
} from './certificate-request.ts';
export {
  type Pkcs12Contents,
  Pkcs12Error,
  type Pkcs12ErrorCode,
  type Pkcs12Limits,
  type Pkcs12Options,
  readPkcs12,
  writePkcs12,
} from './pkcs12.ts';
