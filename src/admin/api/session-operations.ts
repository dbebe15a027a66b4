import { z } from 'zod';
import { type Operation, operation } from './operation.ts';
import { problem } from './problem.ts';

const sessionView = z.strictObject({
  who: z.string().describe('`token`, `session`, or the user of a client certificate.'),
});

const elsewhere = () => problem('fault', 'cookies are not set by an operation');

/** `/v1/session`: who is asking. */
export const sessionOperation: Operation = operation({
  method: 'get',
  path: '/v1/session',
  summary: 'Whom the API takes the client for.',
  answers: { 200: sessionView },
  handle: ({ caller: { who } }) => ({ status: 200, body: { who } }),
});

/** What sets cookies, as the OpenAPI document has it. */
export const describedSessionOperations: readonly Operation[] = [
  operation({
    method: 'post',
    path: '/v1/session',
    summary: 'Begin a session: the answer sets a cookie that does for the token, for twelve hours.',
    answers: { 200: sessionView },
    handle: elsewhere,
  }),
  operation({
    method: 'delete',
    path: '/v1/session',
    summary: 'End the session.',
    answers: { 204: null },
    handle: elsewhere,
  }),
];
