// Who clients can be, and what they may.
import { z } from 'zod';
import { block, duration, flag, wholeNumber, word } from '../scalars.ts';

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

export const user = z.strictObject({
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
