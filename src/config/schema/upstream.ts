// Where traffic goes to.
import { z } from 'zod';
import { duration, durationOrZero, wholeNumber, word } from '../scalars.ts';
import { pins } from './tls.ts';

const upstreamTls = z.strictObject({
  ca_file: word
    .optional()
    .describe(
      "File of the trust bundle for the upstream's certificate, PEM. Default: the public roots.",
    ),
  cert_file: word
    .optional()
    .describe('File of our own certificate towards the upstream, PEM. Default: none.'),
  key_file: word
    .optional()
    .describe('File of its private key, PEM, not encrypted. Required with `cert_file`.'),
  client_cert_id: word
    .optional()
    .describe(
      'Id of our own certificate towards the upstream, of type `client`, made through the admin API, instead of `cert_file`. Needs `admin`. Default: none.',
    ),
  server_name: word
    .optional()
    .describe(
      "Name that is sent as SNI and, without `allow_peers`, that the upstream's certificate must carry. Default: the URL's host.",
    ),
  allow_peers: z
    .array(word)
    .min(1)
    .optional()
    .describe(
      "Names of which the upstream's certificate must carry one, instead of `server_name`: host names or IP addresses (`api.internal`), URIs (`spiffe://example.org/api`), compared as they are, or whole subjects (`CN=api,O=Example`). Default: none, `server_name` is checked.",
    ),
  pinned_certs: pins
    .optional()
    .describe(
      'SHA-256 of the public keys (SPKI, hexadecimal) that the upstream may have; its certificate must be good as well. Default: empty, any key.',
    ),
});

export const upstream = z.strictObject({
  url: word.describe("The URL, as in a route's `upstream`. Required."),
  tls: upstreamTls
    .optional()
    .describe(
      'TLS towards an `https:`, `tls:`, `nats:`, `mqtt:` or `mqtts:` URL. Default: the public roots, no certificate of our own; to `nats:` only where the upstream asks for TLS, to `mqtt:` none.',
    ),
  connect_timeout: duration
    .optional()
    .describe('Time to a connected (and, with TLS, verified) socket; with a unit. Default: 5s.'),
  idle_timeout: durationOrZero
    .optional()
    .describe(
      'How long an unused connection is kept for the next request; with a unit. 0: not at all. Default: 4s, below the 5s after which many servers close theirs.',
    ),
  max_idle: wholeNumber(0, 100_000)
    .optional()
    .describe('Most unused connections that are kept, for each process. Default: 256.'),
});
