// Where requests go, and what becomes of them.
import { z } from 'zod';
import { anyText, flag, oneOf, wholeNumber, word } from '../scalars.ts';
import { pathPattern } from './tls.ts';

export const delivery = {
  upstream: word
    .optional()
    .describe(
      'Where requests go: the name of one of `upstreams`, or a URL: `http://HOST:PORT`, `https://HOST:PORT`, `h2://HOST:PORT` (HTTP/2 over TLS, as for gRPC), `h2c://HOST:PORT` (HTTP/2 without), `unix:/PATH`, `file:///DIRECTORY`, `echo:`; for nats `nats://HOST:PORT`, or `tls://HOST:PORT` where TLS is a must; for mqtt `mqtt://HOST:PORT`, `mqtts://HOST:PORT` or `unix:/PATH`; for tls and tcp `tcp://HOST:PORT`, `tls://HOST:PORT` or `unix:/PATH`. Default: none.',
    ),
  try_files: z
    .array(word)
    .min(1)
    .optional()
    .describe(
      'Only with `file:`. What is tried in turn: `$uri`, `$uri/` (the index of a directory), a path from the top of the directory, and last `=STATUS`. Default: `[$uri, $uri/, =404]`.',
    ),
  index: z
    .array(word)
    .min(1)
    .optional()
    .describe(
      'Only with `file:`. File names that stand for their directory. Default: `[index.html]`.',
    ),
  forward: z
    .array(oneOf('client_cert', 'client_cert_chain', 'xfcc'))
    .optional()
    .describe(
      'Only with an upstream that is proxied to. Identity headers beside the ones that are always sent: `client_cert` and `client_cert_chain` (RFC 9440), `xfcc` (`X-Forwarded-Client-Cert`). Default: none.',
    ),
  upstream_host: word
    .optional()
    .describe(
      'Only with an upstream that is proxied to. The `Host` that requests go with, `HOST` or `HOST:PORT`, for an upstream that goes by it; `X-Forwarded-Host` is what the client sent. Default: what the client sent.',
    ),
  headers: z
    .record(z.string(), anyText)
    .optional()
    .describe(
      'Only with an upstream that is proxied to. Fields that requests get, by name, in the place of whatever the client sent under the name in any spelling: a text, empty for none, or what is known of the client: `$client_user`, `$client_dn`, `$client_issuer`, `$client_serial` (hex), `$client_fingerprint` (SHA-256), `$client_fingerprint_sha1`, `$client_cert` (PEM, percent-encoded), `$client_verify`, `$client_address`. Of a client without a verified certificate only the last two are known; a field without a value is not sent. Default: none.',
    ),
};

const respond = z.strictObject({
  status: wholeNumber(200, 599).optional().describe('The status. Default: 200.'),
  body: anyText.optional().describe('The body, as text. Default: empty.'),
  content_type: word.optional().describe('The `Content-Type`. Default: text/plain.'),
});

const match = z.strictObject({
  host: word
    .optional()
    .describe(
      'Host of the request, without port: exact, or `*.` and a name for one label more. Default: any.',
    ),
  path: pathPattern
    .optional()
    .describe(
      'Path of the request: exact, or a prefix ending in `*`. Compared decoded and normalised; without the query. Default: any.',
    ),
  methods: z.array(word).min(1).optional().describe('Methods of the request. Default: any.'),
});

export const route = z.strictObject({
  match: match
    .optional()
    .describe(
      'Requests that the route is for; all that is said must hold. Default: every request.',
    ),
  allow: z
    .array(word)
    .optional()
    .describe(
      'Users that are admitted, out of `authorization.users`; an empty list admits nobody. Default: every client that `verify` admits.',
    ),
  verify: flag
    .optional()
    .describe(
      'Whether the route needs a verified client certificate where `verify` of the listener or certificate, `optional` or `observe`, admits others as well; those are answered 400. Default: false.',
    ),
  ...delivery,
  respond: respond.optional().describe('A fixed answer, instead of `upstream`. Default: none.'),
});

export const routes = z.array(route);
