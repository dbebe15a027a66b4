/** Object identifiers of the structures this folder reads and writes, by the names their standards use. */
export const OID = {
  // Public keys and curves
  rsaEncryption: '1.2.840.113549.1.1.1',
  rsaPss: '1.2.840.113549.1.1.10',
  ecPublicKey: '1.2.840.10045.2.1',
  p256: '1.2.840.10045.3.1.7',
  p384: '1.3.132.0.34',
  p521: '1.3.132.0.35',
  ed25519: '1.3.101.112',
  ed448: '1.3.101.113',
  dsa: '1.2.840.10040.4.1',
  // Signatures
  md2WithRsa: '1.2.840.113549.1.1.2',
  md5WithRsa: '1.2.840.113549.1.1.4',
  sha1WithRsa: '1.2.840.113549.1.1.5',
  sha224WithRsa: '1.2.840.113549.1.1.14',
  sha256WithRsa: '1.2.840.113549.1.1.11',
  sha384WithRsa: '1.2.840.113549.1.1.12',
  sha512WithRsa: '1.2.840.113549.1.1.13',
  sha1WithDsa: '1.2.840.10040.4.3',
  sha256WithDsa: '2.16.840.1.101.3.4.3.2',
  ecdsaWithSha1: '1.2.840.10045.4.1',
  ecdsaWithSha224: '1.2.840.10045.4.3.1',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  ecdsaWithSha384: '1.2.840.10045.4.3.3',
  ecdsaWithSha512: '1.2.840.10045.4.3.4',
  unsigned: '1.3.6.1.5.5.7.6.36',
  // Digests
  md5: '1.2.840.113549.2.5',
  sha1: '1.3.14.3.2.26',
  sha224: '2.16.840.1.101.3.4.2.4',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
  // Certificate extensions
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  issuerAltName: '2.5.29.18',
  basicConstraints: '2.5.29.19',
  crlNumber: '2.5.29.20',
  reasonCode: '2.5.29.21',
  nameConstraints: '2.5.29.30',
  crlDistributionPoints: '2.5.29.31',
  certificatePolicies: '2.5.29.32',
  policyMappings: '2.5.29.33',
  authorityKeyIdentifier: '2.5.29.35',
  policyConstraints: '2.5.29.36',
  extendedKeyUsage: '2.5.29.37',
  inhibitAnyPolicy: '2.5.29.54',
  authorityInfoAccess: '1.3.6.1.5.5.7.1.1',
  // Extensions of revocation lists and of their entries
  invalidityDate: '2.5.29.24',
  deltaCrlIndicator: '2.5.29.27',
  issuingDistributionPoint: '2.5.29.28',
  certificateIssuer: '2.5.29.29',
  // Access methods
  ocsp: '1.3.6.1.5.5.7.48.1',
  caIssuers: '1.3.6.1.5.5.7.48.2',
  // Purposes
  anyExtendedKeyUsage: '2.5.29.37.0',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  codeSigning: '1.3.6.1.5.5.7.3.3',
  emailProtection: '1.3.6.1.5.5.7.3.4',
  timeStamping: '1.3.6.1.5.5.7.3.8',
  ocspSigning: '1.3.6.1.5.5.7.3.9',
  smartcardLogon: '1.3.6.1.4.1.311.20.2.2',
  // Names of persons and machines in SANs
  userPrincipalName: '1.3.6.1.4.1.311.20.2.3',
  // Certification requests
  extensionRequest: '1.2.840.113549.1.9.14',
  challengePassword: '1.2.840.113549.1.9.7',
  // Attribute types of names
  commonName: '2.5.4.3',
  surname: '2.5.4.4',
  serialNumber: '2.5.4.5',
  country: '2.5.4.6',
  locality: '2.5.4.7',
  state: '2.5.4.8',
  street: '2.5.4.9',
  organization: '2.5.4.10',
  organizationalUnit: '2.5.4.11',
  title: '2.5.4.12',
  postalCode: '2.5.4.17',
  dnQualifier: '2.5.4.46',
  domainComponent: '0.9.2342.19200300.100.1.25',
  userId: '0.9.2342.19200300.100.1.1',
  emailAddress: '1.2.840.113549.1.9.1',
} as const;

