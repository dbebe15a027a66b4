// One address that is listened on.
import { z } from 'zod';
import { flag, oneOf, word } from '../scalars.ts';
import { limits } from './limits.ts';
import { delivery, routes } from './routes.ts';
import { listenerTls } from './tls.ts';

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

export const listener = z.strictObject({
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
