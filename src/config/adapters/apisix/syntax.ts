import { z } from 'zod';

// The objects of APISIX that are read, as its Admin API and its apisix.yaml have them.

const text = z.string().min(1);
const id = z.union([z.string().min(1).max(64), z.int()]);
const flag = z.union([z.literal(0), z.literal(1)]);
const labels = z.record(z.string().min(1).max(64), z.string().max(256));

/** An `ssl`. */
export const apisixSsl = z.strictObject({
  id: id.optional(),
  type: z.enum(['server', 'client']).default('server'),
  cert: text,
  key: text,
  certs: z.array(text).optional(),
  keys: z.array(text).optional(),
  sni: text.optional(),
  snis: z.array(text).min(1).optional(),
  client: z
    .strictObject({
      ca: text,
      depth: z.int().min(0).max(100).default(1),
      skip_mtls_uri_regex: z.array(text).optional(),
    })
    .optional(),
  status: flag.default(1),
  labels: labels.default({}),
  ssl_protocols: z
    .array(z.enum(['TLSv1.1', 'TLSv1.2', 'TLSv1.3']))
    .min(1)
    .optional(),
  desc: z.string().optional(),
  create_time: z.number().optional(),
  update_time: z.number().optional(),
  validity_start: z.number().optional(),
  validity_end: z.number().optional(),
});

/** An upstream, named or within a route. */
export const apisixUpstream = z.strictObject({
  id: id.optional(),
  name: z.string().optional(),
  desc: z.string().optional(),
  type: z.string().optional(),
  scheme: z.enum(['http', 'https', 'grpc']).default('http'),
  nodes: z.union([
    z.record(z.string(), z.number()),
    z.array(
      z.strictObject({ host: text, port: z.int().optional(), weight: z.number().optional() }),
    ),
  ]),
});

/** A route. What would keep clients away, such as `plugins`, is none of its keys. */
export const apisixRoute = z.strictObject({
  id: id.optional(),
  name: z.string().optional(),
  desc: z.string().optional(),
  labels: labels.optional(),
  status: flag.default(1),
  uri: text.optional(),
  uris: z.array(text).min(1).optional(),
  host: text.optional(),
  hosts: z.array(text).min(1).optional(),
  methods: z.array(text).min(1).optional(),
  upstream: apisixUpstream.optional(),
  upstream_id: id.optional(),
  create_time: z.number().optional(),
  update_time: z.number().optional(),
});

/** What config.yaml has under `apisix`, as far as it is about where TLS is listened for. */
export const apisixNode = z.strictObject({
  ssl: z.strictObject({
    enable: z.boolean().optional(),
    listen: z
      .array(z.strictObject({ ip: text.optional(), port: z.int().min(0).max(65_535) }))
      .length(1, 'must be one address'),
  }),
});

export type ApisixSsl = z.output<typeof apisixSsl>;
export type ApisixUpstream = z.output<typeof apisixUpstream>;
export type ApisixRoute = z.output<typeof apisixRoute>;
