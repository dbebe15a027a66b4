import { z } from 'zod';
import { oneOf, wholeNumber, word } from './scalars.ts';
import { certificate } from './schema/certificate.ts';
import type { limits } from './schema/limits.ts';
import { listener } from './schema/listener.ts';
import type { delivery, route } from './schema/routes.ts';
import { adminTls, type listenerTls } from './schema/tls.ts';
import { upstream } from './schema/upstream.ts';
import { user } from './schema/users.ts';

// Every key of a configuration. What it means, its unit and its default stand in its description:
// the reference page, the JSON Schema and editors' hints are made from there.

/** The whole document. Its output has durations in milliseconds. */
export const configSchema = z.strictObject({
  listeners: z
    .array(listener)
    .min(1)
    .optional()
    .describe(
      'Addresses that the gateway listens on. Required, unless it serves nothing but `ca.listen` or `ca.crl_listen`. Default: none.',
    ),
  certificates: z
    .array(certificate)
    .optional()
    .describe(
      "Further certificates, chosen by the server name that a client sends. Each says all that it asks of clients: nothing is taken over from the listener's `tls`. Default: none.",
    ),
  authorization: z
    .strictObject({
      users: z
        .array(user)
        .optional()
        .describe(
          'The users. A verified client is mapped to the first that its certificate matches. Default: none; nobody is mapped.',
        ),
    })
    .optional()
    .describe('Who clients can be. Default: nobody is mapped.'),
  identity: z
    .strictObject({
      dn: oneOf('exact', 'nats')
        .optional()
        .describe(
          'How a subject is compared with users: `exact`, attribute by attribute, or `nats`, also as nats-server prints it, which leaves attributes out. Default: exact.',
        ),
    })
    .optional()
    .describe('How certificates are compared with users. Default: exactly.'),
  upstreams: z
    .record(
      z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/, {
        error: 'a name has letters, digits, "_", "." and "-" only',
      }),
      upstream,
    )
    .optional()
    .describe('Upstreams by name, for TLS and timeouts. Default: none.'),
  admin: z
    .strictObject({
      listen: word.describe(
        'The address: `HOST:PORT` where HOST is a loopback address such as 127.0.0.1, or any with `tls` that verifies clients, or `unix:/PATH`, which only the same user can connect to; port 0 is any free one. Required.',
      ),
      tls: adminTls
        .optional()
        .describe(
          'TLS on the admin listener. With `verify: true` clients need a certificate, and one that maps to a user with `admin: true` does for the token. Default: none, plain HTTP.',
        ),
    })
    .optional()
    .describe(
      'The admin listener: the dashboard, the admin API, `/metrics` for Prometheus, `/healthz` and `/readyz`. Default: none.',
    ),
  access_log: z
    .strictObject({
      file: word.describe(
        'The file that lines are appended to, or `stdout`. A file that was renamed or removed is left for a new one of its name. Required.',
      ),
      format: oneOf('common', 'json')
        .optional()
        .describe(
          "How a line looks: `common`, the common log format with the client's user, or `json`, with the ids of handshake and trace as well. Default: json.",
        ),
    })
    .optional()
    .describe('Where each HTTP request is written down, a line each. Default: nowhere.'),
  log: z
    .strictObject({
      level: oneOf('debug', 'info', 'warn')
        .optional()
        .describe(
          'The least that is written: `warn`, refusals and what needs somebody; `info`, clients that were admitted as well; `debug`, connections that were closed before they said anything as well. Default: info.',
        ),
    })
    .optional()
    .describe('The log of events on standard error. It takes effect with a reload. Default: info.'),
  traceparent: oneOf('pass', 'make')
    .optional()
    .describe(
      'What becomes of W3C trace context: a valid `traceparent` passes through and a malformed one is removed; with `make` a request without one begins a trace, marked as sampled, which costs about a hundredth of a request. Default: pass.',
    ),
  state: z
    .strictObject({
      dir: word
        .optional()
        .describe('Directory of what the gateway keeps for itself. Default: .countersign.'),
    })
    .optional()
    .describe(
      'Where the gateway keeps its state. Default: `.countersign` beside the configuration.',
    ),
  ca: z
    .strictObject({
      dir: word.describe(
        'Directory of the authority; its `ca.crt` is the trust bundle where `verify` is on and neither `ca_file` nor `ca` is given, and what is revoked there is refused at once. Required.',
      ),
      listen: word
        .optional()
        .describe(
          'Address at which machines get certificates by token and renew them by mutual TLS, over HTTPS with a certificate that the authority issues for it: `HOST:PORT`, `:PORT`. Its revocation lists are there as well. Default: none.',
        ),
      names: z
        .array(word)
        .min(1)
        .optional()
        .describe(
          "Host names and IP addresses by which machines reach `listen`, for its certificate. Default: the address's, or this machine's host name.",
        ),
      url: word
        .optional()
        .describe(
          'How machines reach `listen`, `https://HOST:PORT`, for the tokens. Default: the first of `names` and the port.',
        ),
      crl_listen: word
        .optional()
        .describe(
          'Address at which the revocation lists are to be had over plain HTTP, as `/issuing.crl` and `/root.crl` (DER) and `/ca.crl` (PEM): `HOST:PORT`, `:PORT`. What `countersign init --crl-url` names should lead here. Default: none.',
        ),
      passphrase_file: word
        .optional()
        .describe(
          "File whose first line is the passphrase of the authority's key. Default: the environment variable COUNTERSIGN_CA_PASSPHRASE, or with `listen` a question on the terminal.",
        ),
    })
    .optional()
    .describe('The certificate authority to attach. Default: none.'),
  workers: z
    .union([z.literal('auto'), wholeNumber(1, 1024)], {
      error: (issue) =>
        issue.input === undefined ? undefined : 'must be auto or a whole number from 1 to 1024',
    })
    .optional()
    .describe('Processes that accept connections; `auto` is one a core. Default: auto.'),
});

export type Config = z.output<typeof configSchema>;
export type ListenerConfig = z.output<typeof listener>;
export type LimitsConfig = z.output<typeof limits>;
export type ListenerTlsConfig = z.output<typeof listenerTls>;
export type CertificateConfig = z.output<typeof certificate>;
export type RouteConfig = z.output<typeof route>;
export type DeliveryConfig = Pick<RouteConfig, keyof typeof delivery>;
export type UpstreamConfig = z.output<typeof upstream>;
export type UserConfig = z.output<typeof user>;
