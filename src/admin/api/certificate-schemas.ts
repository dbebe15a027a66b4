import { z } from 'zod';

// What requests about certificates may hold, and what answers do. The OpenAPI document is made from here.

const pem = (what: string) => z.string().min(1).max(1_048_576).describe(`${what}, PEM text.`);

const sni = z.string().min(1).max(255);

const label = z.string().max(256);

const verify = z.union([z.boolean(), z.enum(['observe', 'optional'])]);

const clientInput = z
  .strictObject({
    ca: pem('The trust bundle that clients have to come from')
      .nullable()
      .optional()
      .describe(
        "The trust bundle that clients have to come from, PEM text. Left out: the clients of Countersign's own authority (`ca.dir`).",
      ),
    verify: verify
      .default(true)
      .describe(
        'What is asked of clients: `true`, `false`, `optional` or `observe`, as in the configuration.',
      ),
    verify_and_map: z
      .boolean()
      .default(false)
      .describe('Whether a client is admitted only when its certificate maps to a user.'),
    depth: z
      .int()
      .min(0)
      .max(100)
      .nullable()
      .default(null)
      .describe('Most intermediates between client certificate and trust anchor; null: no limit.'),
    skip_paths: z
      .array(z.string().min(1).max(4096))
      .max(1000)
      .default([])
      .describe('Paths that need no client certificate: exact, or a prefix ending in `*`.'),
    pinned_certs: z
      .array(z.string().regex(/^[0-9a-f]{64}$/i, 'must be a SHA-256: 64 hexadecimal digits'))
      .max(1000)
      .default([])
      .describe('SHA-256 of the public keys that are admitted, hexadecimal; empty: any.'),
  })
  .describe('What is asked of clients.');

const labels = z
  .record(z.string().min(1).max(64), label)
  .refine((value) => Object.keys(value).length <= 64, 'has more than 64 entries');

const settings = {
  type: z
    .enum(['server', 'client'])
    .default('server')
    .describe(
      '`server`: served to clients by its SNIs; `client`: ours towards upstreams whose `tls.client_cert_id` in the configuration is its id; served to nobody.',
    ),
  snis: z
    .array(sni)
    .min(1)
    .max(1000)
    .nullable()
    .optional()
    .describe(
      "Server names that it answers to: exact, or `*.` and a name. Left out: the certificate's SAN dNSNames, else its CN.",
    ),
  client: clientInput
    .nullable()
    .optional()
    .describe('Peer verification; left out: clients are asked for nothing.'),
  min_version: z.enum(['1.2', '1.3']).default('1.2').describe('Lowest TLS version.'),
  labels: labels.default({}).describe('Texts of your own.'),
  status: z
    .enum(['enabled', 'disabled'])
    .default('enabled')
    .describe('A disabled certificate is kept, and not served.'),
};

const passphrase = z
  .string()
  .max(1024)
  .optional()
  .describe('Opens the key where it is encrypted. It is not kept.');

export const certificateId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'must be 1 to 64 letters, digits, "_", "." or "-"');

/** POST /v1/certificates. */
export const certificateCreation = z.strictObject({
  id: certificateId.optional().describe('Left out: one is made up.'),
  certificate: pem('The certificate, leaf first, then the intermediates'),
  key: pem('The private key'),
  passphrase,
  ...settings,
});

/** The query of POST /v1/certificates. */
export const certificateFormatQuery = z.strictObject({
  format: z
    .enum(['countersign', 'apisix'])
    .default('countersign')
    .describe('`apisix`: the body is an `ssl` object of APISIX.'),
});

/** PUT /v1/certificates/{id}. */
export const certificateReplacement = z.strictObject({
  certificate: pem('The certificate, leaf first, then the intermediates'),
  key: pem('The private key')
    .optional()
    .describe(
      'The private key, PEM text. Left out: the one that is kept, if it belongs to the certificate.',
    ),
  passphrase,
  ...settings,
});

/** PATCH /v1/certificates/{id}: what is left out stays, null takes away (RFC 7396). */
export const certificatePatch = z
  .looseObject({
    certificate: z.unknown().optional(),
    key: z.unknown().optional(),
    passphrase: z.unknown().optional(),
    snis: z.unknown().optional(),
    client: z.unknown().optional(),
    min_version: z.unknown().optional(),
    labels: z.unknown().optional(),
    status: z.unknown().optional(),
  })
  .describe(
    'A JSON merge patch (RFC 7396) of what PUT takes: what is left out stays as it is, null takes away.',
  );

export type CertificateCreation = z.output<typeof certificateCreation>;
export type CertificateReplacement = z.output<typeof certificateReplacement>;

const instant = z.iso.datetime();
const hex = z.string().regex(/^-?[0-9a-f]*$/);

const chainEntry = z.strictObject({
  subject: z.string().describe('RFC 4514.'),
  issuer: z.string(),
  serial: hex,
  fingerprint: hex.describe('SHA-256 of the certificate.'),
  not_before: instant,
  not_after: instant,
  key_type: z.string(),
});

const clientView = z.strictObject({
  ca: z
    .string()
    .nullable()
    .describe("PEM; null: Countersign's own authority, or none where nothing is verified."),
  verify,
  verify_and_map: z.boolean(),
  depth: z.int().nullable(),
  skip_paths: z.array(z.string()),
  pinned_certs: z.array(z.string()),
});

const viewBase = {
  id: z.string(),
  type: z.enum(['server', 'client']),
  status: z.enum(['enabled', 'disabled']),
  snis: z.array(z.string()).describe('The server names that it answers to.'),
  subject: z.string(),
  issuer: z.string(),
  serial: hex,
  fingerprint: hex,
  not_before: instant,
  not_after: instant,
  key_type: z.string(),
  client: clientView.nullable().describe('null: clients are asked for nothing.'),
  min_version: z.enum(['1.2', '1.3']),
  labels: z.record(z.string(), z.string()),
  source: z
    .enum(['file', 'api'])
    .describe('Where it is defined; `file` can be changed there only.'),
  file: z
    .string()
    .nullable()
    .describe('The file, or the place in the configuration; null: made by API.'),
  listeners: z.array(z.string()).describe('Listeners that serve it.'),
  is_default: z
    .boolean()
    .describe(
      'Whether it is the default of a listener, for clients whose server name matches none.',
    ),
  warnings: z.array(z.string()).describe('What is old-fashioned, was mended or will not work.'),
  created_at: instant.nullable().describe('null: it comes from a file.'),
  updated_at: instant.nullable(),
};

/** One line of the list. */
export const certificateSummary = z.strictObject(viewBase);

/** GET /v1/certificates/{id}. The private key is in no answer. */
export const certificateView = z.strictObject({
  ...viewBase,
  certificate: z.string().describe('The chain, PEM, leaf first.'),
  chain: z.array(chainEntry),
});

export type CertificateSummary = z.output<typeof certificateSummary>;
export type CertificateView = z.output<typeof certificateView>;
