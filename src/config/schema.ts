import { z } from 'zod';
import {
  anyText,
  block,
  clientAuthMode,
  duration,
  durationOrZero,
  flag,
  oneOf,
  staleness,
  tlsVersion,
  wholeNumber,
  word,
} from './scalars.ts';

// Every key of a configuration. What it means, its unit and its default stand in its description:
// the reference page, the JSON Schema and editors' hints are made from there.

const pathPattern = word;

const pins = z.array(
  word.regex(/^[0-9a-f]{64}$/i, {
    error: 'must be a SHA-256 of a public key (SPKI): 64 hexadecimal digits',
  }),
);

const clientAuthentication = {
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

const certificateAndKey = {
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

const listenerTls = z.strictObject({
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

const adminTls = z.strictObject({ ...certificateAndKey, ...verification });

const delivery = {
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

const route = z.strictObject({
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

const routes = z.array(route);

const limits = z.strictObject({
  connections: wholeNumber(1, 10_000_000)
    .optional()
    .describe(
      'Most connections at a time; one more is closed at once. Never more than the limit on open files has room for. Divided evenly between the workers. Default: 50000.',
    ),
  connections_per_address: wholeNumber(1, 10_000_000)
    .optional()
    .describe(
      'Most connections at a time from one client address, IPv6 addresses taken by their /64; one more is closed at once. A load balancer or NAT in front is one address. Divided evenly between the workers, of which each takes a client by chance. Default: no limit.',
    ),
  handshakes: wholeNumber(1, 1_000_000)
    .optional()
    .describe(
      'Most TLS handshakes in flight at a time, for each process. For one more, that which has been in flight longest is dropped: a client needs milliseconds, an attack stalls. Default: 2048.',
    ),
  requests: wholeNumber(1, 1_000_000_000)
    .optional()
    .describe('Most requests of one connection; it ends after the last of them. Default: 100000.'),
  streams: wholeNumber(1, 100_000)
    .optional()
    .describe(
      'Most requests at a time of one HTTP/2 connection; clients keep further ones back. More of them for gRPC, whose streams may stay open. Default: 128.',
    ),
  idle: duration
    .optional()
    .describe('How long a connection is kept without a request; with a unit. Default: 75s.'),
  lifetime: duration
    .optional()
    .describe(
      'How long a connection is kept at all; it ends when what it is doing then is done, a WebSocket tunnel at once; with a unit. Default: 24h.',
    ),
  head_timeout: duration
    .optional()
    .describe(
      'Time for a whole request head, and for a new connection to begin one; with a unit. Default: 15s.',
    ),
  stall_timeout: duration
    .optional()
    .describe(
      'How long a client may send nothing of a body that it owes, or take nothing of an answer that waits for it; with a unit. A client of gRPC may send nothing for longer. Default: 60s.',
    ),
  response_timeout: duration
    .optional()
    .describe(
      "Time for an upstream to begin its answer, and to go on taking a request's body; with a unit. Not for calls of gRPC, which have deadlines of their own. Default: 60s.",
    ),
  head_size: wholeNumber(1024, 1_048_576)
    .optional()
    .describe("Most bytes of the head of a request, and of an upstream's answer. Default: 32768."),
  fields: wholeNumber(16, 10_000).optional().describe('Most fields of such a head. Default: 100.'),
  control_line: wholeNumber(256, 1_048_576)
    .optional()
    .describe(
      "Most bytes, on a nats listener, of a protocol line behind its verb, as nats-server's `max_control_line`. Default: 4096.",
    ),
  packet_size: wholeNumber(1024, 268_435_455)
    .optional()
    .describe(
      'Most bytes of a packet of a client, on an mqtt listener, behind its fixed header. Packets pass through piece by piece: a large one takes no memory here. Default: 268435455, the most that MQTT has.',
    ),
  control_packet: wholeNumber(1024, 1_048_576)
    .optional()
    .describe(
      'The same for what is held until it can be decided upon: CONNECT, and of users with permissions SUBSCRIBE and what stands before the payload of a message. Default: 65536.',
    ),
  connect_timeout: duration
    .optional()
    .describe(
      'Time for the client of an mqtt listener to send its CONNECT, from the end of the handshake on; with a unit. Default: 10s.',
    ),
});

const passthrough = z.strictObject({
  snis: z
    .array(word)
    .min(1)
    .describe(
      'Server names: exact, or `*.` and a name for one label more. None of them may be that of a certificate. Required.',
    ),
  upstream: word.describe(
    'Where their connections go: the name of one of `upstreams`, or a URL, `tcp://HOST:PORT` or `unix:/PATH`; not where a listener sends clients that it verifies. Required.',
  ),
});

const listener = z.strictObject({
  listen: word.describe(
    'The address: `HOST:PORT`, `[IPV6]:PORT`, `:PORT` (every address of both families) or `unix:/PATH`. `localhost` is both 127.0.0.1 and ::1; port 0 is any free one. Required.',
  ),
  protocol: oneOf('https', 'tls', 'nats', 'mqtt', 'http', 'tcp')
    .optional()
    .describe(
      'What the listener speaks: `https` (HTTP/1.1 and HTTP/2 over TLS), `nats` (in front of a nats-server, which is its `upstream`), `mqtt` (3.1.1 and 5, in front of a broker) or `tls` (bytes of any protocol over TCP, in front of the service that is its `upstream`); and without TLS, for local programs whose traffic goes on by mutual TLS, `http` (HTTP/1.1, and HTTP/2 with prior knowledge) or `tcp`. Default: https.',
    ),
  exposed: flag
    .optional()
    .describe(
      'Whether an http or tcp listener may have an address that other machines can reach. Whoever reaches it acts with the certificates of its upstreams. Default: false, loopback addresses and unix sockets alone.',
    ),
  tls: listenerTls
    .optional()
    .describe(
      "The listener's default certificate, used where no server name matches, and what it asks of clients: that is a floor for every other certificate here. Default: none; a client whose server name matches no certificate gets the alert `unrecognized_name`, and each certificate speaks for itself.",
    ),
  proxy_protocol: flag
    .optional()
    .describe(
      'Whether a tls or tcp listener tells its upstream first who the client is, by the PROXY protocol, version 2: its address, and for tls in TLVs the server name, TLS version, common name, verification and (type 0xE0) user. Default: false.',
    ),
  client_id: oneOf('any', 'user')
    .optional()
    .describe(
      "What becomes of the client identifiers on an mqtt listener: `any` leaves them to the clients, `user` puts the user's name in their place, as mosquitto's `use_username_as_clientid`, so that nobody can take over the session of another; a user has one connection at a time then, and who is no user is refused. Default: any.",
    ),
  passthrough: z
    .array(passthrough)
    .min(1)
    .optional()
    .describe(
      'Only on a tls listener. Connections that are handed on as they are, by the server name of their client: the TLS is between it and the upstream, and nobody is verified here. Default: none.',
    ),
  limits: limits
    .optional()
    .describe(
      'What clients may take of the gateway, together and each. Default: what ordinary clients never meet.',
    ),
  ...delivery,
  routes: routes
    .min(1)
    .optional()
    .describe(
      'Where which requests go, tried in order; a request that none matches is answered 404. Instead of `upstream`. Default: none.',
    ),
});

const certificate = z.strictObject({
  snis: z
    .array(word)
    .min(1)
    .optional()
    .describe(
      "Server names that the certificate answers to: exact, or `*.` and a name for one label more. Default: the certificate's SAN dNSNames, else its CN.",
    ),
  listener: word
    .optional()
    .describe('`listen` of the one listener that the certificate is for. Default: every listener.'),
  routes: routes
    .min(1)
    .optional()
    .describe(
      "Routes of its own, instead of the listener's. With `listener` it may then ask less than the listener's `tls`. Default: those of the listener.",
    ),
  ...certificateAndKey,
  ...clientAuthentication,
});

const natsRules = z.strictObject({
  allow: z
    .array(word)
    .optional()
    .describe(
      'Subjects that are allowed; `*` stands for one token, a last `>` for one or more. An empty list allows nothing. Default: every subject.',
    ),
  deny: z
    .array(word)
    .optional()
    .describe('Subjects that are not, whatever `allow` says. Default: none.'),
});

const natsPermissions = z.strictObject({
  publish: natsRules
    .optional()
    .describe(
      'What the user may publish. Default: everything, or answers only with `allow_responses`.',
    ),
  subscribe: natsRules
    .optional()
    .describe(
      'What the user may subscribe to, and so receive. `SUBJECT QUEUE` is about a queue group. Default: everything.',
    ),
  allow_responses: z
    .union(
      [
        z.literal(true),
        z.strictObject({
          max: z
            .union([wholeNumber(1, 1_000_000_000), z.literal(-1)], {
              error: (issue) =>
                issue.input === undefined ? undefined : 'must be a whole number from 1 on, or -1',
            })
            .optional()
            .describe('Most answers to one message; -1: no limit. Default: 1.'),
          expires: duration
            .optional()
            .describe('How long after the message; with a unit. Default: 2m.'),
        }),
      ],
      { error: (issue) => (issue.input === undefined ? undefined : 'must be true or a mapping') },
    )
    .optional()
    .describe(
      'Whether the user may publish to the reply subject of a message that it received; `true` or the limits. Default: no.',
    ),
});

const topicRules = z.strictObject({
  allow: z
    .array(word)
    .optional()
    .describe(
      'Topic filters that are allowed; `+` stands for one level, a last `#` for the level before it and all below, neither of them at the start for topics that begin with `$`. An empty list allows nothing. Default: every topic.',
    ),
  deny: z
    .array(word)
    .optional()
    .describe('Topic filters that are not, whatever `allow` says. Default: none.'),
});

const mqttPermissions = z.strictObject({
  publish: topicRules
    .optional()
    .describe('What the user may publish, wills included. Default: everything.'),
  subscribe: topicRules
    .optional()
    .describe(
      'What the user may subscribe to, and so receive: a filter is granted where all that it stands for is allowed and nothing of it is denied; of a shared subscription what stands behind its group counts. Default: everything.',
    ),
});

const userAtUpstream = z.strictObject({
  user: word.optional().describe('Name at the upstream. Default: none.'),
  password: block.optional().describe('Its password. Default: none.'),
  token: block
    .optional()
    .describe('A token for a NATS upstream, instead of a name. Default: none.'),
  nkey: word
    .optional()
    .describe(
      'The seed of a user nkey (`SU...`), which signs what a NATS upstream asks for, instead of a name; better as `${VARIABLE}`. Default: none.',
    ),
});

const user = z.strictObject({
  user: word.describe(
    'The user as certificates are matched with it: a SAN email address, DNS name or URI, or a subject such as `CN=example.com,OU=CNCF`. Required.',
  ),
  password: block
    .optional()
    .describe(
      'A password that the client of a nats or mqtt listener must send besides its certificate; whoever no certificate maps to a user may log in by name and password. Default: none.',
    ),
  admin: flag
    .optional()
    .describe(
      'Whether the user may use the admin API by its certificate, on an admin listener with `tls`. Default: false.',
    ),
  nats: natsPermissions
    .optional()
    .describe('What the user may do on nats listeners. Default: what the upstream allows.'),
  mqtt: mqttPermissions
    .optional()
    .describe('What the user may do on mqtt listeners. Default: what the upstream allows.'),
  upstream: userAtUpstream
    .optional()
    .describe(
      'Who the user is at the upstream; an empty mapping: nobody. Default: a user of the same name without a password.',
    ),
});

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

const upstream = z.strictObject({
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
