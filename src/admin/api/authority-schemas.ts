import { z } from 'zod';
import { pageQuery } from './page.ts';

// What requests about the authority may hold, and what answers do. The OpenAPI document is made from here.
// The dashboard takes types from here, and so nothing is imported that a browser has not: the lists of the
// authority stand here again, which a test compares.

export const leafKeyTypes = ['p256', 'p384', 'ed25519', 'rsa2048', 'rsa3072', 'rsa4096'] as const;

export const issuedSortKeys = ['issued_at', 'not_after', 'subject', 'serial', 'profile'] as const;

export const reasons = [
  'unspecified',
  'keyCompromise',
  'cACompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'privilegeWithdrawn',
] as const;

const instant = z.iso.datetime();
const hex = z.string().regex(/^[0-9a-f]*$/);
const pem = (what: string) => z.string().describe(`${what}, PEM.`);

const texts = (what: string) =>
  z.array(z.string().max(2048)).max(100).default([]).describe(`${what} Default: none.`);

/** Whom a certificate is for; the readers of names judge the texts. */
const holder = {
  profile: z
    .string()
    .min(1)
    .max(64)
    .default('client')
    .describe('`client`, `server`, or a profile of your own (`ca/profiles.json`).'),
  common_name: z
    .string()
    .max(1024)
    .default('')
    .describe(
      'The name that it is filed under. Client: the common name, and the SAN email as well where it reads as one and no SAN is asked for. Server: its first host name or IP address.',
    ),
  subject: z
    .string()
    .max(4096)
    .optional()
    .describe('RFC 4514 text, such as `CN=alice,OU=ops`. Default: the common name alone.'),
  emails: texts('SAN email addresses, of clients.'),
  dns_names: texts('SAN host names.'),
  ip_addresses: texts('SAN IP addresses.'),
  uris: texts('SAN URIs, such as SPIFFE IDs, of clients.'),
  user_principal_names: texts('SAN user principal names, of clients.'),
};

/** POST /v1/ca/certificates and /v1/ca/preview. */
export const leafWish = z.strictObject({
  ...holder,
  days: z
    .int()
    .min(1)
    .max(36_500)
    .optional()
    .describe("Days of validity, cut where the authority's own end. Default: the profile's."),
  request: z
    .string()
    .min(1)
    .max(1_048_576)
    .optional()
    .describe(
      'A certification request (PKCS#10), PEM: its key is taken, its names are not. Left out: a key is made.',
    ),
  key: z
    .strictObject({
      type: z.enum(leafKeyTypes).default('p256').describe('Its kind.'),
      format: z
        .enum(['pem', 'pkcs12'])
        .default('pem')
        .describe('`pkcs12`: key and chain in one file with a password, for browsers.'),
      password: z.string().min(1).max(1024).optional().describe('Of the PKCS#12 file.'),
    })
    .optional()
    .describe('The key that is made: it stands in this one answer and is kept nowhere.'),
});

/** POST /v1/ca/certificates?dry_run=true does what /v1/ca/preview does. */
export const issueQuery = z.strictObject({
  dry_run: z
    .enum(['true', 'false'])
    .default('false')
    .describe('`true`: as /v1/ca/preview, nothing is issued.'),
});

/** POST /v1/ca/tokens. */
export const tokenWish = z.strictObject({
  ...holder,
  ttl_seconds: z
    .int()
    .min(1)
    .max(2_592_000)
    .default(600)
    .describe('How long the token is good. Default: 10 minutes.'),
  url: z
    .string()
    .max(2048)
    .regex(
      /^https:\/\/(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+)(:\d{1,5})?\/?$/,
      'must read https://HOST:PORT',
    )
    .optional()
    .describe('Where the machine reaches enrolment. Default: as it is served, or was last.'),
});

const text = z.string().min(1).max(256).optional();

/** GET /v1/ca/certificates; what is given must all hold. */
export const issuedQuery = z.strictObject({
  q: text.describe('Part of the subject, a SAN or the serial number.'),
  status: z.enum(['valid', 'expired', 'revoked']).optional(),
  profile: text.describe('Name of the profile.'),
  expires_before: z.iso
    .datetime({ offset: true })
    .optional()
    .describe('Only what is valid still, and will not be at that time.'),
  sort: z
    .enum([...issuedSortKeys, ...issuedSortKeys.map((key) => `-${key}` as const)])
    .default('-issued_at')
    .describe('Upwards, or with `-` downwards.'),
  ...pageQuery,
});

/** GET /v1/ca/tokens. */
export const tokenQuery = z.strictObject({
  status: z.enum(['open', 'used', 'expired']).optional(),
  ...pageQuery,
});

/** GET /v1/ca/crl. */
export const listQuery = z.strictObject({
  format: z
    .enum(['pem', 'der'])
    .default('pem')
    .describe('`pem`: the lists of issuing certificate and root; `der`: that of the first alone.'),
});

const reason = z.enum(reasons);

/** POST /v1/ca/certificates/{serial}/revoke. */
export const revocationWish = z.strictObject({
  reason: reason.default('unspecified').describe('As RFC 5280 section 5.3.1 names it.'),
});

const authorityCertificate = z.strictObject({
  subject: z.string().describe('RFC 4514.'),
  issuer: z.string(),
  serial: hex,
  fingerprint: hex.describe('SHA-256 of the certificate.'),
  not_before: instant,
  not_after: instant,
  key_type: z.string(),
  certificate: pem('The certificate'),
});

