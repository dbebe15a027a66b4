// What a side of TLS shows and asks for.
import { z } from 'zod';
import {
  block,
  clientAuthMode,
  duration,
  flag,
  oneOf,
  staleness,
  tlsVersion,
  wholeNumber,
  word,
} from '../scalars.ts';

export const pathPattern = word;

export const pins = z.array(
  word.regex(/^[0-9a-f]{64}$/i, {
    error: 'must be a SHA-256 of a public key (SPKI): 64 hexadecimal digits',
  }),
);

export const clientAuthentication = {
  ca_file: word
    .optional()
    .describe(
      'File of the trust bundle for client certificates, PEM. Default: `ca.crt` in `ca.dir` where `ca` is set; without either, `verify` must be false.',
    ),
  ca: block
    .optional()
    .describe('The trust bundle itself, PEM, instead of `ca_file`. Default: none.'),
  verify: clientAuthMode
    .optional()
    .describe(
      'What is asked of clients. `false` asks for no certificate; `optional` asks, and refuses a bad one; `observe` asks, admits everyone and records what `true` would have refused; `true` requires a good one. Default: false, or true where `verify_and_map` is true.',
    ),
  verify_and_map: flag
    .optional()
    .describe(
      'Whether a client is admitted only when its certificate maps to one of `authorization.users`. Implies `verify: true`; with `verify: observe` it is recorded instead. Default: false.',
    ),
  refusal: oneOf('close', 'http')
    .optional()
    .describe(
      'What a client with a bad certificate sees: `close` ends the connection after the handshake, nothing it sent is parsed; `http` answers 400 with the handshake id. Default: close.',
    ),
  depth: wholeNumber(0, 100)
    .optional()
    .describe(
      "Most intermediates between a client's certificate and the trust anchor. Default: no limit.",
    ),
  pinned_certs: pins
    .optional()
    .describe(
      'SHA-256 of the public keys (SPKI, hexadecimal) that are admitted; the certificate must be valid as well. Default: empty, any key.',
    ),
  crl_file: z
    .union([word, z.array(word).min(1)], { error: 'must be a file, or a list of files' })
    .optional()
    .describe(
      'File or files of certificate revocation lists, PEM or DER; read again when they change. A certificate whose issuer has no list among them is refused, but for those of `ca.dir`. Default: none, revocation is not checked by list.',
    ),
  crl_stale: staleness
    .optional()
    .describe(
      'What a revocation list means after its next update was due: `refuse` refuses every client of its issuer, `accept` goes on relying on it, `grace 24h` does so for that long and then refuses. Default: refuse.',
    ),
  skip_paths: z
    .array(pathPattern)
    .optional()
    .describe(
      "Paths that need no client certificate: exact, or a prefix ending in `*`, compared decoded. The users of a route's `allow` hold there too. Default: none.",
    ),
};

export const certificateAndKey = {
  cert_file: word
    .optional()
    .describe(
      'File of the certificate: the leaf first, then the intermediates, PEM. Required unless `cert` is given.',
    ),
  cert: block
    .optional()
    .describe('The certificate chain itself, PEM, instead of `cert_file`. Default: none.'),
  key_file: word
    .optional()
    .describe('File of the private key, PEM, not encrypted. Required unless `key` is given.'),
  key: block
    .optional()
    .describe(
      'The private key itself, PEM, instead of `key_file`; better as `${VARIABLE}`. Default: none.',
    ),
  min_version: tlsVersion
    .optional()
    .describe('Lowest TLS version that is accepted, `"1.2"` or `"1.3"`. Default: "1.2".'),
  sessions: oneOf('stateful', 'tickets', 'off')
    .optional()
    .describe(
      'How clients resume: `stateful` keeps their sessions in the memory of the gateway, all workers together; `tickets` gives them to the clients, sealed by keys that are never stored and replaced every 12 hours; `off` makes every handshake a full one. A resumed client is judged like any other. Default: stateful.',
    ),
};

export const listenerTls = z.strictObject({
  ...certificateAndKey,
  ...clientAuthentication,
  timeout: duration
    .optional()
    .describe(
      'Time for the whole handshake, from the accepted connection on; with a unit (`500ms`, `10s`, `2m`). Holds for every certificate of the listener. Default: 10s, for nats 2s.',
    ),
  handshake_first: flag
    .optional()
    .describe(
      'Whether TLS comes before INFO on a nats listener, which clients have to be told too; nothing reaches for the upstream before the client is admitted. Default: false, INFO first.',
    ),
});

const { refusal: _refusal, skip_paths: _skipPaths, ...verification } = clientAuthentication;

export const adminTls = z.strictObject({ ...certificateAndKey, ...verification });
