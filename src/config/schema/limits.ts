// What a listener bears.
import { z } from 'zod';
import { duration, wholeNumber } from '../scalars.ts';

export const limits = z.strictObject({
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
