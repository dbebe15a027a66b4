import { z } from 'zod';
import { auditActions } from '../audit-entry.ts';
import { pageQuery } from './page.ts';

// What is seen of the gateway while it runs. Times are ISO 8601 in UTC.

const instant = z.iso.datetime();
const text = z.string().max(1024).optional();
const verifyMode = z.enum(['false', 'observe', 'optional', 'true']);

export const findingView = z.strictObject({
  code: z.string(),
  severity: z.enum(['error', 'warning']),
  title: z.string(),
  detail: z.string().describe('The explanation, with the actual values.'),
  remedy: z.string().describe('What mends it.'),
});

/** What findings are asked for in. */
export const findingLanguage = z
  .enum(['en', 'zh'])
  .optional()
  .describe('Of the findings. Default: as Accept-Language says, else English.');

export const statusView = z.strictObject({
  version: z.string(),
  pid: z.int(),
  started_at: instant,
  uptime_ms: z.number(),
  state_dir: z.string(),
  workers: z.strictObject({ configured: z.int(), ready: z.int(), pids: z.array(z.int()) }),
  listeners: z.array(
    z.strictObject({
      name: z.string(),
      address: z.string(),
      protocol: z.string(),
      verify: z.array(z.string()),
      connections: z.int().describe('Of now.'),
      admitted: z.int().describe('Since the start; who is merely observed counts as admitted.'),
      refused: z.int(),
    }),
  ),
  certificates: z
    .array(
      z.strictObject({
        certificate: z.string(),
        role: z.enum(['server', 'client', 'trust-anchor']),
        subject: z.string(),
        not_after: instant,
        days: z.int().describe('Whole days that are left; negative: it has expired.'),
      }),
    )
    .describe('Those that expire next, the next first.'),
  last_reload: z
    .strictObject({
      at: instant,
      outcome: z.enum(['applied', 'failed']),
      problems: z.array(z.string()),
    })
    .nullable(),
  upstreams: z.array(
    z.strictObject({
      name: z.string(),
      state: z.enum(['unknown', 'up', 'down']),
      failures: z.int(),
      detail: z.string().nullable(),
    }),
  ),
  ledger: z.strictObject({ clients: z.int(), dropped: z.int(), is_kept: z.boolean() }),
  events_dropped: z.int(),
});

export const clientQuery = z.strictObject({
  q: text.describe('Text in subject, user, address or fingerprint.'),
  listener: text,
  user: text,
  mode: verifyMode.optional().describe('What was asked of the client.'),
  decision: z.enum(['admit', 'refuse']).optional(),
  finding: text.describe('Code of the refusal.'),
  ...pageQuery,
});

export const clientView = z.strictObject({
  listener: z.string(),
  protocol: z.string(),
  fingerprint: z.string().nullable().describe('SHA-256; null: it showed no certificate.'),
  address: z.string().describe('The last.'),
  subject: z.string(),
  not_after: instant.nullable(),
  user: z.string().nullable(),
  mode: verifyMode,
  decision: z
    .enum(['admit', 'refuse'])
    .describe('The last; under `observe` what mode `true` would have decided.'),
  finding: z.string().nullable(),
  first_seen: instant.nullable(),
  last_seen: instant.nullable(),
  count: z.int(),
  refusals: z.int(),
  first_refused: instant.nullable(),
  last_refused: instant.nullable(),
});

export const readinessQuery = z.strictObject({
  window: z.coerce
    .number('must be a number of seconds')
    .positive()
    .max(315_360_000)
    .default(604_800)
    .describe('How far back is looked, seconds.'),
});

export const readinessView = z.strictObject({
  ready: z.boolean().describe('Whether `observe` can become `true` without turning anybody away.'),
  reason: z.enum(['not-observing', 'refusals', 'too-young']).nullable(),
  window_ms: z.number(),
  listeners: z.array(z.strictObject({ listener: z.string(), since: instant })),
  seen: z.int(),
  refused: z.int(),
  clients: z.array(clientView).describe('Who would have been refused, the last first.'),
});

export const handshakeQuery = z.strictObject({
  outcome: z
    .enum(['admitted', 'observed', 'refused'])
    .optional()
    .describe('`observed`: admitted, though `verify: true` would have refused it.'),
  finding: text.describe('Code of what was wrong.'),
  user: text,
  address: text.describe('Of the client.'),
  listener: text,
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
  ...pageQuery,
});

const presentedView = z.strictObject({
  subject: z.string(),
  issuer: z.string(),
  serial_number: z.string(),
  fingerprint: z.string(),
  not_before: instant,
  not_after: instant,
});

const handshakeBase = {
  event_id: z.int().describe('Of the event, as in /v1/events.'),
  id: z.string().describe('As in the log and in answers to the client.'),
  listener: z.string(),
  started_at: instant,
  duration_ms: z.number(),
  remote_address: z.string(),
  remote_port: z.int(),
  sni: z.string().nullable(),
  offered_versions: z.array(z.string()),
  offered_alpn: z.array(z.string()),
  offered_groups: z.array(z.string()),
  offered_ciphers: z.array(z.string()).describe('Told only where nothing was shared.'),
  certificate: z.string().nullable().describe('The server certificate that was chosen, by name.'),
  mode: verifyMode.nullable(),
  version: z.string().nullable(),
  cipher: z.string().nullable(),
  alpn: z.string().nullable(),
  resumed: z.boolean(),
  peer: presentedView.nullable().describe("The client's own certificate."),
  verification: z.string().describe('SUCCESS, NONE or FAILED:code.'),
  outcome: z.enum(['pending', 'admitted', 'observed', 'refused']),
  cause: z.string().nullable(),
  detail: z.string().nullable(),
  user: z.string().nullable(),
};

/** One line of the list. */
export const handshakeSummary = z.strictObject(handshakeBase);

export const handshakeView = z.strictObject({
  ...handshakeBase,
  chain: z
    .array(presentedView)
    .describe(
      'As the client presented it, its own certificate first; ten at most. Of a client that was verified lately: as it did then.',
    ),
  chain_length: z.int().describe('How many certificates the client presented.'),
  fault: presentedView
    .nullable()
    .describe(
      'The certificate that the cause lies in; one that is not in the chain was not presented, as a trust anchor. null: none.',
    ),
  findings: z.array(findingView).describe('The most useful first.'),
  requests: z
    .array(
      z.strictObject({
        at: instant,
        method: z.string(),
        path: z.string(),
        user: z.string().nullable(),
        cause: z.string(),
        detail: z.string(),
        finding: findingView.nullable(),
      }),
    )
    .describe('Requests of this connection that were refused.'),
});

export const handshakeViewQuery = z.strictObject({ language: findingLanguage });

export const auditQuery = z.strictObject(pageQuery);

export const auditView = z.strictObject({
  at: instant,
  who: z.string(),
  address: z.string(),
  action: z
    .enum(auditActions)
    .describe(
      'The last four are about the authority: `issue` and `revoke` a certificate, `permit` and `withdraw` a token.',
    ),
  target: z.string().describe('Id of the certificate or token, or serial number.'),
  detail: z.string(),
});

export const eventQuery = z.strictObject({
  kinds: text.describe('Kinds of events, separated by commas. Default: all.'),
  refused: z.enum(['0', '1']).optional().describe('1: only what was turned away, or would be.'),
});

export type HandshakeView = z.output<typeof handshakeView>;
