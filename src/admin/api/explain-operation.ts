import { z } from 'zod';
import { MaterialError, parseCertificates } from '../../config/trust-bundle.ts';
import type { Certificate } from '../../pki/certificate.ts';
import type { Explainer, LiveSnapshot } from '../running-gateway.ts';
import { findingLanguage, findingView } from './observation-schemas.ts';
import { type Operation, operation } from './operation.ts';
import { invalid, starting } from './problem.ts';

const question = z.strictObject({
  certificate: z
    .string()
    .min(1)
    .max(1_048_576)
    .optional()
    .describe(
      "The client's certificate, then its intermediates, PEM text. Left out: it shows none.",
    ),
  listener: z
    .string()
    .optional()
    .describe('`listen` as configured. Default: the first that has a certificate for the `sni`.'),
  sni: z.string().max(255).optional().describe('The server name that the client asks for.'),
  path: z
    .string()
    .max(8192)
    .regex(/^\//, 'a path begins with /')
    .optional()
    .describe('A request for this path as well.'),
  method: z
    .string()
    .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}$/, 'is not a method')
    .default('GET'),
  host: z.string().max(255).optional().describe('Of the request. Default: the server name.'),
  language: findingLanguage,
});

const answer = z.strictObject({
  decision: z.enum(['admit', 'refuse']),
  user: z.string().nullable(),
  listener: z.string(),
  findings: z.array(findingView).describe('The most useful first.'),
  rules: z.array(
    z.strictObject({
      title: z.string(),
      outcome: z.enum(['passed', 'failed', 'skipped']),
      value: z.string(),
    }),
  ),
});

/** `/v1/explain`: what the gateway would decide. Nothing is connected to. */
export function explainOperation(explain: Explainer, live: LiveSnapshot): Operation {
  return operation({
    method: 'post',
    path: '/v1/explain',
    summary: 'What the gateway would decide for a client certificate, rule by rule.',
    body: question,
    answers: { 200: answer },
    handle: async ({ body, language: accepted }) => {
      if (live.options === null) return starting();
      const chain = readChain(body.certificate);
      if (typeof chain === 'string') return invalid([{ path: 'certificate', message: chain }]);
      const { method, path, host: authority = null, listener = null, sni = null } = body;
      const outcome = await explain(
        live.options,
        {
          chain: chain.map(({ der }) => der),
          listener,
          sni,
          request: path === undefined ? null : { method: method.toUpperCase(), authority, path },
          language: body.language ?? accepted,
        },
        Date.now(),
      );
      if (outcome.kind === 'invalid') return invalid(outcome.errors);
      const { kind: _, ...explained } = outcome;
      return { status: 200, body: explained };
    },
  });
}

/** What is wrong with it, where it can't be read. */
function readChain(text: string | undefined): readonly Certificate[] | string {
  if (text === undefined) return [];
  try {
    return parseCertificates(text);
  } catch (error) {
    if (error instanceof MaterialError) return error.message;
    throw error;
  }
}
