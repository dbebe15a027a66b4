export {
  type Authority,
  authorityOf,
  type IssuedLeaf,
  type LeafRequest,
} from './authority.ts';
export { AuthorityError, type AuthorityErrorCode } from './authority-error.ts';
export {
  type AuthorityPaths,
  authorityPaths,
  createAuthority,
  type NewAuthorityOptions,
  openAuthority,
} from './authority-files.ts';
export { fileNameFor } from './file-name.ts';
export { InvalidNameError, type NameKind } from './invalid-name.ts';
export {
  clientLeafNames,
  type ClientNames,
  type LeafNames,
  serverLeafNames,
} from './leaf-names.ts';
export { encodeChain, type LeafPaths, leafPaths, writeLeaf, writeRequest } from './leaf-files.ts';
export {
  dnsName,
  emailAddress,
  ipAddress,
  looksLikeEmail,
  serverName,
  uriName,
  userPrincipalName,
} from './requested-names.ts';
export { subjectFromText, subjectOf } from './requested-subject.ts';
