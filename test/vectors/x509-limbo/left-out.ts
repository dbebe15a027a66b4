const ANCHOR = 'a trust anchor is trusted as it is configured';
const WEB = 'it is a rule of the CA/Browser Forum for public CAs alone';
const DUTY = "it is the CA's duty and no step of RFC 5280 section 6; OpenSSL does not ask for it either";

/** The cases of x509-limbo whose verdict here is another than the one expected, each with the reason. */
export const leftOut: Readonly<Record<string, string>> = {
  'rfc5280::aki::cross-signed-root-missing-aki': ANCHOR,
  'rfc5280::root-inconsistent-ca-extensions': ANCHOR,
  'rfc5280::root-missing-basic-constraints': ANCHOR,
  'rfc5280::root-non-critical-basic-constraints': ANCHOR,
  'rfc5280::ski::root-missing-ski': ANCHOR,
  'webpki::aki::root-with-aki-all-fields': ANCHOR,
  'webpki::aki::root-with-aki-authoritycertissuer': ANCHOR,
  'webpki::aki::root-with-aki-authoritycertserialnumber': ANCHOR,
  'webpki::aki::root-with-aki-missing-keyidentifier': ANCHOR,
  'webpki::aki::root-with-aki-ski-mismatch': ANCHOR,
  'webpki::eku::root-has-eku': ANCHOR,
  'webpki::forbidden-p192-root': ANCHOR,
  'webpki::forbidden-rsa-not-divisible-by-8-in-root': ANCHOR,
  'webpki::forbidden-weak-rsa-key-in-root': ANCHOR,

  'webpki::cn::case-mismatch': WEB,
  'webpki::cn::ipv4-hex-mismatch': WEB,
  'webpki::cn::ipv4-leading-zeros-mismatch': WEB,
  'webpki::cn::ipv6-non-rfc5952-mismatch': WEB,
  'webpki::cn::ipv6-uncompressed-mismatch': WEB,
  'webpki::cn::ipv6-uppercase-mismatch': WEB,
  'webpki::cn::not-in-san': WEB,
  'webpki::cn::punycode-not-in-san': WEB,
  'webpki::cn::utf8-vs-punycode-mismatch': WEB,
  'webpki::eku::ee-anyeku': WEB,
  'webpki::eku::ee-critical-eku': WEB,
  'webpki::eku::ee-without-eku': WEB,
  'webpki::forbidden-rsa-key-not-divisible-by-8-in-leaf': WEB,
  'webpki::san::san-critical-with-nonempty-subject': WEB,
  'webpki::san::public-suffix-multi-label-wildcard-san': `${WEB}, and there is no list of public suffixes here`,
  'webpki::san::public-suffix-private-namespace-wildcard-san': `${WEB}, and there is no list of public suffixes here`,

  'rfc5280::aki::intermediate-missing-aki': `${DUTY}; certificates by \`openssl x509 -req\` have none`,
  'rfc5280::aki::leaf-missing-aki': `${DUTY}; certificates by \`openssl x509 -req\` have none`,
  'rfc5280::ski::intermediate-missing-ski': `${DUTY}; it only helps to find issuers`,
  'rfc5280::serial::negative': DUTY,
  'rfc5280::serial::too-long': DUTY,
  'rfc5280::serial::zero': DUTY,
  'rfc5280::pc::ica-noncritical-pc': `${DUTY}; the US Federal PKI wants it uncritical`,
  'rfc5280::san::noncritical-with-empty-subject': `${DUTY}; it is for programs that can't read SANs`,
  'rfc5280::san::underscore-dns': `${DUTY}; names inside companies have underscores`,
  'rfc5280::nc::invalid-dnsname-leading-period': 'everybody reads `.example.com` as OpenSSL does',
  'rfc5280::nc::permitted-dns-match-noncritical':
    'webpki::nc::permitted-dns-match-noncritical expects the opposite; the constraint is kept either way',
  'rfc5280::ca-as-leaf': 'webpki::ca-as-leaf expects the opposite; a CA is nobody (ca-as-leaf)',
  'pathlen::validation-ignores-pathlen-in-leaf': 'the leaf is a CA, which is nobody (ca-as-leaf)',
  'pathlen::max-chain-depth-1-self-issued':
    '`depth` counts every intermediate, self-issued ones too, as ssl_verify_depth does',
  'crl::crlnumber-missing': `${DUTY}; \`openssl ca -gencrl\` writes none unless it is told to`,
};