/** Short names of attribute types as OpenSSL prints them, which includes those of RFC 4514 section 3. */
const attributeNames: readonly (readonly [oid: string, name: string, ...aliases: string[]])[] = [
  [OID.commonName, 'CN', 'commonName'],
  [OID.surname, 'SN', 'surname'],
  [OID.serialNumber, 'serialNumber'],
  [OID.country, 'C', 'countryName'],
  [OID.locality, 'L', 'localityName'],
  [OID.state, 'ST', 'stateOrProvinceName', 'S'],
  [OID.street, 'street', 'streetAddress'],
  [OID.organization, 'O', 'organizationName'],
  [OID.organizationalUnit, 'OU', 'organizationalUnitName'],
  [OID.title, 'title', 'T'],
  ['2.5.4.13', 'description'],
  ['2.5.4.15', 'businessCategory'],
  ['2.5.4.16', 'postalAddress'],
  [OID.postalCode, 'postalCode'],
  ['2.5.4.18', 'postOfficeBox'],
  ['2.5.4.20', 'telephoneNumber'],
  ['2.5.4.41', 'name'],
  ['2.5.4.42', 'GN', 'givenName', 'G'],
  ['2.5.4.43', 'initials'],
  ['2.5.4.44', 'generationQualifier'],
  ['2.5.4.45', 'x500UniqueIdentifier'],
  [OID.dnQualifier, 'dnQualifier'],
  ['2.5.4.65', 'pseudonym'],
  ['2.5.4.97', 'organizationIdentifier'],
  [OID.domainComponent, 'DC', 'domainComponent'],
  [OID.userId, 'UID', 'userId'],
  ['0.9.2342.19200300.100.1.3', 'mail', 'rfc822Mailbox'],
  [OID.emailAddress, 'emailAddress', 'E', 'email'],
  ['1.2.840.113549.1.9.2', 'unstructuredName'],
  ['1.2.840.113549.1.9.8', 'unstructuredAddress'],
  ['1.3.6.1.4.1.311.60.2.1.1', 'jurisdictionL'],
  ['1.3.6.1.4.1.311.60.2.1.2', 'jurisdictionST'],
  ['1.3.6.1.4.1.311.60.2.1.3', 'jurisdictionC'],
];

const shortNames = new Map<string, string>(attributeNames.map(([oid, name]) => [oid, name]));
const typesByName = new Map<string, string>(
  attributeNames.flatMap(([oid, ...names]) => names.map((name) => [name.toLowerCase(), oid])),
);

/** Short name of an attribute type, such as `CN`; null where it has none here and prints as a dotted OID. */
export function attributeShortName(oid: string): string | null {
  return shortNames.get(oid) ?? null;
}

/** Dotted OID of an attribute type named in any case, such as `cn` or `emailAddress`; null: unknown. */
export function attributeTypeByName(name: string): string | null {
  return typesByName.get(name.toLowerCase()) ?? null;
}

const purposeNames = new Map<string, string>([
  [OID.anyExtendedKeyUsage, 'anyExtendedKeyUsage'],
  [OID.serverAuth, 'serverAuth'],
  [OID.clientAuth, 'clientAuth'],
  [OID.codeSigning, 'codeSigning'],
  [OID.emailProtection, 'emailProtection'],
  [OID.timeStamping, 'timeStamping'],
  [OID.ocspSigning, 'OCSPSigning'],
  [OID.smartcardLogon, 'smartcardLogon'],
]);

/** Name of an extended key usage as in RFC 5280, such as `clientAuth`; the dotted OID where it has none here. */
export function purposeName(oid: string): string {
  return purposeNames.get(oid) ?? oid;
}