/** GET /v1/ca. */
export const authorityView = z.strictObject({
  dir: z.string().describe('Its folder.'),
  root: authorityCertificate.describe('The trust anchor, for everybody.'),
  issuing: authorityCertificate.describe('The intermediate that signs.'),
  signing: z.strictObject({
    possible: z.boolean(),
    is_locked: z
      .boolean()
      .describe('Whether its key takes a passphrase that was not given, or was wrong.'),
    problem: z.string().nullable().describe('Why it is not possible.'),
  }),
  profiles: z.array(
    z.strictObject({
      name: z.string(),
      kind: z.enum(['server', 'client']),
      days: z.int(),
      max_days: z.int(),
      key_types: z.array(z.string()).nullable().describe('null: any.'),
      dns_suffixes: z.array(z.string()).nullable(),
      emails: z.array(z.string()).nullable(),
      uris: z.array(z.string()).nullable(),
      subject: z.string().nullable().describe('The subject that it gives; null: as asked for.'),
    }),
  ),
  counts: z.strictObject({
    valid: z.int(),
    expiring: z.int().describe('Valid, for less than seven days more.'),
    expired: z.int(),
    revoked: z.int(),
  }),
  crl: z
    .strictObject({
      number: z.string().nullable().describe('Decimal; it grows with each list.'),
      this_update: instant,
      next_update: instant.nullable(),
      revoked: z.int(),
    })
    .nullable()
    .describe('The revocation list as it is published; null: there is none that can be read.'),
  list_url: z
    .string()
    .nullable()
    .describe('Where certificates say that the list is; null: they say nothing.'),
  enrolment: z.strictObject({
    address: z.string().nullable().describe('Where this gateway serves it; null: nowhere.'),
    url: z.string().nullable().describe('What new tokens name; null: it was never served.'),
  }),
});

const issuedBase = {
  serial: hex,
  subject: z.string(),
  subject_alt_names: z.array(z.string()).describe('Such as `email:alice@example.com`.'),
  fingerprint: hex,
  profile: z.string(),
  status: z.enum(['valid', 'expired', 'revoked']),
  not_before: instant,
  not_after: instant,
  issued_at: instant,
  revoked_at: instant.nullable(),
  reason: reason.nullable(),
  requested_by: z.string(),
};

/** One line of the list. */
export const issuedSummary = z.strictObject(issuedBase);

const issuedDetail = {
  ...issuedBase,
  issuer: z.string(),
  key_type: z.string(),
  user: z
    .string()
    .nullable()
    .describe('The user of the configuration that it maps to; null: none.'),
  certificate: pem('The chain, leaf first'),
};

/** GET /v1/ca/certificates/{serial}. */
export const issuedView = z.strictObject(issuedDetail);

/** What was issued, with what only this answer has. */
export const issuedNow = z.strictObject({
  ...issuedDetail,
  cut: z.boolean().describe("Whether the authority's own end cut its life short."),
  file_name: z.string().describe('What its files are called, without extension.'),
  key: pem('The private key')
    .nullable()
    .describe('The private key, PEM: here and never again. null: it is elsewhere.'),
  pkcs12: z
    .base64()
    .nullable()
    .describe('Key and chain under the password that was given, base64; null: not asked for.'),
});

/** What would be issued. */
export const leafPreview = z.strictObject({
  certificate: z
    .strictObject({
      profile: z.string(),
      kind: z.enum(['server', 'client']),
      subject: z.string(),
      subject_alt_names: z.array(z.string()),
      issuer: z.string(),
      not_before: instant,
      not_after: instant,
      cut: z.boolean(),
      key_type: z.string(),
      extended_key_usage: z.array(z.string()),
      revocation_list: z.string().nullable().describe('Where it says that its list is.'),
    })
    .nullable()
    .describe('null: there is none, whatever is mended of its names.'),
  identities: z.array(z.string()).describe('The names that users are looked for by, in order.'),
  user: z.string().nullable().describe('The user that would be found; null: none.'),
  requested: z
    .strictObject({ subject: z.string(), subject_alt_names: z.array(z.string()) })
    .nullable()
    .describe('What the request itself names; none of it is taken.'),
  problems: z
    .array(
      z.strictObject({
        path: z.string().describe('The field; empty: the whole.'),
        message: z.string(),
        citation: z.string().nullable().describe('The document that asks for it.'),
      }),
    )
    .describe('Why it would not be issued; empty: it would.'),
});

/** GET /v1/ca/certificates/{serial}/connections. */
export const relyingConnections = z.strictObject({
  connections: z.int().describe('Live connections that would be closed if it were revoked.'),
});

export const revokedView = z.strictObject({
  ...issuedDetail,
  closed: z.int().describe('Live connections that were closed.'),
  list_published: z
    .boolean()
    .describe('Whether the revocation list names it by now; the gateway refuses it in any case.'),
});

const tokenBase = {
  id: hex,
  profile: z.string(),
  kind: z.enum(['server', 'client']),
  name: z.string(),
  status: z.enum(['open', 'used', 'expired']),
  created_at: instant,
  expires_at: instant,
  used_at: instant.nullable(),
};

/** One line of the list. */
export const tokenView = z.strictObject(tokenBase);

/** A new token. */
export const tokenNow = z.strictObject({
  ...tokenBase,
  subject: z.string(),
  subject_alt_names: z.array(z.string()),
  url: z.string(),
  token: z.string().describe('Good once; here and never again.'),
  command: z.string().describe('What to run on the machine.'),
});

export type LeafWish = z.output<typeof leafWish>;
export type TokenWish = z.output<typeof tokenWish>;
export type AuthorityView = z.output<typeof authorityView>;
export type IssuedSummary = z.output<typeof issuedSummary>;
export type IssuedView = z.output<typeof issuedView>;
export type LeafPreviewView = z.output<typeof leafPreview>;
export type TokenView = z.output<typeof tokenView>;
