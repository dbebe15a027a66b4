import { z } from 'zod';
import { type Operation, operation } from './operation.ts';

const sessionView = z.strictObject({
  who: z.string().describe('`token`, `session`, or a user.'),
});

/** `/v1/session`: who is asking. */
export function sessionOperations(): Operation[] {
  return [
    operation({
      method: 'get',
      path: '/v1/session',
      summary: 'Whom the API takes the client for.',
      answers: { 200: sessionView },
      handle: ({ caller: { who } }) => ({ status: 200, body: { who } }),
    }),
  ];
}
