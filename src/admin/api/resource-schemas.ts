import { z } from 'zod';

// What the configuration defines, as the API shows it. Nothing of it can be changed here.

export const listenerView = z.strictObject({
  name: z.string().describe('`listen` as configured.'),
  address: z.string().describe('As bound, such as `127.0.0.1:9443`.'),
  protocol: z.string(),
  verify: z.array(z.string()).describe('What its certificates ask of clients.'),
  default_certificate: z.string().nullable().describe('Id; null: unknown names are refused.'),
  certificates: z.int().describe('How many certificates it serves, chosen by server name.'),
  upstreams: z.array(z.string()).describe('Where its traffic goes.'),
});

export const routeView = z.strictObject({
  listener: z.string(),
  certificate: z
    .string()
    .nullable()
    .describe('Name of the certificate whose routes these are; null: the routes of the listener.'),
  order: z.int().describe('The first route that matches decides; counts from 1.'),
  host: z.string().nullable(),
  path: z.string().nullable().describe('Exact, or a prefix ending in `*`; null: any.'),
  methods: z.array(z.string()).nullable(),
  allow: z.array(z.string()).nullable().describe('Users; null: whom verification admits.'),
  verify: z.boolean().describe('Whether it needs a verified certificate in any case.'),
  skip_paths: z.array(z.string()).describe('Paths of the same site that need no certificate.'),
  target: z.string().describe('The upstream, or what answers itself.'),
});

export const upstreamView = z.strictObject({
  name: z.string(),
  address: z.string(),
  tls: z.enum(['none', 'tls', 'mutual']),
  state: z.enum(['unknown', 'up', 'down']),
  failures: z.int().describe('Failed dials since the last that succeeded.'),
  detail: z.string().nullable().describe('What the last failure was.'),
  used_by: z.array(z.string()).describe('Listeners.'),
});

export const userView = z.strictObject({
  user: z.string(),
  listeners: z.array(z.string()).describe('Where the user is mapped.'),
  routes: z.int().describe('How many routes name the user.'),
});

export const routeQuery = z.strictObject({
  listener: z.string().optional(),
  user: z.string().optional().describe('Routes that this user may use.'),
});

export type ListenerView = z.output<typeof listenerView>;
export type RouteView = z.output<typeof routeView>;
export type UpstreamView = z.output<typeof upstreamView>;
export type UserView = z.output<typeof userView>;
